"""What is read at once of a pair's past, and of what must be known before it is observed."""

from bot.domain.history import History
from bot.domain.statement import StatementKind
from bot.domain.status import State
from bot.store import Store, blindness, history, incidents, requests, sightings
from bot.store.tables import Statement
from tests.store.given import ASKER, CHANNEL, FIRST, SPLIT, Clock, asked, claimed, seen


def test_a_pair_without_a_past_has_an_empty_history(store: Store, clock: Clock) -> None:
    assert history.read(store, "london") == History(clock())
    standing = history.standing(store, "london")
    assert (standing.pins, standing.at_work, standing.told, standing.blind) == ((), False, None, False)


def test_a_history_has_what_was_seen_stated_done_and_run(store: Store, clock: Clock) -> None:
    sightings.see(store, seen())
    healthy = clock()
    requests.note_by_hand(store, asked(store).id, ASKER)
    clock.tick(minutes=1)
    sightings.see(store, seen("london", *SPLIT))
    stated = sightings.state_it(store, "london", StatementKind.OFF, FIRST, "I pulled its plug")
    clock.tick(minutes=1)
    taken_back = sightings.state_it(store, "london", StatementKind.CHOSEN, FIRST, "a typing mistake")
    sightings.revoke(store, taken_back.id, FIRST)
    sightings.state_it(store, "london", StatementKind.PLANNED, FIRST, "tonight's change")
    run = claimed(store)
    past = history.read(store, "london")
    assert past.runs == (run,)
    assert (past.healthy_until, past.by_hand_at, past.stated_at) == (healthy, healthy, taken_back.at)
    assert [said.kind for said in past.statements] == [StatementKind.OFF, StatementKind.PLANNED]
    assert past.statements[0] == stated
    assert past.recent_statements == past.statements, "nothing has happened since the plan was stated"
    assert [(one.primary, one.secondary) for one in past.sightings] == [(State.ACTIVE, State.STANDBY), SPLIT]
    assert [one.own for one in past.sightings] == [(State.ACTIVE, State.STANDBY), SPLIT]
    assert history.read(store, "paris").sightings == ()


def test_what_must_be_known_before_a_look_is_read_at_once(store: Store) -> None:
    incidents.keep(store, seen("london", *SPLIT), CHANNEL)
    blindness.begin(store, "london", CHANNEL, "no key")
    claimed(store)
    standing = history.standing(store, "london")
    assert standing.told == seen("london", *SPLIT)
    assert (standing.at_work, standing.blind) == (True, True)


def test_no_number_of_statements_hides_that_the_primarys_data_must_survive(store: Store, clock: Clock) -> None:
    kept = sightings.state_it(store, "london", StatementKind.KEEP_PRIMARY, FIRST, "today's accounts are only there")
    with store.writing() as session:
        words = {"pair": "london", "kind": StatementKind.CHOSEN, "by": FIRST, "words": "again and again"}
        session.add_all(Statement(**words, at=clock()) for _ in range(history.MOST_STATEMENTS))
    found = history.read(store, "london").statements
    assert kept in found
    assert [said.id for said in found] == sorted(said.id for said in found)
