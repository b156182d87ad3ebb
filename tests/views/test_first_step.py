"""Of the next step people read what is lost by it, how long it took before and how it shows that it is done."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.pair import PeerRow
from bot.domain.policy import step_loses, step_verified
from bot.domain.runbook import RUNBOOK, CommandStep, ManualStep, VendorCall
from bot.domain.situation import SituationCode
from bot.domain.summary import PairNow
from bot.slack.commands import show_recovery
from bot.views.details import details
from bot.views.incident import head, lead
from bot.views.pair import lines
from bot.views.status import loses, status_text
from bot.views.terminal import plain_blocks
from tests.charts import messages
from tests.charts.messages import view
from tests.domain import build
from tests.reference import draw
from tests.support.interactions import opens
from tests.support.stage import ALICE
from tests.views.house import House

WINDOW = "since 03:00"


@pytest.mark.parametrize("name", RUNBOOK)
def test_every_step_that_somebody_takes_says_how_it_is_verified(name: SituationCode) -> None:
    for step in RUNBOOK[name]:
        said = step_verified(step, build.ACTIONS), step_loses(step, build.ACTIONS, WINDOW)
        match step:
            case CommandStep(action):
                assert said[0].removeprefix("the servers show: ") == build.ACTIONS[action].expects
                assert said[1]
            case ManualStep():
                assert said == (step.verified, step.loses)
                assert step.verified
            case VendorCall():
                assert said == ("", "")


NEXT = "Next: demote the Primary (ha-demote-primary), then fail back to the Primary."
TOOK = "1 to 3 s the last 4 times"


def test_the_next_step_is_told_with_what_it_takes() -> None:
    lines = plain_blocks(lead(view(), build.ACTIONS, TOOK)).splitlines()
    at = lines.index(NEXT)
    assert lines[at + 1].startswith("You lose: sessions on the Primary; at the failback also its changes since ")
    assert lines[at + 2] == f"Took: {TOOK}"
    assert len(lines) <= 11
    assert NEXT in plain_blocks(head(view(), build.ACTIONS))
    told = plain_blocks(details(view().latest, build.ACTIONS, PeerRow.LIVE, messages.NOW, TOOK)["blocks"]).splitlines()
    assert told[told.index(NEXT) + 2 : told.index(NEXT) + 4] == [
        "Done when: the servers show: Primary demoted, Secondary active", f"Took: {TOOK}",
    ]  # fmt: skip
    alone = messages.seen(SituationCode.NO_STANDBY)
    by_hand = plain_blocks(details(alone, build.ACTIONS, PeerRow.LIVE, messages.NOW)["blocks"]).splitlines()
    look = next(number for number, line in enumerate(by_hand) if line.startswith("Next: Look again before you rebuild"))
    assert by_hand[look + 1] == "Done when: the next look shows it"


def test_how_long_it_took_before_comes_from_the_history(tmp_path: Path) -> None:
    s = House(tmp_path)
    s.become("Active", "Active")
    s.look()
    s.runs("ha-demote-primary", "Demoted", "Active")
    s.runs("ha-failback", "Active", "Standby")
    s.clock.tick(minutes=5)
    s.become("Active", "Active")
    s.look()
    told = plain_blocks(opens(s.desk, ALICE, "details", "london")["blocks"])
    assert re.search(r"Done when: the servers show: Primary demoted.*\nTook: \d+ s once before", told)
    answers: list[str] = []
    show_recovery(s.desk, s.desk.pair("london"), lambda _text, blocks: answers.append(plain_blocks(blocks)))
    assert "once before" in answers[0]


def test_the_table_tells_it_of_every_step() -> None:
    table = draw("runbooks", build.ACTIONS)
    assert table.startswith("| situation | steps | what each loses | how it is verified |\n")
    row = next(line for line in table.splitlines() if "new Secondary without a Primary" in line)
    _, _, _, loses, verified, _ = row.split("|")
    assert loses.strip().startswith("3. everything after that backup.<br>4. probably what the new Secondary holds")
    assert verified.strip().startswith("1. the servers answer again<br>2. a person confirms it<br>3. it answers with")


def test_when_the_pair_stopped_being_healthy_is_told_once_and_where_it_makes_sense() -> None:
    between = {"healthy_until": messages.ago(minutes=26), "otherwise_since": messages.ago(minutes=25)}
    for name in (
        SituationCode.SPLIT_BRAIN,
        SituationCode.NO_STANDBY,
    ):  # one costs something at once, the other does not
        latest = replace(messages.seen(name), **between)
        text = plain_blocks(lead(view(latest=latest), build.ACTIONS))
        assert text.count("between ") == (name is SituationCode.SPLIT_BRAIN)
        assert "not healthy for 25 min" in plain_blocks(status_text(latest, build.ACTIONS, messages.NOW))
    split = replace(messages.seen(SituationCode.SPLIT_BRAIN), **between)
    assert "also its changes since between " in loses(build.DEMOTE, split)
    healthy = replace(messages.seen(SituationCode.HEALTHY), healthy_until=messages.NOW, otherwise_since=None)
    assert "changes made since the pair was last seen healthy, at " in loses(build.FAILOVER, healthy)


def test_how_long_an_incident_is_open_is_not_said_of_what_it_is_called_now() -> None:
    seen = messages.seen(SituationCode.NO_STANDBY)
    one = PairNow("london", seen, messages.NOW, True, view(opened_at=messages.ago(minutes=8), latest=seen))
    first = lines(one, build.ACTIONS, messages.NOW)[0]
    assert "no standby (" in first
    assert "), incident open for 8 min, nobody is on it" in first
