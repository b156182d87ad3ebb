"""What a review of the watching found untrue, missing or told twice."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlmodel import select

from bot.domain.pair import Role
from bot.domain.schedule import Schedule
from bot.scheduler import sweep
from bot.scheduler.slots import on_wall, slots
from bot.scheduler.summaries import make_summaries
from bot.services import sum_up
from bot.simulator.pair import world
from bot.slack.outbox import Deliverer
from bot.store import MessageKind, incidents, maintenance, outbox, sightings, summaries
from bot.store.tables import OutboxMessage
from bot.views.incident_group import group_message
from bot.views.summary import summary, summary_text
from bot.views.terminal import plain_blocks
from tests.monitor.house import START, House
from tests.monitor.sky import CHANNEL

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
Delivered = Callable[[], list[dict[str, Any]]]


def later(house: House, span: timedelta) -> None:
    house.clock.advance(house.clock.true + span)


def worsened(house: House) -> int:
    """How often the thread was told that it got worse."""
    with house.store.reading() as session:
        return sum(session.exec(select(OutboxMessage.desired_revision).where(OutboxMessage.kind == MessageKind.WORSE)))


class Archived:
    """A Slack in which the channel is archived."""

    retry_handlers = ()

    def __getattr__(self, name: str) -> Callable[..., None]:
        def refuse(**_: object) -> None:
            raise SlackApiError(name, {"ok": False, "error": "is_archived"})

        return refuse


def test_a_channel_that_is_gone_leaves_nothing_that_waits_for_ever(house: House) -> None:
    house.only("paris")
    house.pass_(70)
    house.off("paris")
    house.pass_(80)
    deliverer = Deliverer(house.desk, cast(WebClient, Archived()), pictures=False)

    def days(number: int) -> None:
        for _ in range(number * 6):
            deliverer.round()
            sweep(house.desk)
            later(house, 4 * HOUR)

    days(2)
    house.on("paris")
    house.pass_(80)
    days(3)
    assert outbox.undelivered(house.store) == 0


def test_nobody_is_reminded_of_what_is_over(house: House, slack: object, delivered: Delivered) -> None:
    house.only("paris")
    house.pass_(70)
    house.off("paris")
    house.pass_(80)
    delivered()
    later(house, 31 * MINUTE)
    sweep(house.desk)  # while Slack is away
    house.on("paris")
    house.pass_(80)
    assert not [one["text"] for one in delivered() if "Nobody is on it" in one["text"]]


def test_the_end_of_maintenance_tells_what_is_wrong_though_it_was_told_before(house: House) -> None:
    house.only("paris")
    house.pass_(70)
    house.off("paris", Role.SECONDARY)
    house.pass_(80)
    house.sky.state("paris", Role.PRIMARY, world.State.DEMOTED)
    house.pass_(80)
    assert worsened(house) == 1
    house.pass_(11 * 60)
    house.sky.state("paris", Role.PRIMARY, world.State.ACTIVE)
    house.pass_(80)
    maintenance.begin(house.store, "paris", CHANNEL, "U0BOB", "an upgrade", house.clock.now() + 2 * HOUR)
    house.sky.state("paris", Role.PRIMARY, world.State.DEMOTED)
    house.pass_(80)
    assert worsened(house) == 1
    later(house, 3 * HOUR)
    sweep(house.desk)
    house.pass_(120)
    assert worsened(house) == 2


def test_a_split_brain_in_maintenance_is_not_counted_as_healthy(house: House) -> None:
    for pair in house.pairs.values():
        sightings.arm(house.store, pair)
    house.pass_(70)
    maintenance.begin(house.store, "paris", CHANNEL, "U0BOB", "an upgrade", house.clock.now() + 5 * HOUR)
    house.sky.state("paris", Role.SECONDARY, world.State.ACTIVE)
    house.pass_(80)
    found = sum_up(house.desk, CHANNEL)
    assert "3 of 4 pairs healthy, 1 in maintenance" in plain_blocks(summary(found, house.desk.actions))
    assert "paris split brain, in maintenance." in summary_text(found)


def test_a_schedule_in_another_zone_misses_no_day(house: House) -> None:
    house.pass_(5)
    at, sent = datetime(2026, 3, 1, 12, tzinfo=UTC), []
    while at < datetime(2026, 3, 6, tzinfo=UTC):
        house.clock.advance(at)
        zone = "Asia/Tokyo" if at < datetime(2026, 3, 3, 1, tzinfo=UTC) else "America/New_York"
        if make_summaries(house.desk, [Schedule("C1", "0 8 * * *", zone)]):
            last = summaries.last(house.store, "C1")
            assert last
            assert last.missed == 0
            sent.append(f"{at:%d %H}")
        at += HOUR
    assert sent == ["01 23", "02 23", "03 13", "04 13", "05 13"]


def test_what_the_clocks_jump_over_is_one_with_what_comes_at_its_moment() -> None:
    hourly = Schedule("C1", "30 * * * *", "Europe/Berlin")
    found = slots(hourly, on_wall("2026-03-29T01:30"), datetime(2026, 3, 29, 1, 31, tzinfo=UTC))
    assert found == ["2026-03-29T03:30"]


def test_a_pair_that_relapsed_is_one_pair_of_its_storm(house: House) -> None:
    house.pass_(70)
    names = ("london", "paris", "tokyo")
    for name in names:
        house.sky.degrade(name, True)
    house.pass_(80)
    for state in (False, True):
        house.sky.degrade("paris", state)
        house.pass_(80)
    text, blocks = group_message(incidents.group(house.store, 1))
    assert " 3 pairs" in text
    assert "paris: 🟢" not in plain_blocks(blocks)
    for name in names:
        house.sky.degrade(name, False)
    house.pass_(80)
    assert "All 3 pairs" in group_message(incidents.group(house.store, 1))[0]


def test_an_incident_that_ended_after_a_summary_was_made_is_told_in_the_next_one(house: House) -> None:
    house.only("paris")
    house.pass_(70)
    schedule = Schedule("C1", "0 4 * * *")
    make_summaries(house.desk, [schedule])
    house.off("paris")
    house.pass_(80)
    house.clock.advance(START + HOUR)
    make_summaries(house.desk, [schedule])
    house.on("paris")
    house.pass_(80)
    told = []
    for days in (0, 1):
        house.clock.advance(START + HOUR + timedelta(days=days, minutes=20))
        make_summaries(house.desk, [schedule])
        made = summaries.last(house.store, "C1")
        assert made
        told.append([one.incident.pair for one in sum_up(house.desk, "C1", since=made.since, until=made.made_at).over])
    assert told == [[], ["paris"]]
