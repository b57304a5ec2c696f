"""The main job, as people would see it: three organisations feed the register, a nurse in A&E asks it.

python -m infra.local.demo                  with generated extracts
python -m infra.local.demo a.csv b.csv      with extracts of your own, in any of the columns that a feed may have
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from botocore.exceptions import BotoCoreError

from infra.local import emulator as emulators
from infra.local import move_story
from infra.local.closing import ClosingError
from infra.local.deploy import DeployError, bring_up
from infra.local.emulator import EmulatorError
from infra.local.enrolment import EnrolmentError, enrol
from infra.local.feeds import FeedError, drop
from infra.local.moving import MovingError
from infra.local.scene import Scene, SceneError, of_files, of_sample
from infra.local.shielding import Shielding, ShieldingError
from infra.local.showing import as_dialled, console, step, table
from infra.local.stack import StackError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.local.enrolment import Enrolled
    from infra.local.listening import Listener
    from infra.local.scene import Extract
    from infra.local.stack import Stack

_NOTES_SHOWN = 4
_NURSE = {"id": "NMC-98X1234E", "name": "Amara Lindqvist", "role": "nurse"}
_REASON = {"purpose": "emergency_care", "legal_basis": "children_act_2004_s11", "note": "ED attendance 4471"}


class DemoError(Exception):
    """Something did not go as the demo shows it; the message says what."""


def run(files: list[Path]) -> None:
    """The whole story. Raises DemoError and the errors of what it uses."""
    began = time.monotonic()
    folder = emulators.default_folder()
    scene = of_files(files) if files else of_sample(folder.parent / "sample")
    stack = bring_up(folder, emulators.default_port(), step)
    step("Enrolling three organisations that feed the register, the police, and two of another area, with credentials")
    enrolled = {o.code: enrol(stack, folder, o) for o in scene.everybody}
    _show_organisations(scene)
    with move_story.webhook_of(stack, folder, scene.authority) as webhook:
        token = _told(stack, scene, enrolled, webhook)
    _show_what_next(stack, folder, token, scene, time.monotonic() - began)


def _told(stack: Stack, scene: Scene, enrolled: Mapping[str, Enrolled], webhook: tuple[Listener, str]) -> str:
    """The main job, a shield, and a move; the nurse's token."""
    step("Dropping their nightly extracts into the feed bucket, waiting for the receipts")
    _show_receipts(drop(stack, scene.extracts))
    nurse = enrolled[scene.asker.code]
    token = stack.token(nurse.client_id, nurse.client_secret)
    ask = _Asking(stack, token)
    child = scene.child
    step("A nurse in A&E asks by name, date of birth and postcode:")
    console.print(f"  {child.given_name} {child.family_name}, {child.date_of_birth}, {child.postcode}")
    known = ask.about(child.by_details())
    _show_answer(known)
    if not child.nhs_number:
        step("These extracts hold no NHS number for this child, so nobody can ask by it")
    else:
        step(f"The same by NHS number alone: {child.nhs_number}")
        _show_answer(ask.about({"nhs_number": child.nhs_number}))
    step("Asking without a reason is refused, and the refusal is recorded")
    _show_problem(ask.question({"practitioner": _NURSE, "child": child.by_details()}))
    step(f"A child in {scene.elsewhere.postcode}, where nobody feeds the register")
    _show_uncovered(ask.about(scene.elsewhere.by_details()))
    of_authority, of_police = (enrolled[o.code] for o in (scene.authority, scene.police))
    _show_shield(
        Shielding(
            stack.api_url,
            team=stack.token(of_authority.client_id, of_authority.client_secret),
            police=stack.token(of_police.client_id, of_police.client_secret),
        ),
        ask,
        scene,
        known,
    )
    move_story.show(stack, scene, enrolled, known, webhook)
    return token


class _Asking:
    """Questions to the deployed API, with one client's token."""

    def __init__(self, stack: Stack, token: str) -> None:
        self._url = f"{stack.api_url}/lookups"
        self._token = token

    def about(self, child: Mapping[str, str]) -> dict[str, Any]:
        """The answer to a well-formed question. Raises DemoError unless it is answered."""
        answer = self.question({"reason": _REASON, "practitioner": _NURSE, "child": child})
        if answer.status_code != httpx.codes.OK:
            message = f"The lookup was answered {answer.status_code}: {answer.text}"
            raise DemoError(message)
        body: dict[str, Any] = answer.json()
        return body

    def question(self, body: Mapping[str, Any]) -> httpx.Response:
        """Whatever is answered."""
        headers = {"Authorization": f"Bearer {self._token}"}
        return httpx.post(self._url, json=body, headers=headers, timeout=30)


def _show_organisations(scene: Scene) -> None:
    rows = table("code", "organisation", "registers", "covers")
    for o in scene.organisations:
        rows.add_row(o.code, o.name, _first(o.service_types, 2), _first(o.covers, 6))
    console.print(rows)
    console.print()


def _first(items: Sequence[str], shown: int) -> str:
    more = len(items) - shown
    return ", ".join(items[:shown]) + (f" and {more} more" if more > 0 else "")


def _show_receipts(receipts: list[tuple[Extract, dict[str, Any]]]) -> None:
    rows = table("extract", "rows", "new", "changed", "as before", "no longer kept", "rejected", "warnings", "encoding")
    for extract, receipt in receipts:
        counts = ("rows", "created", "updated", "unchanged", "no_longer_kept", "rejected", "with_warnings")
        rows.add_row(extract.path.name, *(str(receipt[name]) for name in counts), receipt["encoding"] or "-")
    console.print(rows)
    notes = [(e, n) for e, r in receipts for n in (*r["rejections"], *r["warnings"])]
    for extract, note in notes[:_NOTES_SHOWN]:
        console.print(f"  {extract.path.name} line {note['line']}: {note['field']}: {note['reason']}", style="dim")
    if len(notes) > _NOTES_SHOWN:
        console.print(f"  and {len(notes) - _NOTES_SHOWN} more in the receipts", style="dim")
    for extract, receipt in receipts:
        if receipt["reason"]:
            console.print(f"  {extract.path.name}: {receipt['reason']}", style="yellow")
    console.print()


def _show_answer(answer: Mapping[str, Any]) -> None:
    if answer["outcome"] != "match":
        console.print(f"  {answer['outcome']}: nobody is shown. What would help: {', '.join(answer['would_help'])}.")
        console.print()
        return
    child = answer["child"]
    name = " ".join(filter(None, (child.get("given_name"), child.get("family_name"))))
    born = child.get("date_of_birth") or f"due {child.get('expected_date')}"
    console.print(f"  [bold]{name}[/], {born}, {child.get('sex', 'sex not known')}")
    rows = table(
        "", "who", "role", "team", "ring", "since", "last contact", "service", fixed=("ring", "since", "last contact")
    )
    for row in answer["involvements"]:
        practitioner = row.get("practitioner", {})
        ended = row["standing"] == "ended"
        rows.add_row(
            "★" if row["lead_professional"] else "",
            practitioner.get("name", "duty desk"),
            practitioner.get("role", "-"),
            row.get("team", "-"),
            as_dialled(row.get("duty_phone")),
            row.get("started", "-") + ("\n(ended)" if ended else ""),
            row.get("last_contact", "-"),
            row["service_type"].replace("_", " ") + ", " + row.get("organisation_name", row["organisation"]),
            style="dim" if ended else "",
        )
    console.print(rows)
    legend = "★ lead professional. " if any(row["lead_professional"] for row in answer["involvements"]) else ""
    console.print(f"  {legend}Recorded as lookup {answer['lookup_id']}.", style="dim")
    console.print()


def _show_problem(answer: httpx.Response) -> None:
    problem = answer.json()
    if answer.is_success:
        message = "A question without a reason was answered."
        raise DemoError(message)
    console.print(f"  {answer.status_code} {problem['title']}: {problem['detail']}")
    for mistake in problem.get("errors", []):
        console.print(f"  {mistake['pointer']}: {mistake['detail']}")
    console.print()


def _show_uncovered(answer: Mapping[str, Any]) -> None:
    coverage = answer["coverage"]
    if answer["outcome"] != "no_match" or coverage["covered"]:
        message = f"The child that nobody knows was answered {answer['outcome']}, covered: {coverage['covered']}."
        raise DemoError(message)
    console.print(
        f"  {answer['outcome']}; nobody feeds the register from {coverage['district']}: "
        "not covered here, so no record is not no involvement."
    )
    console.print(f"  Another try could add: {', '.join(answer['would_help'])}.", style="dim")
    console.print()


def _show_shield(shielding: Shielding, ask: _Asking, scene: Scene, known: Mapping[str, Any]) -> None:
    """The child that everybody has just seen must not be found any more. It is shown again at the end."""
    if known["outcome"] != "match":
        return  # these extracts do not tell it from others
    child, child_id = scene.child.by_details(), known["child"]["child_id"]
    step(f"The shield team of {scene.authority.name} shields this child: its whereabouts must not be found")
    shielding.shield(child_id)
    try:
        answer = ask.about(child)
        if answer["outcome"] != "no_match":
            message = f"A shielded child was answered {answer['outcome']} to A&E."
            raise DemoError(message)
        console.print("  The nurse in A&E asks again: no_match, exactly as for a child who is not there.")
        number = {"nhs_number": scene.child.nhs_number} if scene.child.nhs_number else {}
        told = shielding.asked_by_police(child | number)
        if told["outcome"] != "match":
            console.print(f"  A police officer is answered {told['outcome']}: the postcode would not help here.")
            return
        console.print(
            f"  A police officer asks: {told['child']['given_name']} {told['child']['family_name']} is shielded, and "
            f"{len(told['involvements'])} services are told."
        )
        console.print(f'  The officer types: "{told["shielded"]["warning"]}"')
        override_id = shielding.opened(child_id, told["shielded"]["warning"])
        opened = shielding.asked_by_police(child, override_id)
        console.print(
            f"  For a quarter of an hour this officer sees whom to ring: {len(opened['involvements'])} services."
        )
        alert = shielding.alerts()[0]
        console.print(
            f"  The shield team was alerted at once: {alert['kind']} by {alert['by_practitioner']} of "
            f"{alert['by_organisation']} at {alert['at'][11:19]}."
        )
    finally:
        shielding.lift(child_id)
    console.print("  The shield is lifted again.", style="dim")
    console.print()


def _show_what_next(stack: Stack, folder: Path, token: str, scene: Scene, seconds: float) -> None:
    kept = folder.parent / "token"
    kept.touch(mode=0o600)
    kept.write_text(token)
    question = folder.parent / "question.json"
    asked = {"reason": _REASON, "practitioner": _NURSE, "child": scene.child.by_details()}
    question.write_text(json.dumps(asked, ensure_ascii=False, indent=2) + "\n")
    url = stack.api_url
    bearer = f'-H "Authorization: Bearer $(cat {_shown(kept)})"'
    console.print(f"[bold green]Done[/] in {seconds:.0f} s. Running now: the emulator, with the whole stack, at")
    console.print(f"  {url}")
    console.print("Try (the token is good for 15 minutes; `make demo` again makes another):")
    for line in (
        f"curl -s {url}/status",
        f'curl -s {bearer} -H "Content-Type: application/json" -d @{_shown(question)} {url}/lookups',
        f"curl -s {bearer} -X DELETE {url}/involvements/no-such-reference",
    ):
        console.print(f"  {line}", markup=False)
    console.print("When you have seen enough: make stop")


def _shown(path: Path) -> str:
    """As one would type it from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def main() -> int:
    """0 when the story was told to its end, 1 with a message when it was not."""
    parser = argparse.ArgumentParser(description="Deploy to this machine's emulator, feed it, and ask.")
    parser.add_argument("files", nargs="*", type=Path, help="extracts of your own, instead of generated ones")
    try:
        run(parser.parse_args().files)
    except (BotoCoreError, httpx.TransportError) as error:
        print(f"The emulator does not answer ({type(error).__name__}): make stop, then try again.", file=sys.stderr)
        return 1
    except (
        ClosingError,
        DemoError,
        DeployError,
        EmulatorError,
        EnrolmentError,
        FeedError,
        MovingError,
        SceneError,
        ShieldingError,
        StackError,
    ) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
