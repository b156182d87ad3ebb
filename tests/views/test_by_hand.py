"""An incident that a person opened, and one that nobody took: head, end and report say what is known, and no more."""

from pathlib import Path

import pytest

from bot.domain.incident import IncidentView
from bot.registry import load_commands
from bot.services import incident_handling, sum_up
from bot.slack.commands import TypedCommand, run_line
from bot.store import incident_timeline, incidents
from bot.views.incident import closed, head
from bot.views.summary import summary
from bot.views.terminal import plain_blocks
from tests.domain import build
from tests.support.stage import ALICE, BOB
from tests.views.house import PLANNED, House, handed_over

WHY = "nobody can log on"


@pytest.fixture
def s(tmp_path: Path) -> House:
    found = House(tmp_path)
    found.look()
    return found


def types(s: House, line: str) -> str:
    said: list[str] = []
    run_line(
        s.desk,
        load_commands(),
        TypedCommand(ALICE, "ha-incident", line, line),
        lambda _, blocks: said.append(plain_blocks(blocks)),
    )
    return said[-1]


def the_head(s: House) -> str:
    found = incidents.get(s.store, 1)
    return plain_blocks(head(found, build.ACTIONS, why=incident_timeline.opened_because(s.store, found)))


def the_end(s: House) -> str:
    return plain_blocks(closed(s.report())[1])


def by_hand(s: House) -> IncidentView:
    """Opened on a healthy pair, and closed ten seconds later."""
    types(s, f"london open {WHY}")
    s.clock.tick(seconds=10)
    return incident_handling.close_by_hand(s.desk, ALICE, s.desk.pair("london"), "it was the load balancer")


def test_the_head_says_who_opened_it_and_why(s: House) -> None:
    types(s, f"london open {WHY}")
    words = f"opened by U0ALICE: “{WHY}”"
    assert words in the_head(s)
    assert words in types(s, "london")
    s.become("Active", "Active")
    s.look()
    assert the_head(s).count(words) == 1


def test_one_that_is_open_is_not_opened_again(s: House) -> None:
    assert types(s, f"london open {WHY}") == "✅ Incident 1 on london is open."
    told = types(s, "london open still nobody")
    assert told.startswith("✅ Incident 1 on london is open already, since ")
    assert told.endswith("what you say is noted in it.")
    assert WHY in the_head(s)


def test_what_was_healthy_all_along_is_not_healthy_again(s: House) -> None:
    by_hand(s)
    told = the_head(s)
    assert told.startswith("🟢 london: healthy · incident 1, closed after 1")
    assert f"Opened by U0ALICE: “{WHY}”" in told
    assert "began as" not in told
    assert the_end(s).startswith("🟢 london is healthy. Incident 1 is closed.\nopened by hand · recovered after 1")
    durations = s.report().durations
    assert (durations.detect, durations.acknowledge) == (None, None), "no figure of a watch that saw nothing"
    assert "london: opened by hand, closed after 1" in plain_blocks(summary(sum_up(s.desk, ""), build.ACTIONS))


def test_what_is_not_known_is_left_out_of_the_end(s: House) -> None:
    s.become("Active", "Active")
    s.look()
    s.become("Active", "Standby")
    s.look()
    assert "\ndetected within 3" in the_end(s)
    assert " · nobody acknowledged it · recovered after " in the_end(s)
    assert "not known" not in the_end(s)
    assert "decided" not in the_end(s)


def test_who_asks_has_not_taken_it_by_that(s: House) -> None:
    s.become("Active", "Active")
    s.look()
    s.runs("ha-demote-primary", "Demoted", "Active")
    assert "Nobody is on it yet" in the_head(s)
    s.become("Active", "Standby")
    s.look()
    assert " · nobody acknowledged it, first acted on after 3" in the_end(s)


def test_who_took_it_has_acknowledged_it(s: House) -> None:
    s.become("Active", "Active")
    s.look()
    incident_handling.take(s.desk, BOB, s.desk.pair("london"), BOB.id)
    s.become("Active", "Standby")
    s.look()
    assert " · acknowledged after 3" in the_end(s)


def test_a_planned_hand_over_was_asked_for_before_it_opened(s: House) -> None:
    assert PLANNED
    handed_over(s)
    assert "acted on before it opened · decided within " in the_end(s)
