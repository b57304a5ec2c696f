"""The Directory, for operators: `sam remote invoke DirectoryFunction --event '{"action": "organisations"}'`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from shared.api.dependent_instructions import (
    AmendDependent,
    EndDependent,
    ListDependents,
    RegisterDependent,
    dependent_answer,
    known_answer,
)
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
from shared.api.webhook_instructions import ChangeWebhook, WebhookOf, webhook_answer
from shared.domain.conflicts import Conflict
from shared.domain.errors import SignpostError
from shared.persistence.dependents import DynamoCallers, DynamoDependents
from shared.persistence.directory_keeper import DynamoDirectoryKeeper
from shared.persistence.models import bind
from shared.runtime.aws import reached
from shared.runtime.clock import now
from shared.runtime.config.directory import DirectoryConfig
from shared.runtime.identity import CognitoIssuer
from shared.runtime.observability import logger
from shared.runtime.wiring.secret import pseudonyms
from shared.services.depend import Depend
from shared.services.direct import Direct, Issued
from shared.services.gate import Gate
from shared.services.webhook import KeepWebhooks

if TYPE_CHECKING:
    from shared.api.dependent_instructions import DependentInstruction
    from shared.api.instructions import Instruction, OrganisationInstruction
    from shared.api.webhook_instructions import WebhookInstruction

config = DirectoryConfig.from_environment()
bind(directory=config.directory_table)
direct = Direct(
    keeper=DynamoDirectoryKeeper(),
    issuer=CognitoIssuer.of_pool(config.user_pool_id),
    gate=Gate(config.lifecycle, now),
)
depend = Depend(
    keeper=direct.keeper, dependents=DynamoDependents(), callers=DynamoCallers(), gate=Gate(config.lifecycle, now)
)


@cache
def keep_webhooks() -> KeepWebhooks:
    """Made when it is first needed: no other instruction is to fail if the secret cannot be read. Raises Unavailable."""
    with reached():
        secret = pseudonyms(config.hashing_secret_id, config.lifecycle)
    return KeepWebhooks(keeper=direct.keeper, pseudonyms=secret, gate=direct.gate, anywhere=config.is_local)


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
    match instruction:
        case RegisterDependent() | AmendDependent() | EndDependent() | ListDependents():
            return _about_dependents(instruction)
        case WebhookOf() | ChangeWebhook():
            return _about_webhook(instruction)
        case _:
            return _about_organisations(instruction)


def _about_organisations(instruction: OrganisationInstruction) -> dict[str, Any]:
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


def _about_dependents(instruction: DependentInstruction) -> dict[str, Any]:
    closes_at = config.lifecycle.closes_at
    match instruction:
        case RegisterDependent():
            return dependent_answer(depend.register(instruction.to_domain(), instruction.state), closes_at)
        case AmendDependent():
            return dependent_answer(depend.amend(instruction.to_domain(), instruction.state), closes_at)
        case EndDependent():
            return dependent_answer(depend.end(instruction.dependent), closes_at)
        case ListDependents():
            known = depend.known()
            return known_answer(known, depend.unreachable(known), closes_at)


def _about_webhook(instruction: WebhookInstruction) -> dict[str, Any]:
    code, keep = instruction.organisation, keep_webhooks()
    match instruction:
        case WebhookOf(url=None):
            return webhook_answer(code, keep.webhook(code), now())
        case WebhookOf(url=str(url)):
            given = keep.set(code, url)
        case ChangeWebhook(action="clear-webhook"):
            return webhook_answer(code, keep.clear(code), now())
        case _:  # action="rotate-webhook"
            given = keep.rotate(code)
    return webhook_answer(code, given.webhook, now(), given.secret)


def _issued(issued: Issued) -> dict[str, Any]:
    return {
        **credential_answer(issued.credential),
        "client_secret": issued.secret,
        "token_url": config.token_url,
        "keep_it": "this secret is shown this once",
    }
