"""A whole closure in two minutes: open, announced, closed mid-traffic, destroyed, certified, as it happens.

python -m infra.local.closure_demo

It has an emulator of its own, which ends with it; what it leaves is the certificate and the plan, as files.
"""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
from botocore.exceptions import BotoCoreError

from infra.local import emulator as emulators
from infra.local.certificate import fetch, verify
from infra.local.closing import ClosingError, ask_expiry, seconds_ahead, set_closure, wait_until
from infra.local.deploy import ROOT, DeployError, bring_up
from infra.local.emulator import EmulatorError
from infra.local.enrolment import EnrolmentError, enrol
from infra.local.feeds import FeedError, drop
from infra.local.relying import Relying
from infra.local.remaining import Remaining
from infra.local.scene import of_sample
from infra.local.stack import StackError
from infra.local.timeline import Seconds, Timeline, console
from infra.local.traffic import Call, Caller, Traffic

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.local.enrolment import Enrolled
    from infra.local.scene import Scene
    from infra.local.stack import Stack
    from infra.local.traffic import Answered

TO_SPARE = timedelta(seconds=8)
"""Before the register closes, besides the time that deploying and starting take; in earnest, months. The date cannot be moved
afterwards: the guard allows that only until a minute before destruction may begin."""
STARTS = 10
"""As many starts of functions, one after the other, as it takes to tell two owners of dependent systems and to answer
three clients at once, on a few processors."""
SLOWER = 1.5
"""How many times longer deploying and starting may take than when each was measured: a deployment that succeeds changes every
function, and all start anew while expiry and what it notifies are at work on the same processors."""
SEEN_BEFORE, SEEN_AFTER = timedelta(seconds=10), timedelta(seconds=4)
"""How long the traffic is shown before the register closes, and after it."""
SUPPORTED = timedelta(days=25)
"""After access has ended: as ContactPoint's users were, to the end of the month."""
STARTS_AFTER = "PT8S"
WINDOW = "P2M"
RATE = 750
"""Items a second: slow enough to be watched."""
AUTHORITY = "Director of Children's Services, Northmoor"
SUCCESSOR = "https://successor.example/signpost"
_NURSE = {"id": "NMC-98X1234E", "name": "Amara Lindqvist", "role": "nurse"}
_REASON = {"purpose": "emergency_care", "legal_basis": "children_act_2004_s11"}
_LOOK_EVERY = 0.4
_WITHIN = 300.0
_NARROW = 120


class ClosureDemoError(Exception):
    """Something did not go as the demo shows it; the message says what."""


@dataclass
class Story:
    """The stack, which every deployment renews, and who takes part. `kept` is where the demo leaves its files."""

    timeline: Timeline
    kept: Path
    stack: Stack
    scene: Scene
    enrolled: dict[str, Enrolled]
    warming: timedelta = timedelta()
    """How long it takes on this machine until all clients are answered."""
    deploying: timedelta = timedelta()
    """How long a deployment takes on this machine."""

    def run(self) -> None:
        """From the announcement to the verified certificate."""
        self.ask()
        relying = Relying(self.timeline, self.scene, self.enrolled)
        relying.write_down(self.stack)
        self.try_too_short_a_window()
        closes_at = self.announce()
        relying.tell(self.stack)
        self.timeline.note(_status(httpx.get(f"{self.stack.api_url}/status", timeout=30).json()))
        self.close(closes_at)
        self.destroy()
        self.certify()

    def ask(self) -> None:
        """While it is open, a nurse is told who works with a child."""
        began = time.monotonic()
        asker = self.scene.asker
        client = self.enrolled[asker.code]
        answer = httpx.post(
            f"{self.stack.api_url}/lookups",
            json={**_asking(asker.roles[0]), "child": self.scene.child.by_details()},
            headers={"Authorization": f"Bearer {self.stack.token(client.client_id, client.client_secret)}"},
            timeout=120,
        ).raise_for_status()
        self.warming = STARTS * timedelta(seconds=time.monotonic() - began)
        child, involvements = answer.json()["child"], answer.json()["involvements"]
        services = ", ".join(row["service_type"].replace("_", " ") for row in involvements)
        self.timeline.say(f"A nurse asks about {child['given_name']} {child['family_name']}: {services}")

    def try_too_short_a_window(self) -> None:
        """Shows that a plan that cannot be kept is refused when it is deployed."""
        self.timeline.say("A date is deployed, with ten days to destroy everything: can that be kept?")
        began = time.monotonic()
        try:
            set_closure(self.stack, seconds_ahead(300), _quietly, DestructionWindow="P10D")
        except DeployError:
            reason = self.stack.failures()[0].removeprefix("Closure: ")
            self.timeline.say("[bold red]sam deploy fails[/], says why, and leaves everything as it was:")
            for line in textwrap.wrap(reason, _NARROW):
                self.timeline.note(line)
        else:
            message = "A plan that cannot be kept was accepted."
            raise ClosureDemoError(message)
        self.deploying = timedelta(seconds=time.monotonic() - began)

    def announce(self) -> datetime:
        """Deploys the date, and shows what everybody sees of it from then on."""
        self.timeline.say("The same with two months; here the register closes in seconds, in earnest in months")
        ahead = SLOWER * (self.deploying + self.warming) + SEEN_BEFORE + TO_SPARE
        closes_at = seconds_ahead(ahead.total_seconds())
        self.stack = set_closure(
            self.stack,
            closes_at,
            _quietly,
            DestructionWindow=WINDOW,
            DestructionStartsAfter=STARTS_AFTER,
            DestructionRate=str(RATE),
            DestructionAuthority=AUTHORITY,
            SuccessorUrl=SUCCESSOR,
            SupportEndsAt=f"{closes_at + SUPPORTED:%Y-%m-%d}",
        )
        if closes_at - datetime.now(UTC) < SEEN_BEFORE:
            message = (
                "Deploying took so long that nothing can be shown before it closes: try again on a quieter machine."
            )
            raise ClosureDemoError(message)
        self.timeline.mark("announced", f"access ends at {closes_at:%H:%M:%S} UTC; every answer now says so", "yellow")
        answer = httpx.get(f"{self.stack.api_url}/status", timeout=30)
        for name in ("Deprecation", "Sunset", "Link"):
            self.timeline.note(f"{name}: {answer.headers[name]}")
        self.timeline.note(_status(answer.json()))
        return closes_at

    def close(self, closes_at: datetime) -> None:
        """Three clients ask without pause while the register closes."""
        self.timeline.say(f"{len(self.enrolled)} client systems ask without pause; each line is a second of answers")
        with Traffic(self._callers()) as traffic:
            seconds = Seconds(self.timeline, traffic.answers, closes_at)
            first = max(closes_at - SEEN_BEFORE, datetime.now(UTC).replace(microsecond=0))
            for second in seconds.drawn_until(closes_at + SEEN_AFTER, first):
                if second + timedelta(seconds=1) == closes_at:
                    self.timeline.mark("closed", "to the millisecond, with requests in flight and tokens valid", "red")
        self._show_crossing(traffic.answers, closes_at)

    def _show_crossing(self, answers: list[Answered], closes_at: datetime) -> None:
        told = [a for a in answers if a.tells_something]
        refused = [a for a in answers if a.problem == "closed"]
        late = [a for a in told if a.sent_at >= closes_at]
        if not told:
            message = "Functions started so slowly that nothing was answered before it closed: try again on a quieter machine."
            raise ClosureDemoError(message)
        if late or not refused:
            message = f"{len(late)} requests sent after the closure were answered, {len(refused)} refused."
            raise ClosureDemoError(message)
        last = max(a.received_at for a in told)
        first = min(a.received_at for a in refused)
        self.timeline.say(
            f"{len(told)} answered, the last {_from(closes_at, last)}; "
            f"{len(refused)} refused, the first {_from(closes_at, first)}; sent after it and answered: [bold]none[/]"
        )
        self.timeline.note(f"410 Gone. Link: {refused[-1].headers['Link']}")

    def destroy(self) -> None:
        """Runs expiry as its schedule does, and counts from outside meanwhile."""
        ids = self.stack.physical_ids()
        before = Remaining.of(self.stack, ids)
        self.timeline.say(f"There are {before}")
        self.timeline.say(
            f"Until {STARTS_AFTER[2:-1]} s after it nothing is destroyed, for appeals: seven days in earnest"
        )
        status = httpx.get(f"{self.stack.api_url}/status", timeout=30).json()
        with ThreadPoolExecutor(1) as pool:
            ticking = pool.submit(self._tick_until_destroyed)
            self._draw_what_is_left(before, ids, ticking)
            ticking.result()
        self.timeline.say(f"Everything was read again and found empty, {_days_early(status)} before the deadline")

    def _tick_until_destroyed(self) -> None:
        wait_until(
            lambda: bool(ask_expiry(self.stack, "tick")["phase"] == "destroyed"), "everything is gone", within=_WITHIN
        )

    def _draw_what_is_left(self, before: Remaining, ids: dict[str, str], ticking: Future[None]) -> None:
        left, has_begun = before, False
        while not left.is_nothing:
            is_over = ticking.done()
            now = Remaining.of(self.stack, ids)
            if not has_begun and (now.backups, now.items) != (before.backups, before.items):
                self.timeline.mark("destroying", "copies first, then originals, then traces, then the key", "red")
                has_begun = True
            if now != left:
                self.timeline.say(f"[red]{'█' * _long(now.items, before.items)}[/]  {str(now) or 'nothing'}")
            left = now
            if is_over:
                return
            time.sleep(_LOOK_EVERY)

    def certify(self) -> None:
        """Fetches the certificate as anybody can, verifies it, and shows that a changed byte is found."""
        status = httpx.get(f"{self.stack.api_url}/status", timeout=30).json()
        self.timeline.mark("destroyed", "and certified", "green")
        self.timeline.note(_status(status))
        fetch(self.stack.api_url, self.kept)
        certificate = json.loads((self.kept / "certificate.json").read_text())
        places = certificate["destruction"]["places"]
        self.timeline.say(f"The certificate, ordered by {certificate['ordered_by']}:")
        for place in places:
            held = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in place["before"].items() if count)
            self.timeline.note(f"{place['name']:18} {place['method']:20} {held or 'nothing'} → {place['after']}")
        verified = verify(self.kept)
        self.timeline.say(f"[bold green]{verified.said}[/], says {verified.by}, offline, with the public key alone")
        forged = verify(self.kept, changed=True)
        self.timeline.say(f"One byte changed: [bold red]{forged.said}[/]")
        if not verified.ok or forged.ok:
            message = "The certificate was not verified as it should be."
            raise ClosureDemoError(message)

    def _callers(self) -> list[Caller]:
        callers = []
        for organisation in self.scene.organisations:
            client = self.enrolled[organisation.code]
            token = self.stack.token(client.client_id, client.client_secret)
            own = f"/involvements/demo-{organisation.code.lower()}"
            put = {
                "child": self.scene.child.by_details(),
                "service_type": organisation.service_types[0],
                "practitioner": {"name": "Amara Lindqvist", "role": "Duty desk"},
                "duty_phone": "020 7946 0155",
            }
            asked = {**_asking(organisation.roles[0]), "child": self.scene.child.by_details()}
            calls = (
                Call("PUT /involvements/{source_reference}", own, put),
                Call("POST /lookups", "/lookups", asked),
                Call("GET /involvements/{source_reference}", own),
            )
            callers.append(Caller(self.stack.api_url, token, calls))
        return callers


def _asking(role: str) -> dict[str, Any]:
    return {"reason": _REASON, "practitioner": {**_NURSE, "role": role}}


def _status(body: Mapping[str, Any]) -> str:
    told = [f"{name} {body[name]}" for name in ("phase", "certificate") if name in body]
    reached = [f"{milestone['name'].replace('_', ' ')} {milestone['at']}" for milestone in body["milestones"]]
    counts = [f"{number} {name}" for name, number in body["dependents"].items()]
    lines = ("/status: " + ", ".join(told), "milestones: " + ", ".join(reached), "dependents: " + ", ".join(counts))
    return "\n".join(lines)


def _quietly(_step: str) -> None:
    """What a deployment says of its steps is not part of the story."""


def _from(instant: datetime, other: datetime) -> str:
    milliseconds = round((other - instant) / timedelta(milliseconds=1))
    return f"{abs(milliseconds)} ms {'before' if milliseconds < 0 else 'after'}"


def _days_early(status: dict[str, str]) -> str:
    return f"{(datetime.fromisoformat(status['destroyed_by']) - datetime.now(UTC)).days} days"


def _long(number: int, most: int) -> int:
    return -(-number * 30 // max(1, most))


def run(folder: Path, kept: Path) -> None:
    """The whole story, on an emulator in `folder`. Raises ClosureDemoError and the errors of what it uses."""
    timeline = Timeline(console())
    scene = of_sample(kept / "sample")
    stack = bring_up(folder, emulators.free_port(), timeline.say)
    timeline.say("Enrolling three organisations and feeding the register with their extracts")
    enrolled = {o.code: enrol(stack, folder, o) for o in scene.organisations}
    receipts = drop(stack, scene.extracts)
    stack.dynamodb.create_backup(TableName=stack.outputs["RegisterName"], BackupName="by-an-operator")
    rows = sum(receipt["accepted"] for _, receipt in receipts)
    timeline.mark("open", f"{rows:,} involvements taken in from {len(receipts)} extracts; no closure is set", "green")
    story = Story(timeline, kept, stack, scene, enrolled)
    story.run()
    (kept / "plan.txt").write_text("\n".join(ask_expiry(story.stack, "plan")["plan"]) + "\n")
    timeline.say("Stopping the emulator")
    emulators.stop(folder)
    timeline.console.print()
    timeline.console.print(f"[bold]{timeline.drawn_small()}[/]")
    _show_what_next(timeline, kept)


def _show_what_next(timeline: Timeline, kept: Path) -> None:
    shown = kept.relative_to(ROOT)
    say = timeline.console.print
    say(
        f"[bold green]Done[/] in {timeline.seconds:.0f} s. The emulator has been stopped; what outlives the register is here:"
    )
    say(f"  {shown}/certificate.html     the certificate on one page: open it in a browser, print it", markup=False)
    say(
        f"  {shown}/certificate.json     what was signed; docs/certificate.md tells how anyone verifies it",
        markup=False,
    )
    say(
        f"  {shown}/plan.txt             the plan, worked backwards from the deadline, as expiry prints it:",
        markup=False,
    )
    say('  sam remote invoke ExpiryFunction --stack-name … --event \'{"action": "plan"}\'', markup=False)
    say("How it is announced, moved, cleared and watched in earnest: docs/closing.md")


def main() -> int:
    """0 when the story was told to its end, 1 with a message when it was not."""
    mine = ROOT / ".local" / "closure"
    folder, kept = mine / "emulator", mine / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    try:
        # What an earlier run may have left, had it been killed.
        emulators.stop(folder)
        run(folder, kept)
    except (BotoCoreError, httpx.TransportError) as error:
        print(f"The emulator does not answer ({type(error).__name__}): try again.", file=sys.stderr)
        return 1
    except (
        ClosingError,
        ClosureDemoError,
        DeployError,
        EmulatorError,
        EnrolmentError,
        FeedError,
        StackError,
    ) as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        emulators.stop(folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
