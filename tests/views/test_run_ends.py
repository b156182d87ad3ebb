"""How a run ended, and what both servers have said since: with times, a next step, and never stale."""

import re
from pathlib import Path
from typing import cast

import pytest
from slack_sdk import WebClient
from sqlmodel import select

from bot.domain.pair import Role
from bot.domain.request import Phase
from bot.domain.transport import Ending, Reply, Unreachable, UnreachableReason
from bot.services import approve, close, observe, stop
from bot.slack.commands import show_recovery, show_status
from bot.slack.outbox import Deliverer
from bot.slack.rendering import draw, facts_of
from bot.store import MessageKind, closure, outbox, requests, runs
from bot.store.tables import OutboxMessage
from bot.views.blocks import Block
from bot.views.card import told
from bot.views.run import end, steps
from bot.views.terminal import plain_blocks
from tests.support.stage import ALICE, BOB, Talk
from tests.views.house import House, handed_over
from tests.views.pressing import pressed
from tests.views.threads import Threads

QUESTION = "The licence expires in 3 days. Continue anyway? [y/N]:"
BROKEN = Reply("", None, Ending.LOST)
GONE = Unreachable(UnreachableReason.NO_ANSWER, "no answer")


class Breaking(Talk):
    """The line breaks after the command was sent."""

    def converse(self, *given: object, **more: object) -> Reply:
        super().converse(*given, **more)  # type: ignore[arg-type]
        self.world.own |= dict.fromkeys(Role, GONE)
        return BROKEN


class Strange(Talk):
    """It asks something else than it should."""

    def converse(self, *given: object, **more: object) -> Reply:
        return Reply(f"{QUESTION} ", None, Ending.UNEXPECTED, question=QUESTION)


class Broken(House):
    """A split brain, and a line that breaks."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.become("Active", "Active")
        self.look()
        self.world.talk = Breaking

    def demote(self) -> None:
        approve(self.desk, self.wants("ha-demote-primary").id, BOB, "london")
        self.drain()

    def end(self) -> str:
        """The message of the run's end as it would be drawn now."""
        run = runs.get(self.store, 1)
        return plain_blocks(end(facts_of(self.desk, requests.get(self.store, run.request_id), run), run)[1])

    def list(self) -> str:
        """The run's progress as it would be drawn now."""
        run = runs.get(self.store, 1)
        return plain_blocks(steps(facts_of(self.desk, requests.get(self.store, run.request_id), run), run)[1])


@pytest.fixture
def s(tmp_path: Path) -> Broken:
    return Broken(tmp_path)


def looks(s: House, primary: str | Unreachable, secondary: str | Unreachable) -> None:
    s.world.own |= {Role.PRIMARY: primary, Role.SECONDARY: secondary}
    observe(s.desk, s.desk.pair("london"))
    s.clock.tick(seconds=20)


def test_an_unknown_run_shows_each_change_since_with_its_time(s: Broken) -> None:
    s.demote()
    assert runs.get(s.store, 1).phase is Phase.UNKNOWN
    text = s.end()
    assert "It may have run. I won't send it again." in text
    assert "Before: Primary ACTIVE, Secondary ACTIVE (03:0" in text
    assert "Since then: Primary no answer, Secondary no answer (03:01 UTC)" in text
    assert "It may still be running. You can decide from 03:1" in text
    assert "look" not in text.partition("You can decide")[2].replace("[Look again]", ""), "a hint, too early"
    s.clock.tick(minutes=17)
    assert "I can't see both servers: look at them by hand before you decide." in s.end()
    looks(s, GONE, "Active")
    looks(s, "Demoted", "Active")
    line = next(line for line in s.end().splitlines() if line.startswith("Since then"))
    parts = line.removeprefix("Since then: ").rstrip(".").split(", then ")
    assert [part.rsplit(" (", 1)[0] for part in parts] == [
        "Primary no answer, Secondary no answer", "Secondary ACTIVE", "Primary demoted",
    ]  # fmt: skip
    times = [part.rsplit(" (", 1)[1] for part in parts]
    assert times == sorted(times)
    assert "It looks as if it worked." in s.end()


@pytest.mark.parametrize("talk", [Breaking, Strange])
def test_no_end_is_ticked_off_that_did_not_come(s: Broken, talk: type[Talk]) -> None:
    s.world.talk = talk
    s.demote()
    assert "✅ both servers checked" in s.list()
    assert "finish" not in s.list()


def test_nobody_is_told_to_answer_a_question_that_was_not_understood(s: Broken) -> None:
    s.world.talk = Strange
    s.demote()
    assert "It asked a question I don't know" in s.end()
    assert "It asks something I don't know: read it before you answer." in s.end()
    assert "answer y" not in s.end()


def test_what_was_closed_does_not_read_as_if_nobody_knew(s: Broken) -> None:
    s.demote()
    looks(s, "Demoted", "Active")
    for post in outbox.due(s.store):
        outbox.delivered(s.store, post, "C0OPS", f"{post.id}.0")
    s.clock.tick(minutes=17)
    close(s.desk, 1, BOB, Phase.TOOK_EFFECT)
    assert "I couldn't tell myself: The connection broke" in s.end()
    (new,) = [one for one in outbox.due(s.store) if one.kind is MessageKind.SETTLED]
    assert (bool(new.thread), new.ts) == (True, None), "a line of its own in the thread"
    text, _ = draw(s.desk, new, lambda *_: []) or ("", [])
    assert text.startswith(
        "✅ took effect: ha-demote-primary on london, says <@U0BOB>. <@U0ALICE>, who asked: london is free again. "
        "🟠 failed over after a split brain: Primary demoted, Secondary ACTIVE ("
    )
    assert text.endswith("). See what is next: /ha-recover london")


def test_healthy_again_took_the_command_so_long_not_the_recovery(tmp_path: Path) -> None:
    s = House(tmp_path)
    handed_over(s)
    run = runs.get(s.store, 2)
    request = requests.get(s.store, run.request_id)
    text = end(facts_of(s.desk, request, run), run)[0]
    assert re.fullmatch(
        "✅ london is healthy again · ha-failback took [0-9.]+ (ms|s) · 6 min from alert to recovery", text
    ), text
    with s.store.reading() as session:
        its_end = (OutboxMessage.kind == MessageKind.END, OutboxMessage.run_id == 2)
        revision = session.exec(select(OutboxMessage.desired_revision).where(*its_end)).one()
    assert revision == 2, "the incident ends after the run, which then says so"


def test_what_failed_and_is_still_next_can_be_asked_for_again_as_it_is(tmp_path: Path) -> None:
    s = Broken(tmp_path)
    s.world.talk = Talk
    s.world.effect = lambda: None
    s.demote()
    facts = facts_of(s.desk, requests.get(s.store, 1), runs.get(s.store, 1))
    assert runs.get(s.store, 1).phase is Phase.FAILED
    assert [text for text, *_ in pressed(told(facts)[1])] == ["Ask again"]


def test_what_was_stopped_at_its_question_was_sent_and_is_not_told_as_unsent(s: Broken) -> None:
    class Stopping(Talk):
        def converse(self, *given: object, **more: object) -> Reply:
            stop(s.desk, 1, ALICE)
            return super().converse(*given, **more)  # type: ignore[arg-type]

    s.world.talk = Stopping
    s.demote()
    assert runs.get(s.store, 1).phase is Phase.NOT_SENT
    assert "ha-demote-primary on london was stopped." in s.end()
    assert "Stopped before its question was answered. Nothing has changed." in s.end()
    assert "not sent" not in s.end()
    assert "⛔ stopped · " in s.list()
    assert "waiting for its question" not in s.list()


def test_what_is_to_do_does_not_read_as_done_while_it_waits(s: Broken) -> None:
    request, lists = s.wants("ha-demote-primary"), []

    class Looking(Talk):
        def converse(self, *given: object, **more: object) -> Reply:
            lists.append(s.list())
            return super().converse(*given, **more)  # type: ignore[arg-type]

    s.world.talk = Looking
    approve(s.desk, request.id, BOB, "london")
    s.drain()
    assert lists[0].splitlines()[1:4] == [
        "✅ approved by U0BOB",
        "✅ unchanged  ✅ server verified",
        "⏳ waiting for its question",
    ]


def test_a_pair_that_is_as_before_looks_as_if_nothing_was_done(s: Broken) -> None:
    s.demote()
    s.clock.tick(minutes=17)
    looks(s, "Active", "Active")
    assert "it looks as if it did nothing" in s.end()
    looks(s, "Demoted", "Standby")
    assert "Neither as intended nor as before" in s.end()


def test_the_message_of_an_unknown_run_follows_what_is_seen(s: Broken) -> None:
    slack = Threads()
    deliverer = Deliverer(s.desk, cast(WebClient, slack))
    s.demote()
    deliverer.round()
    due = lambda: [post for post in outbox.due(s.store) if post.kind is MessageKind.END]  # noqa: E731
    looks(s, GONE, GONE)
    assert due() == [], "nothing has changed"
    woken: list[bool] = []
    s.store.woken = lambda: woken.append(True)
    looks(s, "Demoted", "Active")
    assert len(due()) == 1
    assert woken
    s.clock.tick(minutes=17)
    deliverer.round()
    closure.close(s.store, 1, BOB.id, Phase.TOOK_EFFECT, None)
    deliverer.round()
    looks(s, "Active", "Active")
    assert due() == [], "it is closed"


def test_more_changes_than_can_be_read_are_cut(s: Broken) -> None:
    s.demote()
    for state in ("Demoted", "Active") * 6:
        looks(s, state, "Active")
    (line,) = (line for line in s.end().splitlines() if line.startswith("Since then"))
    assert line.startswith("Since then: …, then ")
    assert line.count("(") == 5


def test_what_failed_says_after_how_long(tmp_path: Path) -> None:
    s = Broken(tmp_path)
    s.world.talk = Talk
    s.world.effect = lambda: None
    s.demote()
    assert runs.get(s.store, 1).phase is Phase.FAILED
    assert re.search(r"⛔ ha-demote-primary on london failed after \d+ s\.", s.end())


def test_what_was_not_sent_says_what_was_approved_what_is_there_and_what_is_next(s: Broken) -> None:
    request = s.wants("ha-demote-primary")
    s.become("Demoted", "Active")
    approve(s.desk, request.id, BOB, "london")
    s.drain()
    run = runs.get(s.store, 1)
    assert run.phase is Phase.NOT_SENT
    text = s.end()
    assert "Approved: Primary ACTIVE, Secondary ACTIVE (03:00 UTC)" in text
    assert "last seen: Primary demoted, Secondary ACTIVE (03:01 UTC)" in text
    assert "Next: fail back to the Primary (ha-failback)" in text
    found = pressed(end(facts_of(s.desk, requests.get(s.store, request.id), run), run)[1])
    assert [text for text, *_ in found] == ["Ask to fail back to the Primary", "Next step", "Details"]


def test_a_pair_whose_run_is_of_unknown_end_says_so_first_and_offers_nothing_that_is_refused(s: Broken) -> None:
    slack = Threads()
    deliverer = Deliverer(s.desk, cast(WebClient, slack))
    s.demote()
    s.clock.tick(minutes=17)
    looks(s, "Active", "Active")
    first = "❓ I can't tell how ha-demote-primary ended (run 1); it may have run. london is locked until "

    def answers() -> list[tuple[str, list[Block]]]:
        found: list[tuple[str, list[Block]]] = []
        for show in (show_status, show_recovery):
            show(s.desk, s.desk.pair("london"), lambda text, blocks: found.append((text, blocks)))
        return found

    for text, blocks in answers():
        assert first in text
        assert first in plain_blocks(blocks)
        assert "Next: " not in plain_blocks(blocks)
        assert not any(does.startswith("ask:") for _, does, _ in pressed(blocks))
    assert "It worked" in {text for text, *_ in pressed(answers()[1][1])}
    deliverer.round()
    heads = lambda: [post for post in outbox.due(s.store) if post.kind is MessageKind.INCIDENT]  # noqa: E731
    assert heads() == []
    closure.close(s.store, 1, BOB.id, Phase.DID_NOT, None)
    assert len(heads()) == 1, "its head is drawn anew"
    for text, blocks in answers():
        assert first not in text
        assert "ask:ha-demote-primary" in {does for _, does, _ in pressed(blocks)}


def test_the_head_of_the_incident_is_drawn_anew_when_a_run_ends_unknown(s: Broken) -> None:
    deliverer = Deliverer(s.desk, cast(WebClient, Threads()))
    deliverer.round()
    s.demote()
    post = next(one for one in outbox.due(s.store) if one.kind is MessageKind.INCIDENT)
    found = draw(s.desk, post, lambda _: ())
    assert found
    assert "it may have run. london is locked" in found[0]
    assert not any(does.startswith("ask:") for _, does, _ in pressed(found[1]))
