"""What is logged: readable or as JSON, with what it is about, and never a secret."""

import io
import json
import logging
import threading
from typing import Any

import pytest

from bot import logs
from bot.logs import Json, Plain, about, also

SECRET = 'to"ken-8f7e'


def logged(formatter: logging.Formatter, say: Any) -> str:
    """What `say` logs, as it stands on stderr."""
    sink = io.StringIO()
    handler = logging.StreamHandler(sink)
    handler.setFormatter(formatter)
    log = logging.Logger("bot.test", logging.INFO)
    log.addHandler(handler)
    say(log)
    return sink.getvalue()


def test_one_json_object_a_line_with_what_it_is_about() -> None:
    def say(log: logging.Logger) -> None:
        with about(run=3, pair="london", incident=None):
            also(request=7)
            log.error("it broke:\n%s", "Größe")
        log.info("later")

    first, second = map(json.loads, logged(Json(), say).splitlines())
    assert first.pop("time").endswith("+00:00")
    assert first == {
        "level": "error",
        "logger": "bot.test",
        "message": "it broke:\nGröße",
        "run": 3,
        "pair": "london",
        "request": 7,
    }
    assert set(second) == {"time", "level", "logger", "message"}


def test_plain_lines_say_it_too() -> None:
    def say(log: logging.Logger) -> None:
        with about(run=3, pair="london"):
            log.error("it broke")
        log.error("later")

    first, second = logged(Plain(), say).splitlines()
    assert first.endswith("ERROR bot.test it broke (run 3, pair london)")
    assert second.endswith("ERROR bot.test later")


def test_another_thread_is_about_something_else() -> None:
    def say(log: logging.Logger) -> None:
        with about(run=3):
            other = threading.Thread(target=lambda: log.error("mine"))
            other.start()
            other.join()

    assert "run" not in json.loads(logged(Json(), say))


def breaks() -> None:
    raise ValueError(f"refused: {SECRET}")


@pytest.mark.parametrize("form", [Plain, Json])
def test_no_secret_however_it_comes(form: Any) -> None:
    def say(log: logging.Logger) -> None:
        log.error("the token is %s", SECRET)
        with about(pair=SECRET):
            log.error("in a field")
        try:
            breaks()
        except ValueError:
            log.exception("it broke")

    assert logs.MASK not in logged(form(), say)
    text = logged(form([SECRET]), say)
    assert "8f7e" not in text
    assert text.count(logs.MASK) >= 3
    assert "Traceback" in text


def test_short_words_are_never_taken_for_secrets() -> None:
    assert logged(Plain(["", "pk"]), lambda log: log.error("pk is fine")).endswith("pk is fine\n")


def test_what_of_an_address_may_be_a_key() -> None:
    assert logs.parts("https://hooks.example/services/T0/B0123456/x%20yz0123456?auth=0123456789&a=b") == {
        "https://hooks.example/services/T0/B0123456/x%20yz0123456?auth=0123456789&a=b",
        "https://hooks.example/services/T0/B0123456/x yz0123456?auth=0123456789&a=b",
        "B0123456",
        "x%20yz0123456",
        "x yz0123456",
        "0123456789",
    }
    assert logs.parts("http://[broken") == {"http://[broken"}
