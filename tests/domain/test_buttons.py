"""What can be pressed is what is next: the same in the status, at the incident's head and in a refusal."""

import pytest

from bot.domain.incident import IncidentView
from bot.domain.pair import PeerRow
from bot.domain.policy import verdict
from bot.domain.runbook import RUNBOOK, ManualStep
from bot.domain.situation import SituationCode, assess
from bot.domain.snapshot import Snapshot, snapshot
from bot.domain.statement import StatementKind
from bot.domain.status import State
from bot.views.details import details
from bot.views.incident import lead
from bot.views.status import status_text, step_buttons
from tests.domain.build import ACTIONS, AT
from tests.reference import seen_as, worlds

SILENT, ACTIVE, STANDBY, UNKNOWN, FAILED = (
    State.SILENT,
    State.ACTIVE,
    State.STANDBY,
    State.UNKNOWN,
    State.FAILED,
)
KEEP = "Keep the Primary's data…"
OFF, NOT_SERVING = "Confirm Primary is off…", "Confirm Primary isn't serving…"
NEW_PRIMARY, NEW_SECONDARY = "Confirm new Primary is deployed…", "Confirm new Secondary is deployed…"
BACKUP, RESTORED = "Confirm backup is at hand…", "Confirm Primary is restored…"


def labels(*blocks: dict[str, object]) -> list[str]:
    """The buttons in these blocks."""
    rows = [block["elements"] for block in blocks if block["type"] == "actions"]
    return [one["text"]["text"] for row in rows for one in row]  # type: ignore[attr-defined]


def incident(seen: Snapshot) -> IncidentView:
    return IncidentView(1, "london", "C1", AT, None, seen, seen, seen, None, None, None, None)


def status(seen: Snapshot) -> list[str]:
    return labels(*status_text(seen, ACTIONS, AT))


def recovery(seen: Snapshot) -> list[str]:
    return labels(*lead(incident(seen), ACTIONS))


OFFERED = {
    "Primary not answering": (seen_as(SILENT, STANDBY), [OFF]),
    "the same, stated off": (
        seen_as(SILENT, STANDBY, stated=[StatementKind.OFF]),
        ["Ask to fail over to the Secondary"],
    ),
    "several Primaries not answering": (seen_as(SILENT, STANDBY, others_gone=True), [OFF]),
    "the same, this one stated off": (
        seen_as(SILENT, STANDBY, others_gone=True, stated=[StatementKind.OFF]),
        ["Ask to fail over to the Secondary"],
    ),
    "Primary says Failed": (seen_as(FAILED, STANDBY), [NOT_SERVING]),
    "Primary unreadable": (seen_as(UNKNOWN, STANDBY), [NOT_SERVING]),
    "sick Primary": (
        seen_as(UNKNOWN, STANDBY, stated=[StatementKind.NOT_SERVING]),
        ["Ask to fail over to the Secondary"],
    ),
    "Secondary alone": (seen_as(SILENT, ACTIVE), ["New Primary…", NEW_PRIMARY]),
    "Secondary active, Primary unreadable": (seen_as(UNKNOWN, ACTIVE), ["New Primary…", NEW_PRIMARY]),
    "the same, though stated to be a new one": (
        seen_as(UNKNOWN, ACTIVE, stated=[StatementKind.PRIMARY_DEPLOYED]),
        ["New Primary…", NEW_PRIMARY],
    ),
    "no standby": (seen_as(ACTIVE, SILENT), ["New Secondary…", NEW_SECONDARY]),
    "neither server answering": (seen_as(SILENT, SILENT), ["New Primary…", BACKUP]),
    "several pairs not answering": (seen_as(SILENT, SILENT, others_gone=True), [BACKUP]),
    "the same, both stated to have failed": (
        seen_as(SILENT, SILENT, others_gone=True, stated=[StatementKind.BACKUP]),
        ["New Primary…", RESTORED],
    ),
    "new Secondary without a Primary": (seen_as(SILENT, State.UNPAIRED), ["New Primary…", BACKUP]),
    "the same, several pairs not answering": (seen_as(SILENT, State.UNPAIRED, others_gone=True), [BACKUP]),
    "Secondary replaced": (seen_as(ACTIVE, State.UNPAIRED), ["Ask to join the new Secondary"]),
    "failed over": (seen_as(State.DEMOTED, ACTIVE), ["Ask to fail back to the Primary"]),
    "split brain": (seen_as(ACTIVE, ACTIVE), ["Ask to demote the Primary", KEEP]),
    "split brain, then the Primary went silent": (seen_as(SILENT, ACTIVE, last_split=True), [OFF, KEEP]),
    "the same, the Primary stated off": (
        seen_as(SILENT, ACTIVE, last_split=True, stated=[StatementKind.OFF]),
        ["New Primary…", NEW_PRIMARY],
    ),
    "split brain, then the Secondary went silent": (
        seen_as(ACTIVE, SILENT, last_split=True),
        ["New Secondary…", NEW_SECONDARY, KEEP],
    ),
    "split brain, the Primary's data must survive": (seen_as(ACTIVE, ACTIVE, stated=[StatementKind.KEEP_PRIMARY]), []),
    "and the Primary falls silent": (seen_as(SILENT, ACTIVE, last_split=True, stated=[StatementKind.KEEP_PRIMARY]), []),
    "and is stated off": (
        seen_as(SILENT, ACTIVE, last_split=True, stated=[StatementKind.KEEP_PRIMARY, StatementKind.OFF]),
        [],
    ),
    "and a replacement of it is stated": (
        seen_as(
            SILENT,
            ACTIVE,
            last_split=True,
            stated=[StatementKind.KEEP_PRIMARY, StatementKind.OFF, StatementKind.PRIMARY_DEPLOYED],
        ),
        [],
    ),
    "or the Secondary falls silent": (
        seen_as(ACTIVE, SILENT, last_split=True, stated=[StatementKind.KEEP_PRIMARY]),
        [],
    ),
    "and a replacement of it stands there": (seen_as(ACTIVE, State.UNPAIRED, stated=[StatementKind.KEEP_PRIMARY]), []),
    "failed over after a split brain": (
        seen_as(State.DEMOTED, ACTIVE, after_split=True),
        ["Ask to fail back to the Primary", KEEP],
    ),
    "after it, the Primary's data must survive": (
        seen_as(State.DEMOTED, ACTIVE, after_split=True, stated=[StatementKind.KEEP_PRIMARY]),
        [],
    ),
    "unreadable": (seen_as(ACTIVE, UNKNOWN), []),
}


@pytest.mark.parametrize("name", OFFERED)
def test_the_recovery_offers_all_that_the_next_step_takes(name: str) -> None:
    seen, offered = OFFERED[name]
    assert recovery(snapshot(seen)) == [*offered, "Look again", "I'm on it", "Details"]


@pytest.mark.parametrize("name", OFFERED)
def test_the_status_begins_with_what_is_next_and_leads_to_the_rest(name: str) -> None:
    seen, offered = OFFERED[name]
    first, *others, last = status(snapshot(seen))
    assert first in (*offered[:1], "Look again")
    assert last == "Details"
    assert len(others) <= 1
    if offered[1:] and not first.startswith("Ask"):
        assert others == ["Next step"]


def test_every_statement_that_a_runbook_knows_can_be_made_where_it_is_next() -> None:
    pressed = {one["action_id"] for world in worlds() for one in step_buttons(snapshot(world.seen), ACTIONS)}
    known = {
        step.states for steps in RUNBOOK.values() for step in steps if isinstance(step, ManualStep) and step.states
    }
    assert {f"state:{kind}" for kind in known} <= pressed


@pytest.mark.parametrize("primary", [ACTIVE, State.DEMOTED])
def test_a_split_brain_says_what_is_lost_and_what_to_do_if_it_must_survive(primary: State) -> None:
    def told(*kinds: StatementKind) -> list[str]:
        seen = snapshot(seen_as(primary, ACTIVE, after_split=True, stated=kinds))
        return [str(details(seen, ACTIONS, PeerRow.UNPROVEN, AT)), str(lead(incident(seen), ACTIONS))]

    for text in told():
        assert "must survive, confirm that, and call the vendor's support" in text
        assert "Have ready for" not in text
    for text in told(StatementKind.KEEP_PRIMARY):
        assert "*Next:* Call the vendor's support, and change nothing on either server" in text
        assert "Have ready for the vendor's support" in text
        assert "ask:" not in text


def test_the_status_and_the_incident_offer_the_same() -> None:
    for world in worlds():
        seen = snapshot(world.seen)
        found = labels({"type": "actions", "elements": step_buttons(seen, ACTIONS)})
        assert status(seen)[0] in (*found, "Look again", "Details")
        assert recovery(seen)[: len(found)] == found


def test_a_button_never_asks_for_what_is_refused() -> None:
    for world in worlds():
        for one in step_buttons(snapshot(world.seen), ACTIONS):
            if one["action_id"].startswith("ask:"):
                said = verdict(ACTIONS[one["action_id"].removeprefix("ask:")], world.seen)
                at_its_console = "only a person at its console can type it" in said.words  # the refusal tells how
                assert said.allowed or said.needs or at_its_console, world


def test_where_it_is_probably_me_there_is_no_command_to_press() -> None:
    for primary, secondary in ((SILENT, STANDBY), (SILENT, SILENT), (SILENT, State.UNPAIRED)):
        seen = seen_as(primary, secondary, others_gone=True)
        assert assess(seen).name in (SituationCode.PRIMARIES_SILENT, SituationCode.MY_NETWORK)
        assert not any(one.startswith(("Ask", "New")) for one in [*status(snapshot(seen)), *recovery(snapshot(seen))])
        assert not any(verdict(action, seen).allowed or verdict(action, seen).needs for action in ACTIONS.values())
