"""What is shown of a pair is the newest look at it, a failed one included, with its time."""

import json
from pathlib import Path

import pytest

from bot.domain.pair import Role
from bot.domain.request import Note, Phase
from bot.domain.transport import Ending, Reply, Unreachable, UnreachableReason
from bot.services import approve, close, observe, pair_now, sum_up
from bot.services.monitor import watch
from bot.services.observation import both, fold, look_once
from bot.slack.rendering import draw, facts_of
from bot.slack.request_form import situation_moved
from bot.store import MessageKind, incidents, outbox, requests, run_progress, runs, sightings
from bot.views.home import home
from bot.views.run import end, meanwhile, settled
from bot.views.terminal import plain_blocks
from tests.support.stage import BOB, CAROL, NO_ANSWER, Talk
from tests.views.heads import deliver, head
from tests.views.house import House

P, S = Role.PRIMARY, Role.SECONDARY
REKEYED = Unreachable(UnreachableReason.WRONG_KEY)
TIMED_OUT = Unreachable(UnreachableReason.NO_ANSWER, "no answer: the connection timed out")


@pytest.fixture
def s(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.look()
    return house


def look_by_the_clock(s: House) -> None:
    """One turn of the watch."""
    watch(s.desk, s.settings["london"], lambda: s.clock.tick(seconds=5) is not None)


def look(s: House) -> None:
    """One look, as while a command runs, or the first of a turn."""
    fold(s.desk, s.settings["london"], *both(lambda role: look_once(s.desk, s.settings["london"], role)))


def head_is_due(s: House) -> bool:
    return MessageKind.INCIDENT in {post.kind for post in outbox.due(s.store)}


def test_the_head_follows_the_reason_though_the_situation_is_the_same(s: House) -> None:
    s.world.own[S] = TIMED_OUT
    s.look()
    assert "timed out" in head(s)[0]
    deliver(s)
    s.world.own[S] = REKEYED
    look_by_the_clock(s)
    assert head_is_due(s)
    text, does = head(s)
    assert "timed out" not in text
    assert "its host key is not the pinned one" in text
    assert does[0] == "pin:secondary"
    assert "The Secondary's host key has changed" in text


def test_what_has_not_changed_is_not_drawn_anew(s: House) -> None:
    s.world.own[S] = TIMED_OUT
    s.look()
    deliver(s)
    for _ in range(3):
        s.clock.tick(minutes=1)
        look_by_the_clock(s)
    assert not head_is_due(s)


def test_a_single_failed_look_is_shown_and_so_is_the_answer_after_it(s: House) -> None:
    s.world.own[S] = NO_ANSWER
    s.look()
    deliver(s)
    s.world.own[P] = NO_ANSWER
    look(s)
    assert head_is_due(s)
    assert "neither server answering" in head(s)[0]
    deliver(s)
    s.world.own[P] = "Active"
    look(s)
    assert head_is_due(s)
    assert "no standby" in head(s)[0]


def test_the_head_says_when_that_was_seen(s: House) -> None:
    s.become("Active", "Active")
    s.look()
    s.clock.tick(minutes=7)
    look(s)
    seen = sightings.last_seen(s.store, "london")
    assert seen
    text, _ = head(s)
    assert text.count(f"{seen.secondary.at:%H:%M} UTC") == 2, "in the text of the notification too"


def test_a_server_that_a_run_could_not_reach_is_not_told_as_it_was_before(s: House) -> None:
    """It answers until the command is to be sent: the way in is the attempt that fails."""
    s.become("Active", "Active")
    s.look()
    request = s.wants("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")

    class Dies(Talk):
        def run(self, line: str, seconds: float) -> Reply:
            found = super().run(line, seconds)
            s.world.own[P] = NO_ANSWER
            return found

        def converse(self, *_: object, **__: object) -> Reply:
            raise NO_ANSWER

    s.world.talk = Dies
    s.drain()
    run = runs.get(s.store, 1)
    assert run.phase is Phase.NOT_SENT
    told = plain_blocks(end(facts_of(s.desk, requests.get(s.store, request.id), run), run)[1])
    assert "The server couldn't be reached" in told
    assert "last seen: Primary no answer, Secondary ACTIVE" in told
    assert "now: Primary ACTIVE" not in told
    newest = sightings.last_seen(s.store, "london")
    assert newest
    assert newest.primary.words == UnreachableReason.NO_ANSWER


@pytest.mark.parametrize("why", [UnreachableReason.NO_ANSWER, UnreachableReason.WRONG_KEY])
def test_nor_one_that_could_not_be_reached_at_all(s: House, why: UnreachableReason) -> None:
    s.become("Active", "Active")
    s.look()
    request = s.wants("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    s.world.own[P] = Unreachable(why)
    s.drain()
    run = runs.get(s.store, 1)
    told = plain_blocks(end(facts_of(s.desk, requests.get(s.store, request.id), run), run)[1])
    assert "last seen: Primary no answer, Secondary ACTIVE" in told
    assert "🔴 split brain:" not in told


def test_of_a_run_that_was_not_sent_for_another_reason_the_last_look_is_not_called_now(s: House) -> None:
    s.become("Active", "Active")
    s.look()
    request = s.wants("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    s.settings["london"] = s.settings["london"].__class__(**{**vars(s.settings["london"]), "approvers": ("U0CAROL",)})
    s.drain()
    run = runs.get(s.store, 1)
    told = plain_blocks(end(facts_of(s.desk, requests.get(s.store, request.id), run), run)[1])
    assert run.phase is Phase.NOT_SENT
    assert "last seen: Primary ACTIVE, Secondary ACTIVE (" in told
    assert "now:" not in told


def lost(s: House) -> int:
    """A demotion of unknown end."""

    class Breaks(Talk):
        def converse(self, *given: object, **more: object) -> Reply:
            super().converse(*given, **more)  # type: ignore[arg-type]
            s.become("Active", "Active")
            return Reply("", None, Ending.LOST, 1)

    s.become("Active", "Active")
    s.look()
    s.world.talk = Breaks
    request = s.wants("ha-demote-primary")
    approve(s.desk, request.id, BOB, "london")
    s.drain()
    assert runs.get(s.store, 1).phase is Phase.UNKNOWN
    return request.id


def test_what_is_told_once_somebody_has_said_how_it_ended_is_the_newest_look(s: House) -> None:
    request = lost(s)
    s.clock.tick(minutes=30)
    close(s.desk, 1, CAROL, Phase.DID_NOT)
    s.become("Active", "Standby")
    s.look()  # before Slack shows it
    run = runs.get(s.store, 1)
    text, _ = settled(facts_of(s.desk, requests.get(s.store, request), run), run)
    assert "Both servers are active" not in text
    assert "🟢 healthy: Primary ACTIVE, Secondary STANDBY (" in text


def test_that_nobody_serves_is_not_told_of_a_server_that_serves_again(s: House) -> None:
    s.become("Active", "Active")
    s.look()
    drawn: list[str] = []

    class AtWork(Talk):
        def converse(self, *given: object, **more: object) -> Reply:
            found = super().converse(*given, **more)  # type: ignore[arg-type]
            for states, note in ((("Demoted", "Standby"), Note.UNSERVED), (("Demoted", "Active"), None)):
                s.become(*states)
                look(s)
                if note:
                    run_progress.note(s.store, 1, note)
                run = runs.get(s.store, 1)
                told = meanwhile(facts_of(s.desk, requests.get(s.store, 1), run), run)
                drawn.append(told[0] if told else "")
            return found

    s.world.talk = AtWork
    approve(s.desk, s.wants("ha-demote-primary").id, BOB, "london")
    s.drain()
    assert "I see no active server" in drawn[0]
    assert "I see no active server" not in drawn[1]
    assert "Secondary ACTIVE" in drawn[1]


def test_home_and_summary_say_when_a_pair_that_needs_a_look_was_seen_so(s: House) -> None:
    s.become("Active", "Active")
    s.look()
    now = s.clock()
    one = pair_now(s.desk, s.settings["london"], now)
    assert one.looked_at
    shown = json.dumps(home([one], None, "U0ALICE", now, s.desk.actions), ensure_ascii=False)
    assert f"split brain (<!date^{int(one.looked_at.timestamp())}^" in shown
    assert sum_up(s.desk, "C0OPS").pairs[0].looked_at == one.looked_at


def test_a_changed_reason_is_drawn_in_home_too(s: House) -> None:
    outbox.open_home(s.store, "U0ALICE")
    s.world.own[S] = TIMED_OUT
    s.look()
    deliver(s)
    s.world.own[S] = REKEYED
    look(s)
    s.clock.tick(seconds=10)
    assert MessageKind.HOME in {post.kind for post in outbox.due(s.store)}


def test_an_alarm_that_is_delivered_late_shows_the_newest_look(s: House) -> None:
    s.world.own[S] = NO_ANSWER
    s.look()
    deliver(s)
    s.world.own[P] = NO_ANSWER
    s.look()
    (worse,) = [post for post in outbox.due(s.store, 99) if post.kind is MessageKind.WORSE]
    s.world.own[P] = REKEYED
    look(s)
    drawn = draw(s.desk, worse, lambda _: ())
    assert drawn
    assert "its host key is not the pinned one" in drawn[0]
    s.become("Active", "Standby")
    look(s)
    assert draw(s.desk, worse, lambda _: ()) is None


def test_what_the_situation_has_become_is_told_with_its_time(s: House) -> None:
    s.become("Active", "Active")
    s.look()
    seen = sightings.last_seen(s.store, "london")
    assert "Last seen, at <!date^" in situation_moved("healthy", seen)
    assert "It was: neither server answering." in situation_moved("both_unreachable", seen)
    assert situation_moved(seen.situation.stored, seen) == "", "a button that the release before has drawn"


def test_what_counts_is_still_what_was_seen_twice(s: House) -> None:
    s.world.own[S] = NO_ANSWER
    s.look()
    deliver(s)
    s.world.own[P] = NO_ANSWER
    look(s)
    (one,) = incidents.all_open(s.store)
    assert (one.told.situation, one.latest.situation) == ("no_standby", "both_unreachable")
    assert not [post for post in outbox.due(s.store, 99) if post.kind is MessageKind.WORSE]
    observe(s.desk, s.settings["london"])
    assert [post for post in outbox.due(s.store, 99) if post.kind is MessageKind.WORSE]
