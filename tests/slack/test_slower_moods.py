"""Slack's slower moods: nothing may be edited, limits of a minute; nobody waits in silence, nothing stays."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.domain.approval import check_member
from bot.domain.errors import Reason, Refusal
from bot.domain.pair import Role
from bot.domain.request import Phase, Stage
from bot.services import approve
from bot.settings import Settings
from bot.simulator import cast
from bot.simulator.slack import LocalSlack
from bot.slack.client import make_client
from bot.slack.people import PERSON_SECONDS, RECENT, People
from bot.store import outbox, requests, run_progress, runs
from bot.views.refusals import words as refusal_words
from tests.proof.away import Away
from tests.store.given import CHANNEL, SUCCEEDED, asked, seen, sent
from tests.support.refusals import refused
from tests.support.stage import ALICE, BOB, split

FOR_EVER = 10_000


@pytest.fixture
def s(tmp_path: Path) -> Iterator[Away]:
    stage = Away(tmp_path)
    yield stage
    stage.slack.stop()


def cards(s: Away) -> list[dict[str, Any]]:
    return [one for one in s.shown(CHANNEL) if one.get("thread_ts") in (None, one["ts"])]


@pytest.mark.parametrize("error", ["edit_window_closed", "cant_update_message"])
def test_where_nothing_may_be_edited_a_new_card_takes_the_old_one_s_place(s: Away, error: str) -> None:
    request = asked(s.store, "london")
    s.rounds()
    (old,) = cards(s)
    assert "Approve" in str(old["blocks"])
    s.slack.fail("chat.update", error, times=FOR_EVER)
    requests.decide(s.store, request.id, Stage.WITHDRAWN, request.requester)
    s.rounds(30)
    (new,) = cards(s)
    assert new["ts"] != old["ts"]
    assert "Approve…" not in str(new["blocks"])
    assert outbox.undelivered(s.store) == 0


def test_where_it_may_not_even_be_deleted_its_thread_says_that_it_is_out_of_date(s: Away) -> None:
    request = asked(s.store, "london")
    s.rounds()
    (old,) = cards(s)
    s.slack.fail("chat.update", "edit_window_closed", times=FOR_EVER)
    s.slack.fail("chat.delete", "cant_delete_message", times=FOR_EVER)
    requests.decide(s.store, request.id, Stage.WITHDRAWN, request.requester)
    s.rounds(30)
    assert len(cards(s)) == 2
    assert "out of date" in str([one["text"] for one in s.shown(CHANNEL) if one.get("thread_ts") == old["ts"]])
    assert outbox.undelivered(s.store) == 0


@pytest.mark.parametrize("turns", [8, pytest.param(20, marks=pytest.mark.proof)])
def test_a_long_command_does_not_fill_the_channel(s: Away, turns: int) -> None:
    run = sent(s.store, "london")
    s.rounds()
    s.slack.fail("chat.update", "edit_window_closed", times=FOR_EVER)
    before = len(s.shown(CHANNEL))
    for _ in range(turns):
        run_progress.progress(s.store, run.id)
        s.rounds(10)
    posted = len({one["ts"] for one in s.shown(CHANNEL)})
    assert posted <= before + 10 * turns // 30 + 1
    runs.end(s.store, run.id, SUCCEEDED, seen(), "what was said")
    s.rounds(40)
    assert [one for one in s.shown(CHANNEL) if one["text"].startswith("✅ done: ha-failback")], "its end is told"
    assert outbox.undelivered(s.store) == 0


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    with LocalSlack(list(cast.FIVE), cast.channels(), cast.groups()) as found:
        yield found


def client(slack: LocalSlack) -> WebClient:
    return make_client(Settings(pairs_file=Path("pairs.toml"), bot_token=slack.bot_token, api_url=slack.api_url))


def test_a_long_limit_is_told_of_instead_of_waited_for(slack: LocalSlack) -> None:
    people = People(client(slack))
    slack.rate_limit(60, ["users.info"])
    began = time.monotonic()
    with refused("I could not ask Slack"):
        people.identify("U0ALICE", None)
    assert time.monotonic() - began < 30, "a limit of 60 s was waited for"


def test_while_slack_is_limited_its_last_word_serves_for_reading_only(slack: LocalSlack) -> None:
    now = [0.0]
    people = People(client(slack), lambda: now[0])
    assert people.identify("U0ALICE", None).fresh
    slack.rate_limit(600, ["users.info", "auth.test"])
    assert people.identify("U0ALICE", None).fresh, "within its minute nobody asks again"
    people.forget()
    assert not people.identify("U0ALICE", None).fresh, "asked again, as before a command is sent, Slack says nothing"
    now[0] = PERSON_SECONDS + 1
    known = people.identify("U0ALICE", None)
    assert not known.fresh
    check_member(known, only_reads=True)
    with pytest.raises(Refusal) as told:
        check_member(known)
    assert told.value.reason is Reason.SLACK
    assert "nothing was done" in refusal_words(told.value)
    now[0] = RECENT + 1
    with pytest.raises(Refusal):
        people.identify("U0ALICE", None)


def test_of_a_group_that_slack_is_asked_again_about_and_does_not_tell_nobody_is_a_member(slack: LocalSlack) -> None:
    people, group = People(client(slack)), cast.groups()[0].id
    known = people.members(group)
    slack.rate_limit(600, ["usergroups.users.list"])
    assert people.members(group) == known
    people.forget()
    with refused("I could not ask Slack"):
        people.members(group)


@pytest.mark.parametrize(("limited", "phase"), [(False, Phase.SUCCEEDED), (True, Phase.NOT_SENT)])
def test_who_may_approve_is_asked_again_before_it_is_sent_and_a_limit_refuses(
    s: Away, limited: bool, phase: Phase
) -> None:
    people = People(client(s.slack))
    s.desk = replace(s.desk, identify=lambda user: people.identify(user, None), forget=people.forget)
    split(s)
    request = s.asked("ha-demote-primary")
    s.world.effect = lambda: s.world.own.update({Role.PRIMARY: "Demoted"})
    _, bob = (people.identify(one.id, None) for one in (ALICE, BOB))  # of both Slack has just told
    approve(s.desk, request.id, bob, "london")
    if limited:
        s.slack.rate_limit(600, ["users.info"])
    s.drain()
    run = runs.get(s.store, 1)
    assert run.phase is phase
    assert bool(s.world.sent) is not limited
    if limited:
        assert "I could not ask Slack who may do this. Nothing was sent." in run.words


def test_what_slack_itself_says_of_somebody_is_never_outvoted_by_what_it_said(slack: LocalSlack) -> None:
    now = [0.0]
    people = People(client(slack), lambda: now[0])
    people.identify("U0ALICE", None)
    now[0] = PERSON_SECONDS + 1
    slack.fail("users.info", "user_not_found", times=1)
    with pytest.raises(Refusal):
        people.identify("U0ALICE", None)
