"""The first minute, as the page tells it: out of a split brain in three steps, each ticked off when it has happened."""

from collections.abc import Callable, Iterator
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
    """What was said, what of it to one person alone, and the commands that had their effect."""

    said: list[str]
    answered: list[str]
    ran: list[str]


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


def _said(words: str) -> Callable[[Happened], bool]:
    return lambda so_far: any(words in text for text in so_far.said)


def _answered(*words: str) -> Callable[[Happened], bool]:
    """Somebody asked: the alert that comes by itself says the same to everybody."""
    return lambda so_far: any(all(word in text for word in words) for text in so_far.answered)


def _ran(command: str) -> Callable[[Happened], bool]:
    return lambda so_far: command in so_far.ran


STEPS = (
    Step(
        "See it",
        (Task(f"Ask both servers of {PAIR}.", _answered(f"{PAIR} · ", "split brain"), ALICE.id, f"/ha-status {PAIR}"),),
    ),
    Step(
        "Demote the Primary, with a second person",
        (
            Task("Ask for it, with your reason.", _said(f"`ha-demote-primary` on {PAIR}"), ALICE.id, DEMOTE),
            Task(
                "Press *Approve demote-primary…* on the card yourself: you are refused.",
                _answered("You asked for this one"),
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
                _said(f"`ha-failback` on {PAIR}"),
                ALICE.id,
            ),
            Task("Become Bob again and approve: the pair is back to normal.", _ran("ha-failback"), BOB.id),
        ),
    ),
)


def shown(slack: LocalSlack, pair: SimulatedPair, since: float) -> list[dict[str, Any]]:
    """The steps with what is done of them, judged by what was said and what ran; `since` is in Unix seconds."""
    said = slack.now(lambda w: list(_said_to(w, since)))
    so_far = Happened(
        said=[text for text, _ in said],
        answered=[text for text, alone in said if alone],
        ran=[one.line for one in pair.commands if one.effect and one.at > since],
    )
    return [{"title": step.title, "tasks": [_task(task, so_far) for task in step.tasks]} for step in STEPS]


def _task(task: Task, so_far: Happened) -> dict[str, Any]:
    return {"words": task.words, "who": task.who, "line": task.line, "channel": OPS, "done": task.done(so_far)}


def _said_to(w: Workspace, since: float) -> Iterator[tuple[str, bool]]:
    """Every text, and whether it was for one person alone."""
    for channel in list(w.channels.values()):
        for post in w.messages.all(channel.id):
            if float(post.ts) > since:
                alone = bool(post.only_for or channel.direct_with)
                yield from ((text, alone) for text in _texts(post.body))


def _texts(body: Any) -> Iterator[str]:
    match body:
        case {"text": str(text), **rest}:
            yield text
            yield from _texts(rest)
        case dict():
            for value in body.values():
                yield from _texts(value)
        case list():
            for value in body:
                yield from _texts(value)
