"""What nobody has answered yet: taken once, told of once its process is dead, and by one process only."""

from bot.domain.request import Stage
from bot.store import Store, fenced_by, inbox, processes, requests
from bot.store.inbox import Entry, Unanswered
from tests.store.given import FIRST, ME, Clock, approved, asked, claimed
from tests.store.inbox import THIS
from tests.store.others import another
from tests.support.refusals import refused

LINE = Entry("1.2.a", "U0ALICE", "/ha-failover london", "Type it again", url="http://127.0.0.1:9/response/1")


def press(about: str) -> Entry:
    return Entry(f"press {about}", "U0BOB", "“Approve…”", "Press it again", about)


def left(store: Store) -> list[Unanswered]:
    return [one for key in inbox.left(store) if (one := inbox.take_over(store, key))]


def test_what_comes_again_is_not_new_whether_it_was_answered_or_not(store: Store) -> None:
    assert inbox.write(store, [LINE], []) == {LINE.key}
    assert inbox.write(store, [LINE, press("")], []) == {press("").key}
    assert inbox.mine(store, LINE.key)
    inbox.write(store, [], [LINE.key])
    assert not inbox.mine(store, LINE.key)
    assert inbox.write(store, [LINE, LINE], []) == set()


def test_two_copies_in_one_transaction_are_one(store: Store) -> None:
    assert inbox.write(store, [LINE, LINE], []) == {LINE.key}


def test_what_a_living_process_is_at_is_left_to_it(store: Store) -> None:
    other = another(store)
    processes.beat(store, THIS)
    inbox.write(store, [LINE], [])
    assert left(other) == left(store) == []


def test_what_a_dead_process_has_left_is_one_others(store: Store, clock: Clock) -> None:
    other, third = another(store), another(store)
    for one in (store, other, third):
        processes.beat(one, THIS)
    at = clock()
    inbox.write(store, [LINE], [])
    clock.tick(seconds=20)
    processes.bury(other, ME, 0)
    assert left(other) == [Unanswered(LINE, at, ran=False)]
    assert left(third) == []
    assert not inbox.mine(store, LINE.key)  # should it only have been frozen
    inbox.write(other, [], [LINE.key])
    assert left(third) == []


def test_what_could_not_be_told_is_anybodys(store: Store) -> None:
    other = another(store)
    processes.beat(store, THIS)
    inbox.write(store, [LINE], [])
    inbox.let_go(other, LINE.key)  # it is not its own
    assert left(other) == []
    inbox.let_go(store, LINE.key)
    assert [one.entry for one in left(other)] == [LINE]


def test_it_is_known_what_is_about_a_run(store: Store) -> None:
    run, waits = claimed(store, "london"), approved(store, "paris")
    also = asked(store, "rome")
    entries = [press(f"request {run.request_id}"), press(f"run {run.id}")]
    without = [press(f"request {waits.id}"), press(f"request {also.id}"), press("")]
    inbox.write(store, [*entries, *without], [])
    for entry in (*entries, *without):
        inbox.let_go(store, entry.key)
    assert {one.entry.key for one in left(another(store)) if one.ran} == {entry.key for entry in entries}


def test_nothing_that_was_filled_in_is_kept(store: Store) -> None:
    """Only what the entry names; the tables have no other column for it."""
    inbox.write(store, [LINE], [])
    with store.reading() as session:
        (row,) = session.connection().exec_driver_sql("SELECT * FROM inbox")
    assert set(row._mapping) == {"key", "person", "asked", "again", "about", "url", "view", "holder", "at"}


def test_who_was_taken_for_dead_does_nothing_more_for_a_payload(store: Store, clock: Clock) -> None:
    other, request = another(store), asked(store)
    for one in (store, other):
        processes.beat(one, THIS)
    inbox.write(store, [LINE], [])
    with fenced_by(LINE.key):
        assert requests.approve(store, request.id, FIRST, Stage.APPROVED, 15)
    processes.bury(other, ME, 0)
    also = asked(store, "paris")
    with fenced_by(LINE.key), refused("Nothing was done for this"):
        requests.approve(store, also.id, FIRST, Stage.APPROVED, 15)  # not even before the other has told of it
    assert left(other)
    processes.beat(store, THIS)
    with fenced_by(LINE.key), refused("Nothing was done for this"):
        requests.approve(store, also.id, FIRST, Stage.APPROVED, 15)
    assert requests.get(store, also.id).stage is Stage.PENDING
    assert requests.approve(store, also.id, FIRST, Stage.APPROVED, 15)  # another payload, or none
