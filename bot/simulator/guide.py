"""The first minute, as the page tells it: out of a split brain in three steps, each ticked off when it has happened.

What has happened is judged by facts: what the app took from Slack, the bot's requests, and the commands that had their
effect on the pair. No text of the bot decides.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.simulator.cast import ALICE, BOB, OPS
from bot.simulator.pair import SimulatedPair
from bot.simulator.slack import LocalSlack
from bot.simulator.slack.workspace import Workspace

PAIR = "london"
DEMOTE = f"/ha-demote-primary {PAIR} the link failed, the Secondary has today's changes"


@dataclass(frozen=True)
class Happened:
    """What has happened since the pair was put into a split brain.

    `looked` is whether somebody asked for its status and was answered, `asked` are the actions that were asked for,
    `self_approved` is whether somebody pressed *Approve* for what they had asked for themselves, and `ran` are the
    commands that had their effect.
    """

    looked: bool
    asked: Collection[str]
    self_approved: bool
    ran: Collection[str]


@dataclass(frozen=True)
class Task:
    """One thing to do: in words, as whom, what to type; `done` judges by what has happened."""

    words: str
    done: Callable[[Happened], bool]
    who: str
    line: str = ""


@dataclass(frozen=True)
class Step:
    """A heading and its tasks."""

    title: str
    tasks: tuple[Task, ...]


def _asked(action: str) -> Callable[[Happened], bool]:
    return lambda so_far: action in so_far.asked


def _ran(command: str) -> Callable[[Happened], bool]:
    return lambda so_far: command in so_far.ran


STEPS = (
    Step(
        "See it",
        (Task(f"Ask both servers of {PAIR}.", lambda so_far: so_far.looked, ALICE.id, f"/ha-status {PAIR}"),),
    ),
    Step(
        "Demote the Primary, with a second person",
        (
            Task("Ask for it, with your reason.", _asked("ha-demote-primary"), ALICE.id, DEMOTE),
            Task(
                f"Press *Approve demote-primary on {PAIR}…* on the card yourself: you are refused.",
                lambda so_far: so_far.self_approved,
                ALICE.id,
            ),
            Task(
                "Become Bob and approve it. Its thread tells how it goes.",
                _ran("ha-demote-primary"),
                BOB.id,
            ),
        ),
    ),
    Step(
        "Fail back to the Primary",
        (
            Task(
                "Become Alice again, open the card's thread, and press *Ask to fail back to the Primary*.",
                _asked("ha-failback"),
                ALICE.id,
            ),
            Task(
                "Become Bob again and approve: the pair is back to normal.",
                _ran("ha-failback"),
                BOB.id,
            ),
        ),
    ),
)


def shown(
    slack: LocalSlack, pair: SimulatedPair, requests: Sequence[Mapping[str, Any]], since: float
) -> list[dict[str, Any]]:
    """The steps with what is done of them. `requests` are the bot's for this pair; `since` is in Unix seconds."""
    mine = [request for request in requests if request["at"] > since]
    taken = slack.now(lambda w: [payload for at, payload in w.wire.taken if at > since])
    told = slack.now(lambda w: set(_told_alone(w, since)))
    by_themselves = {(str(request["id"]), request["who"]) for request in mine}
    so_far = Happened(
        looked=any(_looks(payload) and payload["user_id"] in told for payload in taken),
        asked={request["action"] for request in mine},
        self_approved=any(press in by_themselves for payload in taken for press in _approvals(payload)),
        ran={one.line for one in pair.commands if one.effect and one.at > since},
    )
    return [{"title": step.title, "tasks": [_task(task, so_far) for task in step.tasks]} for step in STEPS]


def _looks(payload: Mapping[str, Any]) -> bool:
    return payload.get("command") == "/ha-status" and PAIR in payload["text"].split()[:1]


def _approvals(payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """For each press on *Approve*: the request's id, and who pressed."""
    for action in payload.get("actions", ()):
        if action["action_id"] == "approve":
            yield action.get("value", ""), payload["user"]["id"]


def _task(task: Task, so_far: Happened) -> dict[str, Any]:
    return {"words": task.words, "who": task.who, "line": task.line, "channel": OPS, "done": task.done(so_far)}


def _told_alone(w: Workspace, since: float) -> Iterator[str]:
    """Everybody to whom the bot said something about the pair that nobody else sees."""
    for channel in list(w.channels.values()):
        for post in w.messages.all(channel.id):
            if post.only_for and float(post.ts) > since and PAIR in str(post.body):
                yield post.only_for
