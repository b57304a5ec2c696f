"""What is known of the sample beforehand: the organisations, two children to ask about, what to expect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Kind(StrEnum):
    """What sort of body an organisation is."""

    LOCAL_AUTHORITY = "local_authority"
    NHS_TRUST = "nhs_trust"
    SCHOOL = "school"


@dataclass(frozen=True, slots=True)
class Organisation:
    """An invented organisation: a code that nobody holds, in the form such bodies' codes have, and a name."""

    code: str
    name: str
    kind: Kind


LOCAL_AUTHORITY = Organisation("E99000001", "Northmoor Council", Kind.LOCAL_AUTHORITY)
NHS_TRUST = Organisation("X99", "Northmoor Community Health NHS Trust", Kind.NHS_TRUST)
SCHOOL = Organisation("EE999999", "Northmoor Learning Trust", Kind.SCHOOL)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleChild:
    """The details by which somebody would ask about a child. `sex` is `female` or `male`."""

    given_name: str
    family_name: str
    date_of_birth: date
    sex: str
    postcode: str
    nhs_number: str


STORY = SampleChild(
    given_name="Zoë",
    family_name="Okafor-Lane",
    date_of_birth=date(2022, 3, 14),
    sex="female",
    postcode="N12 7QF",
    nhs_number="9990001014",
)
"""In all three files, whatever the seed and size, and without a mistake in any of them."""

STORY_INVOLVEMENTS = 4
"""Current: a health visitor, who leads, a social worker and a school. Ended: a speech therapist."""

UNKNOWN = SampleChild(
    given_name="Rowan",
    family_name="Hartley",
    date_of_birth=date(2017, 8, 2),
    sex="male",
    postcode="LS6 4XY",
    nhs_number="9990002010",
)
"""In no file, and in a place that none of the organisations covers."""


class MistakeKind(StrEnum):
    """How a row is wrong, in ways that nightly extracts are."""

    NHS_CHECK_DIGIT = "nhs_check_digit"
    POSTCODE = "postcode"
    TELEPHONE = "telephone"
    BORN_IN_FUTURE = "born_in_future"

    @property
    def rejects(self) -> bool:
        """Whether the row must be refused; otherwise it is kept, with a warning and without the detail."""
        return self is MistakeKind.BORN_IN_FUTURE


@dataclass(frozen=True, slots=True)
class Mistake:
    """One wrong row: `record` counts from 1 without the header, `line` is where the row starts in the file.

    The header is line 1. An address takes several lines, so `line` is more than `record` + 1.
    """

    kind: MistakeKind
    source_reference: str
    record: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFile:
    """One extract: whose it is, where it lies, how it is encoded, and what it holds."""

    organisation: Organisation
    path: Path
    encoding: str
    rows: int
    mistakes: tuple[Mistake, ...]
    no_longer_kept: int
    """How many rows, without a mistake, tell of work that ended over a year before."""

    @property
    def rejected(self) -> int:
        """How many rows must be refused."""
        return sum(mistake.kind.rejects for mistake in self.mistakes)

    @property
    def warnings(self) -> int:
        """How many rows must be kept with a warning (no row has two mistakes)."""
        return len(self.mistakes) - self.rejected

    @property
    def accepted(self) -> int:
        """How many rows must be registered, with a warning or without."""
        return self.rows - self.rejected - self.no_longer_kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What `generate` has written. `children` counts the story child and the unborn; some are in no file."""

    seed: int
    as_of: date
    children: int
    social_care: SampleFile
    education: SampleFile
    community_health: SampleFile
    story: SampleChild
    unknown: SampleChild

    @property
    def files(self) -> tuple[SampleFile, SampleFile, SampleFile]:
        """The three extracts, in the order in which they are usually dropped."""
        return (self.social_care, self.education, self.community_health)
