"""Why a child may be looked up: which purposes there are, on which legal bases, for which practitioners.

The tables are the rule; `ill_matched` only reads them. Whoever changes them counts up `disclosure.RULES`. The law is that
of England. What a section says is told here in one line of our own; the words that hold are at `url`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.access import LegalBasis, Purpose, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shared.domain.access import Reason

PURPOSE, LEGAL_BASIS, ROLE = "/reason/purpose", "/reason/legal_basis", "/practitioner/role"
"""Where each stands in a question."""

_AUTHORITY = frozenset({Role.SOCIAL_WORKER, Role.EARLY_HELP_PRACTITIONER, Role.EDUCATION_WELFARE_OFFICER})
_HEALTH = frozenset({Role.NURSE, Role.DOCTOR, Role.MIDWIFE, Role.HEALTH_VISITOR, Role.SCHOOL_NURSE})
_SCHOOL = frozenset({Role.TEACHER, Role.DESIGNATED_SAFEGUARDING_LEAD})
_JUSTICE = frozenset({Role.POLICE_OFFICER, Role.YOUTH_JUSTICE_WORKER})
_WHO_WORK_WITH_CHILDREN = _AUTHORITY | _HEALTH | _SCHOOL | _JUSTICE
"""Not the records officer, who decides whether two children are one and asks after nobody."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A power or duty: where it stands, what it says, and whose practitioners act under it."""

    act: str
    section: str
    says: str
    url: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Use:
    """What a purpose means, on which bases it may rest, and who asks for it."""

    means: str
    bases: frozenset[LegalBasis]
    roles: frozenset[Role]


CITATIONS: Mapping[LegalBasis, Citation] = {
    LegalBasis.CHILDREN_ACT_1989_S17: Citation(
        "Children Act 1989",
        "section 17",
        "A local authority safeguards and promotes the welfare of children in need in its area, by services for them.",
        "https://www.legislation.gov.uk/ukpga/1989/41/section/17",
        frozenset({Role.SOCIAL_WORKER, Role.EARLY_HELP_PRACTITIONER}),
    ),
    LegalBasis.CHILDREN_ACT_1989_S46: Citation(
        "Children Act 1989",
        "section 46",
        "A constable with reasonable cause to believe that a child would otherwise suffer significant harm may take it "
        "into police protection, and then tells the local authority.",
        "https://www.legislation.gov.uk/ukpga/1989/41/section/46",
        frozenset({Role.POLICE_OFFICER}),
    ),
    LegalBasis.CHILDREN_ACT_1989_S47: Citation(
        "Children Act 1989",
        "section 47",
        "A local authority with reasonable cause to suspect that a child suffers, or is likely to suffer, significant harm "
        "makes enquiries; the police join it where a crime may have been committed (Working Together to Safeguard "
        "Children).",
        "https://www.legislation.gov.uk/ukpga/1989/41/section/47",
        frozenset({Role.SOCIAL_WORKER, Role.POLICE_OFFICER}),
    ),
    LegalBasis.CHILDREN_ACT_2004_S10: Citation(
        "Children Act 2004",
        "section 10",
        "A local authority and its relevant partners, such as the police, the health service, youth justice and schools, "
        "co-operate to improve the well-being of children.",
        "https://www.legislation.gov.uk/ukpga/2004/31/section/10",
        _WHO_WORK_WITH_CHILDREN,
    ),
    LegalBasis.CHILDREN_ACT_2004_S11: Citation(
        "Children Act 2004",
        "section 11",
        "Local authorities, the health service, the police and youth justice see to it that they do their work with regard "
        "to the need to safeguard and promote the welfare of children. Schools come under other Acts.",
        "https://www.legislation.gov.uk/ukpga/2004/31/section/11",
        _AUTHORITY | _HEALTH | _JUSTICE,
    ),
    LegalBasis.CHILDREN_ACT_2004_S16LA: Citation(
        "Children Act 2004, as amended by the Children's Wellbeing and Schools Act 2026",
        "section 16LA",
        "Those who work with children share information that may be relevant to safeguarding a child or promoting its "
        "welfare.",
        "https://www.legislation.gov.uk/ukpga/2004/31/section/16LA",
        _WHO_WORK_WITH_CHILDREN,
    ),
    LegalBasis.EDUCATION_ACT_1996_S436A: Citation(
        "Education Act 1996",
        "section 436A",
        "A local authority makes arrangements to find out which children of compulsory school age in its area are on the "
        "roll of no school and receive no suitable education otherwise.",
        "https://www.legislation.gov.uk/ukpga/1996/56/section/436A",
        frozenset({Role.EDUCATION_WELFARE_OFFICER, Role.SOCIAL_WORKER}),
    ),
    LegalBasis.EDUCATION_ACT_2002_S175: Citation(
        "Education Act 2002",
        "section 175",
        "Local authorities in their education functions, and governing bodies of maintained schools and of colleges, see to "
        "it that these are exercised with a view to safeguarding and promoting the welfare of children.",
        "https://www.legislation.gov.uk/ukpga/2002/32/section/175",
        _SCHOOL | {Role.EDUCATION_WELFARE_OFFICER},
    ),
}

USES: Mapping[Purpose, Use] = {
    Purpose.SAFEGUARDING_CONCERN: Use(
        "somebody fears that a child suffers harm, or is likely to",
        frozenset(
            {
                LegalBasis.CHILDREN_ACT_1989_S46,
                LegalBasis.CHILDREN_ACT_1989_S47,
                LegalBasis.CHILDREN_ACT_2004_S11,
                LegalBasis.CHILDREN_ACT_2004_S16LA,
                LegalBasis.EDUCATION_ACT_2002_S175,
            }
        ),
        _WHO_WORK_WITH_CHILDREN,
    ),
    Purpose.CHILD_IN_NEED: Use(
        "a child may need services to reach or keep a reasonable standard of health or development",
        frozenset(
            {
                LegalBasis.CHILDREN_ACT_1989_S17,
                LegalBasis.CHILDREN_ACT_2004_S10,
                LegalBasis.CHILDREN_ACT_2004_S11,
                LegalBasis.CHILDREN_ACT_2004_S16LA,
            }
        ),
        _AUTHORITY | _HEALTH | _SCHOOL | {Role.YOUTH_JUSTICE_WORKER},
    ),
    Purpose.EMERGENCY_CARE: Use(
        "a child is being treated now, and those who treat it need to know who else works with it",
        frozenset({LegalBasis.CHILDREN_ACT_2004_S11, LegalBasis.CHILDREN_ACT_2004_S16LA}),
        frozenset({Role.NURSE, Role.DOCTOR, Role.MIDWIFE}),
    ),
    Purpose.MISSING_CHILD: Use(
        "nobody knows where a child is, or a child has been found and nobody knows whose it is",
        frozenset(
            {
                LegalBasis.CHILDREN_ACT_1989_S46,
                LegalBasis.CHILDREN_ACT_1989_S47,
                LegalBasis.CHILDREN_ACT_2004_S11,
                LegalBasis.CHILDREN_ACT_2004_S16LA,
                LegalBasis.EDUCATION_ACT_1996_S436A,
                LegalBasis.EDUCATION_ACT_2002_S175,
            }
        ),
        _WHO_WORK_WITH_CHILDREN,
    ),
    Purpose.MOVE_BETWEEN_AREAS: Use(
        "a family has moved, and services here ask who worked with the child there",
        frozenset(
            {
                LegalBasis.CHILDREN_ACT_1989_S17,
                LegalBasis.CHILDREN_ACT_2004_S10,
                LegalBasis.CHILDREN_ACT_2004_S11,
                LegalBasis.CHILDREN_ACT_2004_S16LA,
            }
        ),
        _AUTHORITY
        | {Role.MIDWIFE, Role.HEALTH_VISITOR, Role.SCHOOL_NURSE}
        | {Role.DESIGNATED_SAFEGUARDING_LEAD, Role.YOUTH_JUSTICE_WORKER},
    ),
    Purpose.CONTINUITY_OF_CARE: Use(
        "one service takes over from another, or both work with a child and have to agree what they do",
        frozenset(
            {
                LegalBasis.CHILDREN_ACT_2004_S10,
                LegalBasis.CHILDREN_ACT_2004_S11,
                LegalBasis.CHILDREN_ACT_2004_S16LA,
            }
        ),
        _AUTHORITY | _HEALTH | {Role.YOUTH_JUSTICE_WORKER},
    ),
    Purpose.EDUCATION_WELFARE: Use(
        "a child does not come to school, or is on the roll of none",
        frozenset(
            {
                LegalBasis.CHILDREN_ACT_2004_S10,
                LegalBasis.CHILDREN_ACT_2004_S16LA,
                LegalBasis.EDUCATION_ACT_1996_S436A,
                LegalBasis.EDUCATION_ACT_2002_S175,
            }
        ),
        _AUTHORITY | _SCHOOL | {Role.SCHOOL_NURSE},
    ),
}


@dataclass(frozen=True, slots=True)
class IllMatched:
    """What does not go together, where it stands in the question, and what would go."""

    why: str
    pointer: str


def ill_matched(reason: Reason, role: Role) -> IllMatched | None:
    """None if purpose, legal basis and role go together: if each stands in the other's row. Unknown ones never do."""
    use, citation = USES.get(reason.purpose), CITATIONS.get(reason.legal_basis)
    if use is None:
        return IllMatched(f"there is no such purpose; there are {_list(USES)}", PURPOSE)
    if role not in use.roles:
        return IllMatched(f"{reason.purpose} is asked for by {_list(use.roles)}", ROLE)
    if citation is None or reason.legal_basis not in use.bases or role not in citation.roles:
        fitting = [basis for basis in use.bases if role in CITATIONS[basis].roles]
        return IllMatched(f"{reason.purpose}, asked for by {role}, goes with {_list(fitting)}", LEGAL_BASIS)
    return None


def _list(codes: Iterable[str]) -> str:
    *others, last = sorted(codes)
    return f"{', '.join(others)} or {last}" if others else last
