"""Every alert leads to the next step, with three buttons at most."""

from dataclasses import replace

import pytest

from bot.domain.incident import IncidentGroupView
from bot.domain.pair import Role
from bot.domain.pin import PinView, Stage
from bot.domain.situation import SituationCode
from bot.domain.snapshot import snapshot
from bot.domain.status import State
from bot.simulator.cast import ALICE, OPS
from bot.views import incident, incident_group
from bot.views.blocks import Block
from tests.charts.messages import NOW, ago, seen, view
from tests.domain import build
from tests.views.pressing import pressed

ACTIONS = build.ACTIONS
OLD = {"host": "10.0.0.11", "address": "10.0.0.11", "host_key": build.KEY}
BACK = PinView(
    3, "london", Role.PRIMARY, "10.0.0.31", 22, "10.0.0.31", build.KEY, OLD, Stage.APPROVED, OPS, ALICE.id, NOW,
    ALICE.id, NOW,
)  # fmt: skip
MINE = {"owner": ALICE.id, "owned_at": NOW}


def of(name: SituationCode, pair: str = "london") -> dict[str, object]:
    return {"pair": pair, "latest": seen(name, pair)}


def alerts() -> dict[str, list[Block]]:
    """Each alert of an incident that nobody has taken, and of one that somebody has."""
    found: dict[str, list[Block]] = {"returned": incident.returned(BACK)[1]}
    for about, owned in (("nobody", {}), ("Alice", MINE)):
        for name in (
            SituationCode.SPLIT_BRAIN,
            SituationCode.NO_STANDBY,
            SituationCode.PRIMARY_SILENT,
            SituationCode.BOTH_GONE,
        ):
            one = view(**of(name), **owned)
            found[f"head, {name}, {about}"] = incident.head(one, ACTIONS)
            found[f"nudge, {name}, {about}"] = incident.nudge(one, ACTIONS, NOW)[1]
    found["escalation"] = incident_group.escalation(view(), ACTIONS, (), NOW)[1]
    many = tuple(view(**of(SituationCode.NO_STANDBY, pair)) for pair in ("paris", "rome", "oslo"))
    found["storm"] = incident_group.group_message(IncidentGroupView(4, OPS, ago(minutes=6), None, many))[1]
    return found


@pytest.mark.parametrize("kind", alerts())
def test_every_alert_leads_to_the_next_step(kind: str) -> None:
    found = pressed(alerts()[kind])
    text, does, pair = found[0]
    assert does.startswith(("recover", "ask:", "state:", "pin:", "look")), text
    assert ("paris" if kind == "storm" else "london") in pair
    assert len(found) <= 3
    first = next(block for block in alerts()[kind] if block["type"] == "actions")["elements"][0]
    assert first["style"] == "primary"
    assert len({does for _, does, _ in found}) == len(found), "Slack takes each id once in a row"


def test_a_storm_leads_to_the_pair_that_is_worst_off() -> None:
    mixed = (view(**of(SituationCode.NO_STANDBY, "paris")), view(**of(SituationCode.SPLIT_BRAIN, "rome")))
    found = pressed(incident_group.group_message(IncidentGroupView(4, OPS, ago(minutes=6), None, mixed))[1])
    assert found == [("Next step for rome", "recover", "rome"), ("I'm on it", "own_storm", "4")]
    over = tuple(replace(one, closed_at=NOW) for one in mixed)
    assert pressed(incident_group.group_message(IncidentGroupView(4, OPS, ago(minutes=6), NOW, over))[1]) == []


def test_a_storm_has_a_line_for_each_situation_and_who_is_on_it() -> None:
    alone = [view(**of(SituationCode.NO_STANDBY, pair)) for pair in ("tokyo", "paris")]
    found = (
        *alone,
        view(**of(SituationCode.SPLIT_BRAIN, "rome"), **MINE),
        view(**of(SituationCode.HEALTHY, "oslo"), closed_at=NOW),
    )
    (first, *_) = incident_group.group_message(IncidentGroupView(4, OPS, ago(minutes=6), None, found))[1]
    assert first["text"]["text"].splitlines()[-3:] == [
        "🔴 split brain: *rome* · <@U0ALICE> is on it",
        "🟠 no standby: *paris*, *tokyo*",
        "🟢 healthy again: *oslo*",
    ]


def test_what_is_over_leads_nowhere() -> None:
    over = view(SituationCode.HEALTHY, closed_at=NOW)
    assert pressed(incident.head(over, ACTIONS)) == []
    assert pressed(incident.nudge(over, ACTIONS, NOW)[1]) == []


def test_who_is_on_it_is_taken_where_it_is_told() -> None:
    for draw in (incident.head, incident.lead):
        assert ("I'm on it", "own", "london") in pressed(draw(view(), ACTIONS))
        assert "Nobody is on it yet" in str(draw(view(), ACTIONS))
        assert "own" not in [does for _, does, _ in pressed(draw(view(**MINE), ACTIONS))]
        assert "<@U0ALICE> is on it" in str(draw(view(**MINE), ACTIONS))
    assert pressed(incident.head(view(SituationCode.HEALTHY, closed_at=NOW), ACTIONS)) == []


def test_who_is_led_finds_all_that_the_step_takes() -> None:
    silent = view(latest=snapshot(build.seen(State.SILENT, State.ACTIVE)))
    ways = ["New Primary…", "Confirm new Primary is deployed…"]
    assert [text for text, *_ in pressed(incident.head(silent, ACTIONS))] == [ways[0], "I'm on it", "Details"]
    mine = replace(silent, **MINE)
    assert [text for text, *_ in pressed(incident.head(mine, ACTIONS))] == [ways[0], "Next step", "Details"]
    assert [text for text, *_ in pressed(incident.lead(mine, ACTIONS))] == [*ways, "Look again", "Details"]


def test_for_the_vendors_support_both_servers_words_are_a_press_away() -> None:
    for draw in (incident.head, incident.lead):
        blocks = draw(view(latest=snapshot(build.seen(State.DEMOTED, State.STANDBY))), ACTIONS)
        assert ("Details", "details", "london") in pressed(blocks)
    assert "both servers' raw output (*Details*)" in blocks[0]["text"]["text"]


def test_a_storm_tells_a_pair_that_has_left_the_settings_from_one_that_is_healthy() -> None:
    found = (
        view(**of(SituationCode.HEALTHY, "oslo"), closed_at=NOW),
        view(**of(SituationCode.NO_STANDBY, "rome"), closed_at=NOW),
    )
    text, _ = incident_group.group_message(IncidentGroupView(4, OPS, ago(minutes=6), NOW, found))
    assert text.startswith(
        "⚪ All 2 pairs that got into trouble together are healthy again or no longer in the settings"
    )
