"""The keys that hide something: of what numbers and names lead to, made with the deployment's secret."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple

from shared.domain.blocking import full_details, match_keys
from shared.domain.likeness import likeness

if TYPE_CHECKING:
    from shared.domain.child import ChildDetails
    from shared.domain.likeness import Likeness
    from shared.domain.pseudonym import Pseudonyms
from shared.persistence.keys import CLAIM, DETAILS_CLAIM, INVOLVEMENTS, NUMBERS, client_limit, match_row


class Rows(NamedTuple):
    """The keys of the match rows of one statement under one name."""

    by_likeness: list[tuple[str, str]]
    """In the partitions of match keys. Equal likeness has equal ones."""
    by_number: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class RegisterKeys:
    """The keys that hide something, made with the deployment's secret."""

    pseudonyms: Pseudonyms

    def involvement(self, organisation_code: str, source_reference: str) -> str:
        """The sort key of an involvement in its child's partition."""
        return f"{INVOLVEMENTS}{organisation_code}#{self._reference(source_reference)}"

    def pointer(self, organisation_code: str, source_reference: str) -> str:
        """The partition of a source pointer."""
        return f"SRC#{organisation_code}#{self._reference(source_reference)}"

    def claims(self, details: ChildDetails) -> list[str]:
        """The partitions of what only one child can have: its numbers, and its details when they are complete."""
        claims = self.numbers(details)
        if complete := full_details(details):
            claims.append(f"{DETAILS_CLAIM}{self.pseudonyms.of('details', *complete)}")
        return claims

    def numbers(self, details: ChildDetails) -> list[str]:
        """The partitions of a child's numbers: in each its claim, and the rows of what is said of the child."""
        return [
            f"{NUMBERS}{identifier.kind}#{self.pseudonyms.of(identifier.kind, identifier.authority, identifier.value)}"
            for identifier in details.identifiers
        ]

    def match_rows(self, home: str, details: ChildDetails) -> dict[Likeness, Rows]:
        """Under each name of the child, the rows by which it is found. `home` is as whom.

        Whoever says the same shares them: a row says which types of service that are (`MatchKeyItem.service_types`).
        """
        numbers = self.numbers(details)
        rows: dict[Likeness, Rows] = {}
        for named in details.under_each_name():
            stated = likeness(named, self.pseudonyms)
            row = match_row(home, self.fingerprint(stated))
            rows[stated] = Rows([(key, row) for key in self.match_keys(named)], [(key, row) for key in numbers])
        return rows

    def match_keys(self, details: ChildDetails) -> list[str]:
        """The partitions in which children like this one are found."""
        return [self._match_key(key) for key in match_keys(details)]

    def rows_of_number(self, number: str, home: str, details: ChildDetails) -> dict[tuple[str, str], Likeness]:
        """In the partition of a number, the rows of a child that states it: one under each name."""
        named = self.match_rows(home, details).items()
        return {key: stated for stated, rows in named for key in rows.by_number if key[0] == number}

    def asked(self, details: ChildDetails) -> dict[str, bool]:
        """Every partition in which rows of the child that is asked for may stand, and whether the place led there."""
        by_place = {self._match_key(key): key[0] in _OF_PLACES for key in match_keys(details)}
        return by_place | dict.fromkeys(self.numbers(details), False)

    def leading(self, home: str, details: ChildDetails) -> list[tuple[str, str]]:
        """The keys of all that leads to a child by this statement: its claims, and its match rows under every name."""
        named = self.match_rows(home, details).values()
        rows = (row for under_one_name in named for row in (*under_one_name.by_likeness, *under_one_name.by_number))
        return [*((claim, CLAIM) for claim in self.claims(details)), *rows]

    def case_id(self, one: str, other: str) -> str:
        """The id of the case of two children, whichever is named first."""
        return self.pseudonyms.of("case", *sorted((one, other)))

    def fingerprint(self, stated: Likeness) -> str:
        """Equal for two statements if and only if scoring sees no difference between them."""
        values = (getattr(stated, detail.name) for detail in fields(stated))
        return self.pseudonyms.of("likeness", *(str(value or "") for value in values))[:11]

    def practitioner_limit(self, client_id: str, practitioner_id: str) -> str:
        """Of how often a practitioner has asked by a client."""
        return f"{client_limit(client_id)}#{self.pseudonyms.of('practitioner', practitioner_id)}"

    def habit(self, organisation_code: str, practitioner_id: str) -> str:
        """The partition of what one practitioner asks."""
        return f"HABIT#{organisation_code}#{self.pseudonyms.of('habit', practitioner_id)}"

    def _match_key(self, key: tuple[str, ...]) -> str:
        return f"KEY#{self.pseudonyms.of('key', *key)}"

    def _reference(self, source_reference: str) -> str:
        return self.pseudonyms.of("source_reference", source_reference)


_OF_PLACES = frozenset({"postcode", "names+area"})
"""The kinds of match keys that the postcode is part of."""
