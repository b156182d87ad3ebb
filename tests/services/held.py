"""A command that is at work when its process is killed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.domain.request import Phase
from bot.domain.transport import Reply
from bot.scheduler import sweep
from bot.services import approve, close, recover
from bot.services.base import Desk
from bot.slack.rendering import facts_of
from bot.store import requests, runs
from bot.views.run import end
from bot.views.terminal import plain_blocks
from tests.support.refusals import refused
from tests.support.stage import BOB, CAROL, Stage_, Talk


class Hearing(Talk):
    """A command that is at work after its answer, until the test has it end."""

    meanwhile: Callable[[Callable[[str, bool], None], Callable[[], bool]], Reply | None] = lambda *_: None

    def converse(self, *given: object, **more: object) -> Reply:
        reply = super().converse(*given, **more)  # type: ignore[arg-type]
        ended = type(self).meanwhile(given[6], given[7])  # type: ignore[arg-type]
        return ended or reply


def at_work(s: Stage_, ends: Callable[..., Reply | None]) -> None:
    """Approve a demotion whose command does this while it is at work."""

    class Now(Hearing):
        meanwhile = staticmethod(ends)

    s.world.talk = Now
    approve(s.desk, s.asked("ha-demote-primary").id, BOB, "london")
    s.drain()


def killed(s: Stage_) -> Desk:
    """The process dies while its command is at work; the desk of the next one, which has come to itself."""

    class Killed(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Killed

    with pytest.raises(Killed):
        at_work(s, dies)
    s.desk.held.clear()
    s.store.me = "the next process"
    desk = replace(s.desk, held={})
    recover(desk)
    return desk


def nothing_is_released(s: Stage_, desk: Desk, passed: list[float]) -> None:
    """For a quarter of an hour, in truth, nobody says how the run ended; `passed` has the seconds that really go by."""
    for _ in range(5):
        with refused("It may still be running"):
            close(desk, 1, CAROL, Phase.DID_NOT)
        sweep(desk)
        s.clock.tick(minutes=3)
        passed[0] += 180


def text(s: Stage_) -> str:
    run = runs.get(s.store, 1)
    return plain_blocks(end(facts_of(s.desk, requests.get(s.store, run.request_id), run), run)[1])
