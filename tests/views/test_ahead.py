"""What comes first on a pair: what somebody else has asked for, and the key that nobody has compared yet."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.pair import Role
from bot.domain.pending import PendingWork
from bot.domain.request import RequestView, Stage
from bot.domain.statement import StatementKind
from bot.domain.transport import Unreachable, UnreachableReason
from bot.services import Details, ahead_of, approve, deny, key_approval
from bot.slack.commands import Say, show_recovery, show_status
from bot.views.status import ahead_lines
from bot.views.terminal import plain_blocks, plain_line
from tests.support.stage import ALICE, BOB, OFF
from tests.views.house import House
from tests.views.pressing import pressed

GONE = Unreachable(UnreachableReason.NO_ANSWER)
DEPLOYED = Details({"address": "10.0.0.12"}, {StatementKind.SECONDARY_DEPLOYED: "Bob built it tonight"})


@pytest.fixture
def s(tmp_path: Path) -> House:
    return House(tmp_path)


def answers(s: House) -> list[tuple[str, str, set[str]]]:
    """What /ha-status and /ha-recover say: their line, all of it, and what can be pressed."""
    found: list[tuple[str, str, set[str]]] = []

    def say(text: str, blocks: list[dict[str, object]]) -> None:
        found.append((text, plain_blocks(blocks), {does for _, does, _ in pressed(blocks)}))

    told: Say = say
    for show in (show_status, show_recovery):
        show(s.desk, s.desk.pair("london"), told)
    return found


def comes_first(s: House, words: str) -> None:
    for text, told, does in answers(s):
        assert words in text
        assert "Next: " not in text
        assert plain_line(words) in told
        assert "Next: " not in told
        assert not any(one.startswith("ask:") for one in does), "it would be refused"


def asked(s: House, action: str, given: Details | None = None) -> RequestView:
    found = s.ask(action, given)
    assert isinstance(found, RequestView)
    return found


def test_what_somebody_has_asked_for_comes_first_until_it_is_decided(s: House) -> None:
    s.become(GONE, "Standby")
    request = asked(s, "ha-failover", OFF)
    comes_first(s, "⏳ ha-failover waits for <@U0BOB> or <@U0CAROL> until ")
    deny(s.desk, request.id, BOB, "it is not off")
    for text, told, _ in answers(s):
        assert "⏳" not in text + told
        assert "Next: " in told


def test_what_is_approved_runs(s: House) -> None:
    s.become("Active", "Active")
    request = asked(s, "ha-demote-primary")
    started = PendingWork(request=replace(request, stage=Stage.APPROVED, approved_by=(BOB.id,)))
    words = "⏳ ha-demote-primary is approved by <@U0BOB> and about to start. Its card is in <#C0OPS>."
    assert ahead_lines(started) == [words]
    approve(s.desk, request.id, BOB, "london")
    comes_first(s, "⏳ ha-demote-primary is running now (run 1).")
    seen: list[str] = []
    s.world.effect = lambda: seen.extend(text for text, *_ in answers(s))
    s.drain()
    assert len(seen) == 2
    assert all("⏳ ha-demote-primary is running now (run 1)." in text for text in seen)
    assert not ahead_of(s.desk, "london").locks
    assert all("⏳" not in text for text, *_ in answers(s))


def test_what_was_approved_may_wait_for_its_joining_code(s: House) -> None:
    s.become("Active", GONE)
    approve(s.desk, asked(s, "ha-initialise", DEPLOYED).id, BOB, "london")
    comes_first(s, "⏳ ha-initialise waits for its joining code from <@U0BOB>. Its card is in <#C0OPS>.")


def test_a_request_whose_time_is_over_is_nothing_to_wait_for(s: House) -> None:
    s.become("Active", "Active")
    asked(s, "ha-demote-primary")
    s.clock.tick(hours=2)
    assert all("⏳" not in text for text, *_ in answers(s))


def test_a_key_that_nobody_has_compared_comes_first(s: House) -> None:
    s.become("Active", GONE)
    pin = key_approval.offer(s.desk, ALICE, "london", Role.SECONDARY, "pam-new", 22, "10.0.0.31")
    words = (
        "🔑 First, somebody other than <@U0ALICE> compares the host key of the new Secondary at 10.0.0.31 with its "
        "console: its card is in <#C0OPS>."
    )
    for text, told, _ in answers(s):
        assert words in text
        assert plain_line(words) in told
    key_approval.refuse(s.desk, pin.id, BOB)
    assert all("🔑" not in text for text, *_ in answers(s))
