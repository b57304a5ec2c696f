"""Numbers that are right in form and belong to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.local.sample_data.draws import Draws

_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_INWARD_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # C I K M O V are never used (Royal Mail PAF)
_NO_CHECK_DIGIT = 10


def nhs_number(serial: int) -> str | None:
    """The NHS number 999 + six digits + check digit, or None where no check digit exists (one in eleven).

    999 is kept for tests. Modulus 11: NHS Data Dictionary, NHS NUMBER.
    """
    digits = f"999{serial:06d}"
    check = -sum((10 - place) * int(digit) for place, digit in enumerate(digits)) % 11
    return None if check == _NO_CHECK_DIGIT else f"{digits}{check}"


def upn(serial: int, year: int) -> str:
    """A unique pupil number first given in `year`, by schools counted down from 9999, which no school is.

    Modulus 23: Department for Education, UPN guide. The authority is 302, whose postcodes the sample uses.
    """
    digits = f"302{9999 - serial // 1000:04d}{year % 100:02d}{serial % 1000:03d}"
    check = sum(place * int(digit) for place, digit in enumerate(digits, start=2)) % 23
    return f"{_UPN_LETTERS[check]}{digits}"


def postcode(outward: str, draws: Draws) -> str:
    """A postcode of this outward code, right in form; nobody looks whether it is delivered to."""
    return f"{outward} {draws.below(10)}{draws.pick(_INWARD_LETTERS)}{draws.pick(_INWARD_LETTERS)}"


@dataclass(frozen=True, slots=True)
class Telephone:
    """A number kept for drama (Ofcom, telephone numbers for drama use): the code and the rest."""

    code: str
    rest: str

    def __str__(self) -> str:
        return f"{self.code} {self.rest}"

    def as_typed(self, draws: Draws) -> str:
        """The number in one of the ways in which it stands in real extracts."""
        solid = self.rest.replace(" ", "")
        return draws.pick(
            (
                str(self),
                f"{self.code}{solid}",
                f"({self.code}){solid}",
                f"({self.code}) {self.rest}",
                f"+44(0){self.code[1:]} {self.rest}",
                f"+44{self.code[1:]} {solid}",
            )
        )


def desk_telephone(draws: Draws) -> Telephone:
    """A team's or school's number: mostly London's range, sometimes another."""
    ranges = {("020", "7946 0"): 8, ("0161", "496 0"): 1, ("0113", "496 0"): 1, ("01632", "960"): 1}
    code, start = draws.weighted(ranges)
    return Telephone(code, f"{start}{draws.below(1000):03d}")


def mobile_telephone(draws: Draws) -> Telephone:
    """A practitioner's own work mobile."""
    return Telephone("07700", f"900{draws.below(1000):03d}")
