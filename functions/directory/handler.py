"""The Directory, for operators: `sam remote invoke DirectoryFunction --event '{"action": "organisations"}'`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.api.instructions import (
    Amend,
    Enrol,
    Issue,
    OfCredential,
    OfOrganisation,
    Overview,
    credential_answer,
    organisation_answer,
    read_instruction,
)
from shared.api.validation import InvalidRequest
from shared.domain.errors import SignpostError
from shared.domain.ports import Conflict
from shared.persistence.directory import DynamoDirectoryKeeper
from shared.persistence.models import bind
from shared.runtime.config import DirectoryConfig
from shared.runtime.http import now
from shared.runtime.identity import CognitoIssuer
from shared.runtime.observability import logger
from shared.services.direct import Direct, Issued
from shared.services.gate import Gate

if TYPE_CHECKING:
    from shared.api.instructions import Instruction

config = DirectoryConfig.from_environment()
bind(directory=config.directory_table)
direct = Direct(
    keeper=DynamoDirectoryKeeper(),
    issuer=CognitoIssuer.of_pool(config.user_pool_id),
    gate=Gate(config.lifecycle, now),
)


def handler(event: Any, _context: object) -> dict[str, Any]:
    """One instruction. The answer has `ok`; what went wrong is said in `problem`, for an operator to mend."""
    try:
        instruction = read_instruction(event)
        answer = {"ok": True, **_carry_out(instruction)}
    except InvalidRequest as invalid:
        answer = {
            "ok": False,
            "problem": "invalid instruction: see docs/runbook.md",
            "errors": [{"pointer": p.pointer, "detail": p.detail} for p in invalid.problems],
        }
    except (SignpostError, Conflict) as error:
        answer = {"ok": False, "problem": type(error).__doc__, "error": type(error).__name__}
    action = str(event.get("action"))[:20] if isinstance(event, dict) else None
    logger.info("instruction", action=action, ok=answer["ok"])
    return answer


def _carry_out(instruction: Instruction) -> dict[str, Any]:
    answer: dict[str, Any]
    match instruction:
        case Enrol():
            answer = organisation_answer(direct.enrol(instruction.to_domain()))
        case Amend():
            answer = organisation_answer(direct.amend(instruction.organisation, instruction.to_domain()))
        case OfOrganisation(action="credentials"):
            answer = {"credentials": [credential_answer(c) for c in direct.credentials(instruction.organisation)]}
        case OfOrganisation():
            suspended = instruction.action == "suspend"
            answer = organisation_answer(direct.suspend(instruction.organisation, suspended=suspended))
        case Issue():
            answer = _issued(direct.issue(instruction.organisation, instruction.label, instruction.opens()))
        case OfCredential(action="reset"):
            reset = direct.reset(instruction.organisation, instruction.client_id)
            answer = _issued(reset) if isinstance(reset, Issued) else credential_answer(reset)
        case OfCredential():
            answer = credential_answer(direct.returned(instruction.organisation, instruction.client_id))
        case Overview(action="organisations"):
            answer = {"organisations": [organisation_answer(o) for o in direct.organisations()]}
        case Overview():  # action="outstanding"
            answer = {"outstanding": [credential_answer(c) for c in direct.outstanding()]}
    return answer


def _issued(issued: Issued) -> dict[str, Any]:
    return {
        **credential_answer(issued.credential),
        "client_secret": issued.secret,
        "token_url": config.token_url,
        "keep_it": "this secret is shown this once",
    }
