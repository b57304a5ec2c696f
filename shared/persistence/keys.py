"""Every key of every table, and nowhere else. Nothing personal stands in a key: numbers and names are hashed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.matching import full_details, match_keys

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.child import ChildDetails
    from shared.domain.matching import Likeness
    from shared.domain.pseudonym import Pseudonyms

CHILD = "CHILD"
INVOLVEMENTS = "INV#"
POINTER = "SRC"
CLAIM = "ID"
DETAILS_CLAIM = "ID#details#"
ORGANISATIONS = "ORGANISATIONS"
CREDENTIALS = "CREDENTIALS#"
CLIENT = "CLIENT"

ACCESS_SHARDS = 16
"""Partitions of one hour of the access log: 16,000 records a second, far above the national peak."""


def child(child_id: str) -> str:
    """The partition of a child and its involvements."""
    return f"CHILD#{child_id}"


def match_row(child_id: str, fingerprint: str) -> str:
    """The sort key of one child in the partition of a match key: one row for each thing said of it."""
    return f"CHILD#{child_id}#{fingerprint}"


def organisation(code: str) -> str:
    """The sort key of an organisation among all."""
    return f"ORG#{code}"


def credentials(code: str) -> str:
    """The partition of an organisation's credentials."""
    return f"{CREDENTIALS}{code}"


def client(client_id: str) -> str:
    """The partition of a client, and its sort key among its organisation's credentials."""
    return f"CLIENT#{client_id}"


def access_partition(at: datetime, access_id: str) -> str:
    """The hour (UTC) and a shard, from the record's own random id."""
    return f"HOUR#{at:%Y-%m-%dT%H}#{int(access_id[-4:], 16) % ACCESS_SHARDS:02d}"


def access_sort(at: datetime, access_id: str) -> str:
    """In the order of time; the id makes it unique."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}#{access_id}"


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
        claims = [
            f"ID#{identifier.kind}#{self.pseudonyms.of(identifier.kind, identifier.authority, identifier.value)}"
            for identifier in details.identifiers
        ]
        if complete := full_details(details):
            claims.append(f"{DETAILS_CLAIM}{self.pseudonyms.of('details', *complete)}")
        return claims

    def match_keys(self, details: ChildDetails) -> list[str]:
        """The partitions in which children like this one are found."""
        return [f"KEY#{self.pseudonyms.of('key', *key)}" for key in match_keys(details)]

    def fingerprint(self, stated: Likeness) -> str:
        """Equal for two statements if and only if scoring would see no difference between them."""
        return self.pseudonyms.of(
            "likeness",
            *(str(value or "") for value in (
                stated.given_name, stated.family_name, stated.date_of_birth, stated.expected_date,
                stated.sex, stated.postcode, stated.nhs_number,
            )),
        )[:11]  # fmt: skip

    def _reference(self, source_reference: str) -> str:
        return self.pseudonyms.of("source_reference", source_reference)
