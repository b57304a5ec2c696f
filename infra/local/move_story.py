"""What the demo shows of a move: the child comes to a school in another area, and nobody has to find out by chance."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from infra.local.closing import wait_until
from infra.local.enrolment import instruct
from infra.local.listening import listening
from infra.local.moving import IN_PLAIN_WORDS, Member, Moving, MovingError
from infra.local.showing import as_dialled, console, step, table
from shared.domain.notices import NoticeKind
from shared.domain.postcode import district

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from infra.local.enrolment import Enrolled, Enrolling
    from infra.local.listening import Listener
    from infra.local.moving import Learnt
    from infra.local.scene import Scene
    from infra.local.stack import Stack

_WITHIN = 30.0


@contextmanager
def webhook_of(stack: Stack, folder: Path, organisation: Enrolling) -> Iterator[tuple[Listener, str]]:
    """A listener on this machine, which this organisation's webhook goes to, and its secret. Raises MovingError."""
    with listening(folder / "webhook-port") as listener:
        told = {"action": "webhook", "organisation": organisation.code, "url": listener.url}
        answer = instruct(stack, told)
        if not answer.get("ok"):
            message = f"The directory function answered: {answer}"
            raise MovingError(message)
        yield listener, answer["secret"]


def show(
    stack: Stack,
    scene: Scene,
    enrolled: Mapping[str, Enrolled],
    known: Mapping[str, Any],
    webhook: tuple[Listener, str],
) -> None:
    """The story, told of the child that was asked about. It is back where it was at the end. Raises MovingError."""
    if known["outcome"] != "match":
        return  # these extracts do not tell it from others
    child = scene.child
    left, reached = district(child.postcode), district(scene.new_home)
    step(f"{child.given_name} moves from {left} to {reached} and comes to a school there, which registers the child")
    members = {o.code: _member(stack, o, enrolled[o.code]) for o in (*scene.organisations, scene.new_authority)}
    moving = Moving(_member(stack, scene.new_school, enrolled[scene.new_school.code]), list(members.values()))
    moving.begin()
    try:
        _show_answer(moving.arrives(child, scene.new_home))
        learnt = moving.learnt()
        _show_learnt(learnt)
        _show_webhook(scene, webhook)
        _show_fetched(members[scene.authority.code], learnt)
    finally:
        moving.leaves()
    console.print("  The school withdraws it again.", style="dim")
    console.print()


def _member(stack: Stack, organisation: Enrolling, enrolled: Enrolled) -> Member:
    token = stack.token(enrolled.client_id, enrolled.client_secret)
    return Member(organisation.name, stack.api_url, token)


def _show_answer(elsewhere: Mapping[str, Any]) -> None:
    """What the school is told in the answer to its registration."""
    others, lead = elsewhere["involvements"], elsewhere.get("lead_professional")
    console.print(f"  In the answer: {_counted(len(others), 'service')} elsewhere know the child.", end="")
    if lead:
        who = lead.get("practitioner", {}).get("name", "the duty desk")
        console.print(f" Ring {who}, who leads: {as_dialled(lead.get('duty_phone'))}.", end="")
    console.print()


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _show_learnt(learnt: Sequence[Learnt]) -> None:
    shown = table("after", "who learns", "what", fixed=("after",))
    for one in sorted(learnt, key=lambda one: (one.seconds, one.who.name, one.notice["kind"])):
        words = IN_PLAIN_WORDS.get(NoticeKind(one.notice["kind"]), one.notice["kind"])
        shown.add_row(f"{one.seconds:.1f} s", one.who.name, words)
    console.print(shown)


def _show_webhook(scene: Scene, webhook: tuple[Listener, str]) -> None:
    listener, secret = webhook
    wait_until(lambda: bool(listener.received), f"a call of the webhook of {scene.authority.name}", within=_WITHIN)
    received = listener.received[-1]
    if not received.is_signed_with(secret):
        message = f"The webhook of {scene.authority.name} was called with a signature that is not its own."
        raise MovingError(message)
    console.print(f"  {scene.authority.name} need not ask: its webhook was called, and the signature is right:")
    console.print(f"  {received.body.decode()}", style="dim", markup=False)


def _show_fetched(authority: Member, learnt: Sequence[Learnt]) -> None:
    """The old authority looks at what it was told of, and puts it off its list."""
    own = [one.notice for one in learnt if one.who is authority]
    for notice in own:
        fetched = authority.fetched(notice["notice_id"])
        if notice["kind"] == NoticeKind.MOVED:
            new = next((i for i in fetched["involvements"] if i.get("team") and "Oakroyd" in i["team"]), None)
            if new:
                console.print(
                    f"  A social worker of {authority.name} opens the notice: {new['team']}, {new['organisation_name']}, "
                    f"ring {as_dialled(new['duty_phone'])}. Recorded as access {fetched['access_id']}."
                )
        authority.acknowledge(notice["notice_id"])
