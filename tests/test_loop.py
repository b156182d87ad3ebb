"""The loop: what it does again and again, after an error too, until it is stopped."""

import threading
from collections.abc import Iterator
from queue import SimpleQueue

import pytest

from bot.domain.errors import Refusal, RefusalCode
from bot.loop import Loop
from tests.support.patience import HANG

LONG = 10 * HANG  # seconds: such a loop works only when it is woken


class Work:
    """Notes each time that it is done; raises what it is told to."""

    def __init__(self) -> None:
        self.done: SimpleQueue[str] = SimpleQueue()
        self.raises: list[Exception] = []
        self.loops: list[Loop] = []

    def __call__(self) -> None:
        self.done.put(threading.current_thread().name)
        if self.raises:
            raise self.raises.pop()

    def loop(self, seconds: float, once_more: bool = False) -> Loop:
        self.loops.append(Loop("test", self, seconds, once_more))
        return self.loops[-1]


@pytest.fixture
def work() -> Iterator[Work]:
    made = Work()
    yield made
    for loop in made.loops:
        loop.stop(HANG)


def test_the_work_is_done_again_and_again(work: Work) -> None:
    work.loop(0.0).start()
    assert {work.done.get(timeout=HANG) for _ in range(3)} == {"test"}


def test_a_loop_that_is_woken_works_at_once(work: Work) -> None:
    loop = work.loop(LONG)
    loop.start()
    loop.wake()
    assert work.done.get(timeout=HANG)
    loop.stop(HANG)
    assert work.done.empty()


def test_the_last_work_is_done_when_the_loop_is_stopped(work: Work) -> None:
    loop = work.loop(LONG, once_more=True)
    loop.start()
    loop.stop(HANG)
    assert work.done.get_nowait()
    assert work.done.empty()


def test_a_loop_that_was_never_started_can_be_stopped(work: Work) -> None:
    work.loop(LONG).stop(HANG)


def test_the_loop_goes_on_after_an_error_and_traces_only_what_was_not_expected(
    work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    work.raises = [Refusal(RefusalCode.UNREADABLE), ValueError("no such thing")]
    work.loop(0.0).start()
    for _ in range(3):
        work.done.get(timeout=HANG)
    told = [(record.getMessage(), bool(record.exc_info)) for record in caplog.records]
    assert told == [
        ("test failed, and goes on: no such thing", True),
        ("test failed, and goes on: unreadable", False),
    ]
