"""The first minute, as the page tells it: out of a split brain in three steps, each ticked off when it has happened."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.lab.cast import ALICE, BOB, OPS
from bot.lab.pair import SimulatedPair
from bot.lab.slack import LocalSlack

PAIR = "london"
DEMOTE = f"/ha-demote-primary {PAIR} the link failed, the Secondary has today's changes"

Told = list[str]


@dataclass(frozen=True)
class Task:
    """One thing to do: in words, as whom, what to type; `done` judges by all that was said and by the truth."""

    words: str
    done: Callable[[Told, SimulatedPair], bool]
    who: str
    line: str = ""


@dataclass(frozen=True)
class Step:
    """A heading and its tasks."""

    title: str
    tasks: tuple[Task, ...]


def _said(*words: str) -> Callable[[Told, SimulatedPair], bool]:
    return lambda told, _: any(all(word in text for word in words) for text in told)


def _ran(command: str) -> Callable[[Told, SimulatedPair], bool]:
    return lambda _, pair: any(one.effect and one.line == command for one in pair.commands)


STEPS = (
    Step(
        "See it",
        (Task(f"Ask both servers of {PAIR}.", _said(f"{PAIR} · split brain"), ALICE.id, f"/ha-status {PAIR}"),),
    ),
    Step(
        "Demote the Primary, with a second person",
        (
            Task("Ask for it, with your reason.", _said("Approve `ha-demote-primary`"), ALICE.id, DEMOTE),
            Task(
                "Press *Approve demote-primary…* on the card yourself: you are refused.",
                _said("You asked for this one"),
                ALICE.id,
            ),
            Task("Become Bob and approve it. Its thread tells how it goes.", _ran("ha-demote-primary"), BOB.id),
        ),
    ),
    Step(
        "Fail back to the Primary",
        (
            Task(
                "In the thread, press *Ask to fail back to the Primary*.",
                _said("Approve `ha-failback`"),
                ALICE.id,
            ),
            Task("Become Bob again and approve: the pair is back to normal.", _ran("ha-failback"), BOB.id),
        ),
    ),
)


def shown(slack: LocalSlack, pair: SimulatedPair) -> list[dict[str, Any]]:
    """The steps with what is done of them; what was done once counts, even if the message has changed since."""
    told = list(slack.now(lambda w: [text for post in w.messages.everything() for text in _texts(post.body)]))
    return [{"title": step.title, "tasks": [_task(task, told, pair) for task in step.tasks]} for step in STEPS]


def _task(task: Task, told: Told, pair: SimulatedPair) -> dict[str, Any]:
    done = task.done(told, pair)
    return {"words": task.words, "who": task.who, "line": task.line, "channel": OPS, "done": done}


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
