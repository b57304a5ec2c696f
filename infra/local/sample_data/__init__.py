"""Sample data: one night's extracts of three organisations that know the same invented children.

    python -m infra.local.sample_data --out DIR --children 200 --seed 2010

No row is a person. Names are drawn from lists, streets, towns, schools, organisations and practitioners are
invented, NHS numbers are of the range kept for tests (they begin 999), telephone numbers are of Ofcom's
ranges for drama, and e-mail addresses end in `.example` (RFC 2606), so nothing here reaches anybody.
"""

from infra.local.sample_data.extracts import AS_OF, EARLIEST_AS_OF, generate
from infra.local.sample_data.facts import (
    LOCAL_AUTHORITY,
    NHS_TRUST,
    SCHOOL,
    STORY,
    STORY_INVOLVEMENTS,
    UNKNOWN,
    Kind,
    Mistake,
    MistakeKind,
    Organisation,
    Sample,
    SampleChild,
    SampleFile,
)

__all__ = [
    "AS_OF",
    "EARLIEST_AS_OF",
    "LOCAL_AUTHORITY",
    "NHS_TRUST",
    "SCHOOL",
    "STORY",
    "STORY_INVOLVEMENTS",
    "UNKNOWN",
    "Kind",
    "Mistake",
    "MistakeKind",
    "Organisation",
    "Sample",
    "SampleChild",
    "SampleFile",
    "generate",
]
