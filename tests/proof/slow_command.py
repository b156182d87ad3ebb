"""A command that takes far longer than its time limit, over real SSH: `python -m tests.proof.slow_command`.

It ends as the server ended it. With the bot killed in its middle nobody closes the run before it must have ended, no
process sends it again, and the next one tells it as unknown, with what both servers show. Exit status 1 when not.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.domain.request import Phase
from tests.e2e.play import Message, Play, labels, last_said, text_of
from tests.e2e.runs import CLOSING, demote, true_effect
from tests.support.patience import HANG, eventually

SECONDS, LIMIT = 200.0, 20.0
LINE = "ha-demote-primary"
UNKNOWN = f"I can't tell how {LINE} on london ended"


@contextmanager
def playing(seconds: float, limit: float) -> Iterator[Play]:
    """A pair in split brain whose demotion takes so many seconds, and a bot that gives it `limit` seconds."""
    commands = {"ha-status": {"time_limit": 2.0}, LINE: {"time_limit": limit, "longest": seconds}}
    pair = {"state": "split-brain", "seconds": seconds}
    with (
        tempfile.TemporaryDirectory() as folder,
        Play(Path(folder), pair, settings={"verify_seconds": 4.0, "commands": commands}) as found,
    ):
        yield found


def ends_as_the_server_ends_it(seconds: float, limit: float) -> str:
    """Play it to its end; what was seen, in a line."""
    with playing(seconds, limit) as p:
        demote(p)
        began = time.monotonic()
        late = p.reads(p.bob, f"{LINE} on london is taking longer than usual")
        assert _phases(p) == [Phase.SENDING], "the time limit ended it"
        assert [one.exit for one in _sent(p)] == [None], "it was hung up on"
        assert not true_effect(p)
        assert "I keep the session open" in text_of(late)
        _wait(lambda: _phases(p) == [Phase.SUCCEEDED], seconds)
        took = time.monotonic() - began
        assert [one.exit for one in _sent(p)] == [0]
        assert true_effect(p)
        p.reads(p.bob, f"✅ {LINE} on london is done")
        return f"a command of {seconds:g} s with a limit of {limit:g} s: told as late, and done after {took:.0f} s"


def is_unknown_after_a_kill(seconds: float, limit: float) -> str:
    """Kill the bot in its middle, and see what the next one does; what was seen, in a line."""
    with playing(seconds, limit) as p:
        demote(p)
        p.reads(p.bob, f"{LINE} on london is taking longer than usual")
        p.stage.kill()
        p.stage.start()
        end = p.reads(p.bob, UNKNOWN)
        assert last_said(end) == ["Primary ACTIVE", "Secondary ACTIVE"], "what both showed by then"
        decidable = _decidable(p)
        looked = 0
        while datetime.now(UTC) < decidable:
            shown = p.reads(p.bob, UNKNOWN)
            early = datetime.now(UTC) < decidable
            assert not (early and set(CLOSING[:3]) & set(labels(shown))), "it could be closed too early"
            assert not (early and "it looks as if" in text_of(shown)), "a hint that was premature"
            assert _phases(p) == [Phase.UNKNOWN]
            looked += 1
            if looked == 1:
                since = p.type(p.alice, f"/{LINE} london again")
                p.reads(p.alice, "Nothing was sent", since=since)
            time.sleep(0.2)
        assert true_effect(p), "the server went on, and ended it"
        _wait(lambda: labels(_truly_told(p)) == CLOSING, HANG)
        _wait(lambda: "It looks as if it worked." in text_of(_truly_told(p)), HANG)
        assert last_said(p.reads(p.bob, UNKNOWN)) == ["Primary demoted", "Secondary ACTIVE"]
        p.carol.click("It worked", p.reads(p.bob, UNKNOWN))
        p.reads(p.bob, f"took effect: {LINE} on london, says U0CAROL")
        assert p.changing() == [LINE], "sent twice"
        return f"killed in its middle: unknown, {looked} times seen locked until {decidable:%H:%M:%S}, then decided"


def _truly_told(p: Play) -> Message:
    """What people read of the end, which is never that it did nothing: it did."""
    shown = p.reads(p.bob, UNKNOWN)
    assert "did nothing" not in text_of(shown), "told by what was seen while it was still at work"
    return shown


def _sent(p: Play) -> list[Any]:
    return [one for one in p.pair.commands if one.changing]


def _phases(p: Play) -> list[str]:
    return [phase for (phase,) in p.rows("SELECT phase FROM run")]


def _decidable(p: Play) -> datetime:
    """From when people may say how it ended, as it was stored when it was sent."""
    ((at,),) = p.rows("SELECT decidable_at FROM run")
    return datetime.fromisoformat(at).replace(tzinfo=UTC)


def _wait(true: Callable[[], bool], seconds: float) -> None:
    eventually(true, seconds + HANG)


def main() -> int:
    parser = argparse.ArgumentParser(description="Play a slow command, once to its end and once with a kill.")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="that the command takes")
    parser.add_argument("--limit", type=float, default=LIMIT, help="its time limit in the settings")
    given = parser.parse_args()
    for act in (ends_as_the_server_ends_it, is_unknown_after_a_kill):
        print(act(given.seconds, given.limit), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
