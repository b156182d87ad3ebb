"""The report of the past: drawn from what the store has, into files and a page that says the same in words."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.domain.errors import CannotDraw
from bot.domain.pair import Role
from bot.domain.status import State
from bot.report import last_day_of, report, worst_first, write_report
from bot.services.history import recoveries_of, ribbon_of
from bot.store import maintenance, runs
from tests.store import given
from tests.support.past import ALICE, Past
from tests.support.refusals import refused

SPLIT = (State.ACTIVE, State.ACTIVE)
UTC = ZoneInfo("UTC")
DAY = timedelta(days=1)


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    found = Past(tmp_path)
    yield found
    found.store.engine.dispose()


def eventful(past: Past) -> datetime:
    """An hour: healthy, a split brain with a run in it, healthy; then nobody looks for an hour; then healthy."""
    begun = past.clock()
    past.pass_by(20)
    past.pass_by(10, states=SPLIT)
    run = runs.claim(past.store, given.approved(past.store).id, Role.SECONDARY, given.seen())
    assert run
    assert runs.sending(past.store, run.id, asks=True, patience=timedelta(0))
    runs.end(past.store, run.id, given.SUCCEEDED, given.seen(), "")
    past.pass_by(30)
    past.clock.tick(hours=1)
    maintenance.begin(past.store, "london", given.CHANNEL, ALICE, "new disk", past.clock() + timedelta(minutes=10))
    past.pass_by(30)
    return begun


def test_a_ribbon_is_what_the_store_has(past: Past) -> None:
    begun = eventful(past)
    found = ribbon_of(past.desk, past.desk.pair("london"), begun - DAY, past.clock())
    minutes = [((one.start - begun) / timedelta(minutes=1), one.situation.value) for one in found.stretches]
    assert [(round(at), name) for at, name in minutes] == [
        (0, "healthy"), (20, "split_brain"), (30, "healthy"), (120, "healthy"),
    ]  # fmt: skip
    assert [mark.kind for mark in found.marks] == ["asked", "approved", "run"]
    assert [(one.words, one.end - one.start) for one in found.windows] == [("new disk", timedelta(minutes=10))]


def test_a_ribbon_begins_where_it_is_asked_to(past: Past) -> None:
    begun = eventful(past)
    found = ribbon_of(past.desk, past.desk.pair("london"), begun + timedelta(minutes=40), past.clock())
    assert found.stretches[0].start == begun + timedelta(minutes=40)
    assert found.marks == []


def test_incidents_count_in_the_time_in_which_they_opened(past: Past) -> None:
    begun = eventful(past)
    middle = begun + timedelta(minutes=25)
    found = recoveries_of(past.desk, ["london"], begun, past.clock())
    assert [(one.pair, one.took.recover) for one in found] == [("london", 600)]
    assert recoveries_of(past.desk, ["london"], middle, past.clock()) == []
    assert recoveries_of(past.desk, ["paris"], begun, past.clock()) == []


class Page(HTMLParser):
    """The pictures of a page, with the words beside each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.files: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag in ("img", "source"):
            self.files.append(said.get("src") or said["srcset"])
        if tag == "img":
            self.words.append(said["alt"])


def test_the_page_shows_every_picture_and_says_it_in_words(past: Past, tmp_path: Path) -> None:
    eventful(past)
    past.look("a/b & <c>")
    written = write_report(past.desk, (), 2, "Europe/London", tmp_path / "new" / "out", True)
    names = {path.name for path in written}
    assert names >= {"report.html", "ribbons.png", "ribbons-dark.png", "calendar.png", "recoveries.png"}
    assert {"calendar-london.png", "calendar-a-b-c-.png"} <= names
    page = Page((tmp_path / "new" / "out" / "report.html").read_text())
    assert {*page.files, "report.html"} == names
    assert all((tmp_path / "new" / "out" / name).read_bytes().startswith(b"\x89PNG") for name in page.files)
    assert any("a/b & <c>" in words for words in page.words)
    assert all(words for words in page.words)
    assert "<script" not in (tmp_path / "new" / "out" / "report.html").read_text()


def test_pictures_alone_have_their_words_beside_them(past: Past, tmp_path: Path) -> None:
    eventful(past)
    written = write_report(past.desk, ("london",), 2, "UTC", tmp_path / "out", False)
    assert sorted(path.name for path in written if path.suffix == ".txt") == [
        "calendar-london.txt", "recoveries.txt", "ribbons.txt",
    ]  # fmt: skip
    assert not (tmp_path / "out" / "report.html").exists()
    assert re.search("without a standby for 10 min", (tmp_path / "out" / "ribbons.txt").read_text())


def test_one_pair_named_twice_is_drawn_once(past: Past) -> None:
    eventful(past)
    assert [one.name for one in report(past.desk, ("london", "london"), 2, UTC)] == [
        "ribbons", "calendar-london", "recoveries",
    ]  # fmt: skip


def test_what_cannot_be_drawn_is_told_in_a_sentence(past: Past, tmp_path: Path) -> None:
    with refused("Nobody has looked at any of these pairs in 30 days"):
        write_report(past.desk, (), 30, "UTC", tmp_path / "out", True)
    eventful(past)
    with refused(r'I know no pair "londn". Did you mean london'):
        write_report(past.desk, ("londn",), 30, "UTC", tmp_path / "out", True)
    for zone in ("Europe/Londn", "../etc/passwd", ""):
        with pytest.raises(CannotDraw, match="I know no time zone"):
            write_report(past.desk, (), 30, zone, tmp_path / "out", True)
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotDraw, match=r"I cannot write into .*file"):
        write_report(past.desk, (), 30, "UTC", tmp_path / "file", True)
    assert not (tmp_path / "out").exists()


def test_pictures_have_the_order_of_the_texts(past: Past) -> None:
    past.pass_by(10)
    past.look("a/b & <c>")
    assert [pair.name for pair in worst_first(past.desk, past.desk.pairs().values())] == ["a/b & <c>", "london"]
    past.look(states=SPLIT)
    assert [pair.name for pair in worst_first(past.desk, past.desk.pairs().values())] == ["london", "a/b & <c>"]
    past.clock.tick(minutes=1)
    assert re.search(r"1 in split brain, 1 healthy\..* london: split brain", last_day_of(past.desk, (), UTC).words)


def test_a_picture_begins_where_something_is_known(past: Past) -> None:
    begun = eventful(past)
    assert f"{begun:%H:%M} to " in last_day_of(past.desk, (), UTC).words
    month = report(past.desk, ("london",), 30, UTC)
    assert f"{begun:%H:%M} to " in month[0].words
    days = f"{begun.day} {begun:%b} to {past.clock().day} {past.clock():%b %Y}, all times UTC"
    assert days in month[1].words
    assert "Nothing is known" not in month[1].words


def test_however_little_is_known_a_picture_shows_some_minutes(past: Past) -> None:
    past.look()
    past.clock.tick(minutes=1)
    assert f"{past.clock() - timedelta(minutes=10):%H:%M} to " in last_day_of(past.desk, (), UTC).words
