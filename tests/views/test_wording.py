"""An action is called what it does here: a Degraded pair has no new Secondary, not every action moves an address."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.command import Action
from bot.domain.pair import Role
from bot.domain.request import Stage
from bot.domain.situation import SituationCode
from bot.domain.snapshot import snapshot
from bot.domain.statement import StatementKind
from bot.domain.status import Health, State
from bot.services.requests import DetailsNeeded
from bot.slack.commands import needed_words
from bot.slack.rendering import facts_of
from bot.store import sightings
from bot.views import card, modals, plan, status
from tests.charts.messages import request
from tests.domain import build
from tests.support.interactions import opens
from tests.support.stage import ALICE
from tests.views.house import House

DEGRADED = build.seen(
    build.says(Role.PRIMARY, State.ACTIVE, health=Health.DEGRADED),
    build.says(Role.SECONDARY, State.STANDBY, health=Health.DEGRADED),
)
SEEN = snapshot(DEGRADED)
JOIN = build.INITIALISE


def messages(folder: Path) -> dict[str, object]:
    """Everything that people read when a Degraded pair is initialised again."""
    s = House(folder)
    sightings.see(s.store, SEEN)
    assert SEEN.situation is SituationCode.NOT_IN_STEP
    needed = DetailsNeeded(build.pair(), JOIN, SEEN, ((StatementKind.CHOSEN,),), details=True)
    button = json.dumps({"pair": "london", "action": JOIN.name, "reason": ""})
    asked = request(action=JOIN.name, seen=SEEN)
    waiting = facts_of(s.desk, replace(asked, stage=Stage.WAITING, approved_by=("U0BOB",)), None)
    return {
        "what if": plan.what_if(JOIN, build.ACTIONS, DEGRADED, SEEN, ""),
        "why": opens(s.desk, ALICE, f"ask:{JOIN.name}", button),
        "needed": needed_words(needed, "because"),
        "needed, in full": modals.needed_modal(needed, "because"),
        "card": card.card(facts_of(s.desk, asked, None)),
        "approve": modals.approve_modal(asked, JOIN),
        "code": modals.code_modal(asked, JOIN),
        "reminder": card.reminder(waiting),
        "told": card.told(facts_of(s.desk, replace(asked, stage=Stage.DENIED), None)),
    }


def test_a_degraded_pair_is_initialised_again_and_has_no_new_secondary(tmp_path: Path) -> None:
    found = {what: json.dumps(message, ensure_ascii=False) for what, message in messages(tmp_path).items()}
    assert {what for what, text in found.items() if "new Secondary" in text} == set()
    assert "Ask to initialise the pair again" in found["what if"]
    assert "Ask to initialise the pair again on london" in found["why"]
    assert "Address of the Secondary" in found["needed, in full"]
    assert "neither is a second initialise of a pair that is Degraded" in found["approve"]
    assert "the Secondary's console" in found["code"]


def test_elsewhere_the_secondary_is_a_new_one() -> None:
    for name in set(JOIN.allowed) - {SituationCode.NOT_IN_STEP}:
        assert JOIN.worded(name) == JOIN
    assert status.ask_button("london", JOIN)["text"]["text"] == "Ask to join the new Secondary"
    again = JOIN.worded(SituationCode.NOT_IN_STEP)
    assert [one.slot for one in again.details] == [one.slot for one in JOIN.details]
    assert [one.slot for one in again.secrets] == [one.slot for one in JOIN.secrets]


def test_a_fresh_primary_has_nothing_to_note_or_export_first() -> None:
    for name in build.FAILBACK.allowed:
        words = build.FAILBACK.worded(name)
        assert ("Have you exported" in words.careful) is (name is not SituationCode.PRIMARY_REPLACED)
        assert replace(words, careful="") == replace(build.FAILBACK, careful="")
    seen = build.seen(State.UNPAIRED, State.ACTIVE)
    text = str(plan.what_if(build.FAILBACK, build.ACTIONS, seen, snapshot(seen), "")[1])
    assert "*First* Have you taken a backup of the Secondary? Choose a quiet moment." in text


@pytest.mark.parametrize(
    ("action", "primary", "secondary", "to"),
    [
        (build.FAILOVER, State.SILENT, State.STANDBY, "Secondary"),
        (build.FAILBACK, State.DEMOTED, State.ACTIVE, "Primary"),
        (build.DEMOTE, State.ACTIVE, State.ACTIVE, ""),
        (JOIN, State.ACTIVE, State.UNPAIRED, ""),
        (JOIN, State.UNPAIRED, State.UNPAIRED, "Primary"),
    ],
    ids=lambda value: value.name if isinstance(value, Action) else str(value),
)
def test_the_floating_address_moves_to_a_server_that_becomes_active(
    action: Action, primary: State, secondary: State, to: str
) -> None:
    seen = build.seen(primary, secondary, StatementKind.OFF, StatementKind.RESTORED, floating_ip="10.0.0.10")
    text = json.dumps(plan.what_if(action, build.ACTIONS, seen, snapshot(seen), ""), ensure_ascii=False)
    moves = f"*Floating IP* 10.0.0.10 moves to the {to}, the new active server"
    assert (moves in text) == bool(to), text
    assert ("Floating IP" in text) == bool(to)
