"""Who waits is told so once, before the answer and never after it; who need not wait is not."""

import threading
import time

import pytest
from slack_sdk.errors import SlackClientError

from bot.slack.replies import Patience

LOOKING = "⏳ Looking"


class Heard:
    """What one person was told; the first of it takes a while, and may fail."""

    def __init__(self, slow: float = 0, fails: bool = False) -> None:
        self.said: list[str] = []
        self.began = threading.Event()
        self._slow, self._fails = slow, fails

    def __call__(self, text: str, _blocks: object) -> None:
        self.began.set()
        if text == LOOKING:
            time.sleep(self._slow)
            if self._fails:
                raise SlackClientError("away")
        self.said.append(text)


def test_an_answer_in_time_stands_alone() -> None:
    heard = Heard()
    Patience(heard, 0.1, LOOKING)("healthy", [])
    time.sleep(0.2)
    assert heard.said == ["healthy"]


@pytest.mark.parametrize("slow", [0, 0.2])
def test_what_takes_long_says_so_first_and_once(slow: float) -> None:
    heard = Heard(slow)
    say = Patience(heard, 0.05, LOOKING)
    assert heard.began.wait(2)
    say("healthy", [])
    say("and its picture", [])
    assert heard.said == [LOOKING, "healthy", "and its picture"]


def test_the_answer_comes_although_that_could_not_be_said() -> None:
    heard = Heard(fails=True)
    say = Patience(heard, 0.05, LOOKING)
    assert heard.began.wait(2)
    say("healthy", [])
    assert heard.said == ["healthy"]
