"""Somebody whom an involvement is about says that it is wrong, or objects to it."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.involvement import Dispute

REASON = {
    Dispute.CORRECTION: ("dispute", "uk_gdpr_article_16"),
    Dispute.OBJECTION: ("dispute", "uk_gdpr_article_21"),
}
"""Purpose and legal basis of the access record of an operator who notes it, or that it is settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What an operator notes, of whose involvement.

    `operator` is who notes it, `reference` of the request that was made: ids, not names.
    """

    dispute: Dispute
    organisation: str
    source_reference: str
    operator: str
    reference: str
