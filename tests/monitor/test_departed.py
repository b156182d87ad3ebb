"""The incident of a pair that is taken out of the settings ends, and only where the settings say so."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.domain.errors import Refusal, RefusalCode
from bot.domain.pair import Pair
from bot.scheduler import let_go
from bot.slack.rendering import draw
from bot.store import MessageKind, incident_timeline, incidents, outbox
from bot.views.timeline import lines
from tests.monitor.house import House

TOLD = (MessageKind.INCIDENT, MessageKind.CLOSED)


@pytest.fixture(autouse=True)
def _in_trouble(house: House) -> None:
    house.only("london", "paris")
    house.off("london")
    house.off("paris")
    house.pass_(90)
    del house.pairs["paris"]


def pass_(house: House, minutes: int) -> None:
    for _ in range(minutes):
        house.pass_(60)
        let_go(house.desk)


def delivered(house: House) -> list[str]:
    """Everything that Slack has to show now, heads before what hangs below them."""
    found = []
    while due := outbox.due(house.store):
        for post in due:
            told = draw(house.desk, post, lambda _: ()) if post.kind in TOLD else None
            found += [told[0]] if told else []
            outbox.delivered(house.store, post, post.to, "1.1")
    return found


def test_it_is_closed_and_its_thread_is_told(house: House) -> None:
    pass_(house, 8)
    assert house.open() == {"london": "no standby", "paris": "no standby"}, "somebody else may still look at it"
    pass_(house, 4)
    assert house.open() == {"london": "no standby"}
    texts = delivered(house)
    assert "⚪ paris is no longer in the settings; incident 2 is closed" in texts
    assert "⚪ paris is no longer in the settings. Incident 2 is closed." in texts
    assert not any("healthy again" in one for one in texts)
    report = incident_timeline.report(house.store, incidents.get(house.store, 2))
    assert report.durations.recover is None
    ending = "Incident closed, since the pair is no longer in the settings; last seen: no standby ("
    assert lines(report)[-1].words.startswith(ending)


def test_one_that_comes_back_begins_anew(house: House) -> None:
    pass_(house, 12)
    house.pairs["paris"] = replace(house.pairs["london"], name="paris")
    pass_(house, 2)
    assert sorted(house.open()) == ["london", "paris"]
    assert [one.pair for one in house.all()] == ["london", "paris", "paris"]


def test_settings_that_cannot_be_read_close_nothing(house: House) -> None:
    def broken() -> Mapping[str, Pair]:
        raise Refusal(RefusalCode.SETTINGS_WRONG, mistake="pairs.toml is not valid TOML.")

    desk = replace(house.desk, pairs=broken)
    house.pass_(15 * 60)
    with pytest.raises(Refusal):
        let_go(desk)
    assert sorted(house.open()) == ["london", "paris"]
