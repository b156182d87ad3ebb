"""What a monitoring system is told is what the tables say."""

from datetime import timedelta

from sqlmodel import select

from bot.domain.status import State
from bot.store import MessageKind, Store, incidents, metrics, outbox, pulse, runs, sightings
from bot.store.base import enqueue_message
from bot.store.metrics import Counts, Waiting
from bot.store.tables import Pulse
from tests.store.given import CHANNEL, FIRST, SPLIT, START, SUCCEEDED, Clock, asked, lost, seen, sent


def change(store: Store) -> None:
    """Somebody should be told something."""
    with store.writing() as session:
        enqueue_message(session, store.now(), MessageKind.TOLD, to=CHANNEL, request_id=1)


def test_an_empty_database_has_nothing_to_tell(store: Store) -> None:
    assert metrics.counts(store) == Counts()
    assert metrics.waiting(store) == Waiting(0, None)


def test_what_is_open_and_how_runs_ended(store: Store, clock: Clock) -> None:
    runs.end(store, sent(store, "london").id, SUCCEEDED, seen(), "text")
    lost(store, "paris")
    asked(store, "tokyo")
    sightings.see(store, seen("london"))
    clock.tick(minutes=1)
    sightings.see(store, seen("london", *SPLIT))
    sightings.see(store, seen("paris", State.STANDBY, State.ACTIVE))
    incidents.keep(store, seen("london", *SPLIT), CHANNEL)
    found = metrics.counts(store)
    assert found.seen["london"] == ("split_brain", clock())
    assert set(found.seen) == {"london", "paris"}
    assert found.open_incidents == {"london": 1}
    assert found.open_requests == {"tokyo": 1}
    assert found.runs == {"succeeded": 1, "unknown": 1}


def test_a_message_waits_since_the_first_change_that_slack_did_not_show(store: Store, clock: Clock) -> None:
    change(store)
    clock.tick(minutes=5)
    change(store)
    (post,) = outbox.due(store)
    outbox.put_off(store, post, 60)
    assert metrics.waiting(store) == Waiting(1, START)
    outbox.delivered(store, post, CHANNEL, "1.0")
    assert metrics.waiting(store) == Waiting(0, None)
    clock.tick(minutes=5)
    change(store)
    assert metrics.waiting(store) == Waiting(1, clock())


def shown(store: Store) -> None:
    """Slack takes all that is due."""
    while found := outbox.due(store):
        for post in found:
            outbox.delivered(store, post, CHANNEL, post.ts or f"{post.id}.0")


def test_a_home_that_is_drawn_anew_waits_since_then_and_not_since_it_was_first_opened(
    store: Store, clock: Clock
) -> None:
    outbox.open_home(store, FIRST)
    shown(store)
    clock.tick(hours=3)
    outbox.redraw_homes(store)
    assert metrics.waiting(store) == Waiting(1, clock())
    clock.tick(minutes=5)
    outbox.redraw_homes(store)
    assert metrics.waiting(store) == Waiting(1, START + timedelta(hours=3)), "what waits goes on waiting"


def test_an_escalation_that_is_brought_up_to_date_waits_since_then(store: Store, clock: Clock) -> None:
    incidents.keep(store, seen("london", *SPLIT), CHANNEL)
    clock.tick(minutes=20)
    incidents.escalate(store, "london", timedelta(minutes=15), ("C0BOSSES",))
    shown(store)
    clock.tick(hours=3)
    incidents.take(store, incidents.all_open(store)[0].id, FIRST, FIRST)
    assert {post.kind for post in outbox.due(store)} == {MessageKind.INCIDENT, MessageKind.ESCALATION}
    assert metrics.waiting(store) == Waiting(2, clock())


def test_the_pulse_is_written_each_time(store: Store, clock: Clock) -> None:
    for _ in range(2):
        clock.tick(seconds=15)
        pulse.beat(store)
        with store.reading() as session:
            assert session.exec(select(Pulse.at)).all() == [clock()]
