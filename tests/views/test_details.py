"""Behind *Details* is everything that the first message leaves out, with the age of what was seen, and all buttons."""

from pathlib import Path

from bot.domain.pair import Role
from bot.domain.statement import StatementKind
from bot.domain.transport import Unreachable, UnreachableReason
from bot.services import incident_handling
from bot.views.terminal import plain_blocks
from tests.support.interactions import opens
from tests.support.refusals import refused
from tests.support.stage import ALICE
from tests.views.house import House
from tests.views.pressing import pressed

SILENT = Unreachable(UnreachableReason.NO_ANSWER)


def details(s: House) -> tuple[str, list[str]]:
    """What the modal says, and what can be pressed in it."""
    view = opens(s.desk, ALICE, "details", "london")
    return plain_blocks(view["blocks"]), [does for _, does, _ in pressed(view["blocks"])]


def test_it_tells_the_rest_of_what_was_seen_last(s: House) -> None:
    told, does = details(s)
    assert told.startswith("🔴 london: split brain · seen 3")
    for words in (
        "Primary 10.0.0.11 · ACTIVE · 3",
        "Says of its peer: ",
        "Health: ",
        "Next: demote the Primary (ha-demote-primary), then fail back to the Primary.",
        "You lose: sessions on the Primary; at the failback also its changes since ",
        "Done when: the servers show: Primary demoted, Secondary active",
        "Then: fail back to the Primary (ha-failback)",
        "At risk: Every change made on the Primary since the split is lost",
        "• ha-failback: The Primary is still active: demote it first.",
        "Raw output of the Secondary",
    ):
        assert words in told
    assert does == ["ask:ha-demote-primary", "state:primary_data_must_survive", "look"]


def test_it_follows_the_newest_look(s: House) -> None:
    s.world.own |= {Role.PRIMARY: SILENT, Role.SECONDARY: "Standby"}
    s.look()
    told, does = details(s)
    assert "Primary 10.0.0.11 · no answer · 3" in told
    assert "ask:ha-demote-primary" not in does


def test_what_was_confirmed_can_be_taken_back_there(s: House) -> None:
    kind = StatementKind.KEEP_PRIMARY
    incident_handling.state(s.desk, ALICE, s.desk.pair("london"), kind, "today's vault changes")
    told, _ = details(s)
    assert "Confirmed: What only the Primary of london (10.0.0.11) has since the split brain must survive." in told
    assert "“today's vault changes” (U0ALICE, 03:0" in told
    assert "Have ready for the vendor's support" in told


def test_while_something_is_open_nothing_is_offered_that_would_be_refused(s: House) -> None:
    s.wants("ha-demote-primary")
    _, does = details(s)
    assert not [one for one in does if one.startswith("ask:")]


def test_a_pair_that_nobody_has_looked_at_is_refused(tmp_path: Path) -> None:
    with refused("I have not looked at london yet"):
        opens(House(tmp_path).desk, ALICE, "details", "london")


def test_of_a_healthy_pair_it_offers_what_can_be_planned(tmp_path: Path) -> None:
    s = House(tmp_path)
    s.become("Active", "Standby")
    s.look()
    assert details(s)[1] == ["state:primary_not_serving", "ask:ha-failover", "look"]
