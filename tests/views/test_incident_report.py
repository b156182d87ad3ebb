"""An incident's report as people get it: names, words without Slack's marks, a page that needs nothing but itself."""

import json
import re
from base64 import b64decode
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import pytest
from slack_sdk import WebClient

from bot import charts
from bot.domain.approval import Person
from bot.domain.errors import Refusal, RefusalCode
from bot.domain.incident import Report
from bot.domain.pair import Role
from bot.domain.statement import StatementKind
from bot.services import approve, incident_handling, key_approval
from bot.slack.outbox import Deliverer
from bot.slack.people import names
from bot.views.html import Picture
from bot.views.report import FORMS, unmarked
from bot.views.timeline import lines
from tests.support.slack import Slack
from tests.support.stage import ALICE, BOB
from tests.views.house import PLANNED, House, handed_over

NAMES = {"U0ALICE": "Alice <Ando> & Co", "U0BOB": "Bob Baker"}
NOTE = "ask <b>@U0BOB</b> & *not* the `vendor` | 50 % <of all>"


def name(who: str) -> str:
    return NAMES.get(who, who)


@pytest.fixture
def s(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def report(s: House) -> Report:
    """A hand-over whose failback was not sent at first: its right was taken away, and what moved is told."""
    s.look()
    s.runs("ha-failover", "Demoted", "Active", PLANNED)
    incident_handling.note(s.desk, ALICE, s.desk.pair("london"), NOTE)
    request = s.wants("ha-failback")
    s.settings["london"] = replace(s.settings["london"], requesters=("U0BOB",))
    approve(s.desk, request.id, BOB, "london")
    s.drain()
    return s.report()


class Page(HTMLParser):
    """What a page says and shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.said: list[str] = []
        self.images: dict[str, str] = {}
        self.linked: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {key: value or "" for key, value in attrs}
        self.tags.append(tag)
        self.linked += [said[key] for key in ("src", "srcset", "href") if key in said]
        if tag == "img":
            self.images[said["src"]] = said["alt"]

    def handle_data(self, data: str) -> None:
        self.said.append(data)


@pytest.mark.parametrize("form", FORMS)
def test_no_form_shows_ids_or_marks(report: Report, form: str) -> None:
    text = FORMS[form](report, name, None)
    said = "".join(Page(text).said) if form == "html" else text
    said = json.dumps(json.loads(text)["timeline"], ensure_ascii=False) if form == "json" else said
    said = re.sub(r"\\([\\<\[])", r"\1", said) if form == "md" else said
    assert "Alice <Ando> & Co may no longer do this on london. Nothing was sent." in said
    assert "ask <b>Bob Baker</b> & *not* the `vendor` | 50 % <of all>" in said
    for mark in ("<@", "<!", "&lt;", "&amp;", "\u2060"):
        assert mark not in said


def test_what_was_typed_draws_nothing_in_markdown(s: House) -> None:
    incident_handling.open_by_hand(
        s.desk, ALICE, s.desk.pair("london"), "see ![x](https://elsewhere/p.png) \\<img src=x>"
    )
    text = FORMS["md"](s.report(), name, None)
    assert r"see !\[x](https://elsewhere/p.png) \\\<img src=x>" in text
    assert not re.search(r"(?<!\\)(\\\\)*[<\[]", text)


def test_times_are_read_without_slack() -> None:
    marked = "stopped at <!date^1772334000^{time_secs}|03:00:00 UTC> by <@U0BOB|bob>, see <#C0OPS|ops>"
    assert unmarked(marked, name) == "stopped at 03:00:00 UTC by Bob Baker, see #ops"
    assert unmarked("mail root@WORLD and @U0X", name) == "mail root@WORLD and @U0X"


def test_people_are_told_by_name_and_the_machine_by_id(report: Report) -> None:
    text = FORMS["md"](report, name, None)
    assert "· asked · Alice \\<Ando> & Co asked for ha-failover: INC-4711" in text
    assert "- Bob Baker: approved ha-failover, approved ha-failback" in text
    assert "(U0" not in text
    assert "- Bob Baker (U0BOB): approved" in FORMS["md"](report, lambda _: "Bob Baker", None)
    data = json.loads(FORMS["json"](report, name, None))
    assert [line["words"] for line in data["timeline"]] == [unmarked(line.words, name) for line in lines(report)]
    assert data["names"] == NAMES
    assert {line["who"] for line in data["timeline"]} == {"", *NAMES}
    assert "- U0BOB: approved" in FORMS["md"](report, lambda who: who, None)


def test_both_servers_states_are_told_over_time(report: Report) -> None:
    lines = FORMS["md"](report, name, None).splitlines()
    begin = lines.index("## Both servers over time") + 2
    table = [line.split(" | ", 1)[1] for line in lines[begin : begin + 4]]
    assert table == ["Primary | Secondary |", "--- | --- |", "ACTIVE | STANDBY |", "demoted | ACTIVE |"]


def test_each_line_says_who_did_what(s: House) -> None:
    s.become("Active", "Active")
    s.look()
    incident_handling.note(s.desk, ALICE, s.desk.pair("london"), "the switch vendor is on the phone")
    incident_handling.state(s.desk, BOB, s.desk.pair("london"), StatementKind.KEEP_PRIMARY, "today's changes")
    s.become("Demoted", "Active")
    s.look()
    key_approval.offer(s.desk, ALICE, "london", Role.SECONDARY, "10.0.0.9", 22, "10.0.0.9")
    text = FORMS["md"](s.report(), name, None)
    assert r"· noted · Alice \<Ando> & Co noted: the switch vendor is on the phone" in text
    assert r"· said · Alice \<Ando> & Co asked to compare the host key of the new Secondary" in text
    assert "· seen · failed over after a split brain (Primary demoted, Secondary active)" in text
    assert "Seen:" not in text


def test_the_states_over_time_change_in_each_row_and_end_with_the_last(s: House) -> None:
    s.become("Active", "Active")
    s.look()
    incident_handling.state(s.desk, BOB, s.desk.pair("london"), StatementKind.KEEP_PRIMARY, "today's changes")
    s.become("Active", "Standby")
    at = s.clock()

    def goes_on() -> datetime:
        """Time passes between two readings of the clock, as in life."""
        s.clock.tick(seconds=0.001)
        return s.clock()

    s.store.now = goes_on
    s.look()
    report = s.report()
    assert [states for _, *states in report.states] == [["active", "active"], ["active", "standby"]]
    assert report.states[-1][0] > at
    assert lines(report)[-1].words.startswith("Incident closed: healthy")


def test_the_page_needs_nothing_but_itself(report: Report) -> None:
    until = report.incident.opened_at
    light, dark = (charts.ribbon(report, until, dark=dark) for dark in (False, True))
    page = Page(FORMS["html"](report, name, Picture(light, dark, charts.described(report))))
    assert [tag for tag in page.tags if tag in ("script", "link")] == []
    assert all(link.startswith("data:image/png;base64,") for link in page.linked)
    assert [b64decode(link.split(",")[1]) for link in page.linked] == [dark, light]
    assert list(page.images.values()) == [charts.described(report)]
    for title in (
        "How long",
        "What happened",
        "Both servers over time",
        "Who did what",
        "Transcript: ha-failover, run 1",
    ):
        assert title in page.said
    assert page.tags.count("table") == 4
    assert page.tags.count("h1") == 1
    assert "img" not in Page(FORMS["html"](report, name, None)).tags


class Files(Slack):
    """It takes files, too."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, Any] = {}

    def files_upload_v2(self, filename: str, **given: Any) -> None:
        self.files[filename] = given.get("content") or given.get("file")


def identify(who: str) -> Person:
    if who == "U0BOB":
        raise Refusal(RefusalCode.PEOPLE_UNKNOWN)
    return Person(who, NAMES[who])


def test_the_report_in_the_thread_has_names_where_slack_gives_them(s: House) -> None:
    handed_over(s)
    slack = Files()
    s.desk = replace(s.desk, identify=identify)
    Deliverer(s.desk, cast(WebClient, slack)).round()
    text = slack.files["london-incident-1.md"]
    assert r"Alice \<Ando> & Co asked for ha-failover" in text
    assert "U0BOB approved ha-failover" in text
    assert slack.files["london-incident-1.png"].startswith(b"\x89PNG")


def test_somebody_slack_cannot_tell_of_keeps_their_id() -> None:
    assert [names(identify)(who) for who in ("U0ALICE", "U0BOB")] == [NAMES["U0ALICE"], "U0BOB"]
    assert names(None)("U0ALICE") == "U0ALICE"
