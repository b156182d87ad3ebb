"""What was seen and said, and whether the way in was checked."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.domain.history import shared_outage
from bot.domain.situation import SituationCode
from bot.domain.statement import SENTENCES, StatementKind
from bot.domain.status import State
from bot.store import MessageKind, Store, history, outbox, sightings
from bot.store.tables import Sighting
from tests.store.given import FIRST, SPLIT, Clock, pair, seen


def rows(store: Store) -> list[tuple[str, float]]:
    """What was kept: the situation, and the seconds that it lasted."""
    with store.reading() as session:
        found = session.exec(select(Sighting).order_by("id")).all()
    return [(row.situation, (row.last_at - row.first_at).total_seconds()) for row in found]


def test_only_changes_make_a_new_row(store: Store, clock: Clock) -> None:
    for primary, secondary in ((State.ACTIVE, State.STANDBY), SPLIT, (State.ACTIVE, State.STANDBY)):
        for _ in range(3):
            sightings.see(store, seen(primary=primary, secondary=secondary, at=clock.at))
            clock.tick(seconds=30)
    assert rows(store) == [(SituationCode.HEALTHY, 60), (SituationCode.SPLIT_BRAIN, 60), (SituationCode.HEALTHY, 60)]


def test_what_a_newer_release_has_seen_is_unknown_to_this_one_and_no_more(store: Store, clock: Clock) -> None:
    for _ in range(2):
        sightings.see(store, seen(at=clock.at))
        clock.tick(seconds=30)
    with store.writing() as session:
        row = session.exec(select(Sighting)).one()
        row.seen = row.seen.replace('"situation": "healthy"', '"situation": "mirrored"').replace("standby", "mirror")
        row.situation = "mirrored"
        session.add(row)
    newest = sightings.last_seen(store, "london")
    assert newest is not None
    assert (newest.situation, newest.secondary.own, newest.primary.own) == (
        SituationCode.UNKNOWN,
        State.UNKNOWN,
        State.ACTIVE,
    )
    (stretch,) = sightings.stretches(store, "london", clock.at - timedelta(minutes=1), timedelta(minutes=1))
    assert (stretch.situation, stretch.secondary) == (SituationCode.UNKNOWN, State.UNKNOWN)


def test_the_newest_look_is_what_is_shown(store: Store, clock: Clock) -> None:
    assert sightings.last_seen(store, "london") is None
    sightings.see(store, seen())
    clock.tick(seconds=30)
    newest = seen(at=clock.at, text="High Availability status: OK, and “ö”")
    sightings.see(store, newest)
    sightings.see(store, seen("paris", *SPLIT))
    assert sightings.last_seen(store, "london") == newest


def test_pairs_are_kept_apart(store: Store) -> None:
    sightings.see(store, seen("london"))
    sightings.see(store, seen("paris"))
    sightings.see(store, seen("london"))
    assert len(rows(store)) == 2


def test_the_window_lies_between_two_looks(store: Store, clock: Clock) -> None:
    assert sightings.window(store, "london") == (None, None)
    sightings.see(store, seen())
    clock.tick(seconds=30)
    sightings.see(store, seen())
    healthy = clock.at
    assert sightings.window(store, "london") == (healthy, None)
    clock.tick(seconds=30)
    otherwise = clock.at
    for states in (SPLIT, (State.DEMOTED, State.ACTIVE)):
        sightings.see(store, seen("london", *states))
        clock.tick(seconds=30)
    assert sightings.window(store, "london") == (healthy, otherwise)
    assert healthy.utcoffset() == timedelta(0)


def test_the_window_is_that_of_the_newest_incident(store: Store, clock: Clock) -> None:
    healthy = (State.ACTIVE, State.STANDBY)
    for states in (healthy, SPLIT, healthy, SPLIT):
        sightings.see(store, seen("london", *states))
        clock.tick(minutes=1)
    assert sightings.window(store, "london") == (clock.at - timedelta(minutes=2), clock.at - timedelta(minutes=1))


def test_a_pair_never_seen_healthy_has_no_window(store: Store) -> None:
    sightings.see(store, seen("london", *SPLIT))
    assert sightings.window(store, "london") == (None, None)


def test_a_bad_network_does_not_begin_anew_with_each_answer_that_is_cut_off(store: Store, clock: Clock) -> None:
    gone, cut_off = (State.SILENT, State.STANDBY), (State.UNKNOWN, State.STANDBY)
    for states in ((State.ACTIVE, State.STANDBY), gone, cut_off, gone):
        for name in ("london", "paris"):
            sightings.see(store, seen(name, *(gone if name == "paris" and states == cut_off else states)))
        clock.tick(minutes=9)
    sightings.see(store, seen("paris", *gone))
    assert shared_outage(history.read(store, "london"), history.outages(store, "london"))
    for states in ((State.ACTIVE, State.STANDBY), gone):  # it has answered since, as it should
        sightings.see(store, seen("london", *states))
    assert not shared_outage(history.read(store, "london"), history.outages(store, "london"))


@pytest.mark.parametrize("kind", list(StatementKind))
def test_a_statement_counts_for_its_time(store: Store, clock: Clock, kind: StatementKind) -> None:
    stated = sightings.state_it(store, "london", kind, FIRST, "I pulled its plug – “really”")
    assert (stated.kind, stated.by, stated.at) == (kind, FIRST, clock.at)
    assert history.read(store, "london").recent_statements == (stated,)
    assert history.read(store, "paris").recent_statements == ()
    clock.tick(minutes=SENTENCES[kind].minutes)
    assert history.read(store, "london").recent_statements == (stated,)
    clock.tick(seconds=1)
    assert history.read(store, "london").recent_statements == ()


def test_statements_come_oldest_first(store: Store, clock: Clock) -> None:
    made = []
    for words in ("one", "two"):
        made.append(sightings.state_it(store, "london", StatementKind.OFF, FIRST, words))
        clock.tick(minutes=1)
    assert history.read(store, "london").recent_statements == tuple(made)


def test_a_statement_from_the_future_does_not_count(store: Store, clock: Clock) -> None:
    sightings.state_it(store, "london", StatementKind.OFF, FIRST, "words")
    clock.tick(seconds=-1)
    assert history.read(store, "london").recent_statements == ()


def test_a_pair_is_armed_for_exactly_its_access_settings(store: Store) -> None:
    one = pair()
    assert not sightings.armed(store, one)
    sightings.arm(store, one)
    sightings.arm(store, one)
    assert sightings.armed(store, one)
    assert sightings.armed(store, replace(one, channel="C0OTHER", approvals=2))
    moved = replace(one, secondary=replace(one.secondary, host="elsewhere.example"))
    assert not sightings.armed(store, moved)
    assert not sightings.armed(store, replace(one, name="paris"))
    sightings.arm(store, moved)
    assert sightings.armed(store, one)  # going back to what was checked needs no new check


def test_app_home_is_drawn_anew_when_a_pair_is_seen_to_have_changed_and_only_then(store: Store, clock: Clock) -> None:
    outbox.open_home(store, FIRST)
    (drawn,) = outbox.due(store)
    sightings.see(store, seen())
    outbox.delivered(store, drawn, None, None)
    (again,) = outbox.due(store)  # what changed while it was drawn may not stand there
    outbox.delivered(store, again, None, None)
    clock.tick(minutes=1)
    sightings.see(store, seen())
    clock.tick(minutes=1)
    assert outbox.due(store) == [], "nothing has changed"
    for _ in range(2):
        sightings.see(store, seen("london", *SPLIT))
        assert outbox.due(store) == [], "what changes at once is drawn together"
        clock.tick(seconds=2)
    clock.tick(seconds=2)
    assert [(post.kind, post.to) for post in outbox.due(store)] == [(MessageKind.HOME, FIRST)]


def test_a_home_that_slack_does_not_take_is_tried_no_sooner_for_a_change(store: Store, clock: Clock) -> None:
    outbox.open_home(store, FIRST)
    (refused,) = outbox.due(store)
    outbox.put_off(store, refused, 60)
    sightings.see(store, seen())
    clock.tick(seconds=59)
    assert outbox.due(store) == []
    clock.tick(seconds=1)
    assert [post.tries for post in outbox.due(store)] == [1]
