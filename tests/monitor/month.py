"""A month of watching on a clock that jumps: `python -m tests.monitor.month [--pairs 20] [--days 31] [--seed 1]`.

Two replicas, each with an engine of its own on one database, look at pairs that fail by a seed, and tell a local Slack
over HTTP. Meanwhile replicas are restarted and away, Slack is away for hours, clocks step, and daylight saving begins
(Sydney) and ends (London). At the end what was told is held against what was true.
"""

import argparse
import json
import logging
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from slack_sdk import WebClient
from sqlmodel import col, select

from bot.domain.errors import Refusal
from bot.domain.pair import Role
from bot.domain.schedule import Schedule
from bot.domain.situation import SituationCode
from bot.manifest import manifest
from bot.registry import actions_of, load_commands
from bot.scheduler import sweep
from bot.scheduler.summaries import make_summaries
from bot.services import Desk, Monitor
from bot.simulator import cast
from bot.simulator.pair.world import State
from bot.simulator.slack import Channel, LocalSlack
from bot.slack.outbox import Deliverer
from bot.store import Store, maintenance, migration, outbox
from bot.store.tables import Audit, Incident, IncidentGroup, Summary
from bot.views.refusals import plain_words
from bot.views.refusals import words as refusal_words
from tests.monitor.sky import Sky, SkyWire, pair_of
from tests.monitor.virtual import VirtualTime

START = datetime(2026, 10, 1, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LOOK = HOUR  # the interval of looks: an hour instead of a minute, so that a month takes a minute
GRID = HOUR  # how often whatever else is due is done
SEEN = LOOK + GRID + 2 * MINUTE  # within which a change has been seen twice
FAST = 3 * HOUR  # by which the clock is wrong for a while
QUIET = 4 * HOUR  # between two troubles of one pair
SHM = Path("/dev/shm")
SCHEDULES = (
    Schedule("C0LONDON", "30 1 * * *", "Europe/London"),
    Schedule("C0SYDNEY", "30 2 * * *", "Australia/Sydney"),
    Schedule("C0WORK", "0 8 * * mon-fri", "Europe/Berlin"),
)


@dataclass(frozen=True)
class Trouble:
    """Something that befalls a pair, and when it is over; `changes` is how many new situations it shows."""

    pair: str
    kind: str
    start: datetime
    end: datetime
    changes: int
    told: bool = True


@dataclass
class Replica:
    """One bot process."""

    desk: Desk
    watch: Monitor
    deliverer: Deliverer
    alive: bool = True

    def die(self) -> None:
        """It looks no more, and its connections are closed."""
        self.alive = False
        self.desk.store.engine.dispose()


@dataclass
class Month:
    """The world, the plan of what befalls it, and the replicas that watch."""

    url: str
    slack: LocalSlack
    time: VirtualTime
    names: list[str]
    days: int
    seed: int
    troubles: list[Trouble] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    slack_away: bool = False

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        # Nothing of a trouble of one pair may make a storm: these have their own.
        self.pairs = {name: pair_of(name, n, look_seconds=LOOK.total_seconds()) for n, name in enumerate(self.names)}
        self.sky = Sky(self.pairs)
        self.end = START + timedelta(days=self.days)
        self.store = Store(self.url, self.time.now)  # the test's own, to plan and to judge
        migration.upgrade(self.store.engine)
        self.empty = self._size()
        self.replicas = [self.replica(), self.replica()]
        self.events: list[tuple[datetime, Callable[[], None]]] = []
        self.away: list[tuple[datetime, datetime]] = []  # when no replica was there
        self._plan()

    def replica(self) -> Replica:
        """A process that has just started."""
        store = Store(self.url, self.time.now)
        desk = Desk(
            store=store,
            wire=SkyWire(self.sky),
            pairs=lambda: self.pairs,
            actions=actions_of(load_commands()),
            members=lambda _group: frozenset(),
            now=self.time.now,
            sleep=lambda _seconds: None,
            worded=plain_words,
            submit=lambda work: work(),
        )
        client = WebClient(self.slack.bot_token, base_url=self.slack.api_url, timeout=10)
        found = Replica(desk, None, Deliverer(desk, client, pictures=False))  # type: ignore[arg-type]
        found.watch = Monitor(
            desk,
            self.time.submit,
            lambda s: self.time.pause(s) or not found.alive,
            steady=lambda: self.time.true.timestamp(),
        )
        return found

    # What befalls it ------------------------------------------------------------------------------------------------

    def _plan(self) -> None:
        outages = [self._span(0.30, 9), self._span(0.62, 30), self._span(0.85, 5)]
        for start, end in outages:
            self.at(start, self._all_die)
            self.at(end, self._all_start)
        self.away = outages
        for start, end in (self._span(0.12, 6), self._span(0.5, 11), self._span(0.75, 3)):
            self.at(start, lambda: self._slack(away=True))
            self.at(end, lambda: self._slack(away=False))
        steps = ((0.2, 120), (0.21, 0), (0.4, -90), (0.41, 0), (0.7, FAST.total_seconds()), (0.702, 0))
        moments = [START + part * (self.end - START) for part, _ in steps]
        for moment, (_, skew) in zip(moments, steps, strict=True):
            self.at(moment, lambda skew=skew: self._step(skew))  # type: ignore[misc]
        self.fast = moments[-2], moments[-1]
        for _ in range(40):
            self.at(self._moment(), self._restart)
        storms = [self._span(0.15, 5), self._span(0.55, 7)]
        for start, end in storms:
            self.at(start, lambda: setattr(self.sky, "cut", True))
            self.at(end, lambda: setattr(self.sky, "cut", False))
        self.storms = storms
        for name in self.names:
            for start in self._starts([*outages, *storms]):
                self._trouble(name, start)

    def _span(self, part: float, hours: float) -> tuple[datetime, datetime]:
        start = START + part * (self.end - START) + self.dice.random() * HOUR
        return start, start + hours * HOUR

    def _moment(self) -> datetime:
        return START + self.dice.random() * (self.end - START)

    def _starts(self, taken: list[tuple[datetime, datetime]]) -> Iterator[datetime]:
        """When the troubles of one pair begin: apart from each other, and from what befalls all."""
        at = START + 3 * HOUR + self.dice.random() * 60 * HOUR
        while at < self.end - 30 * HOUR:
            if not any(start - 20 * HOUR < at < end + QUIET for start, end in taken):
                yield at
            at += 26 * HOUR + self.dice.random() * 100 * HOUR

    def _trouble(self, name: str, start: datetime) -> None:
        kind = self.dice.choice(
            ("no standby", "primary gone", "degraded", "split brain", "two steps", "blip", "worked on")
        )
        end = start + (3 + 9 * self.dice.random()) * HOUR
        primary, secondary = Role.PRIMARY, Role.SECONDARY
        do = self.at
        match kind:
            case "no standby" | "primary gone":
                role = secondary if kind == "no standby" else primary
                do(start, lambda: self.sky.power(name, role, False))
                do(end, lambda: self.sky.power(name, role, True))
                self._expect(name, kind, start, end, 1)
            case "degraded":
                do(start, lambda: self.sky.degrade(name, True))
                do(end, lambda: self.sky.degrade(name, False))
                self._expect(name, kind, start, end, 1)
            case "split brain":
                do(start, lambda: self.sky.state(name, secondary, State.ACTIVE))
                do(end, lambda: self.sky.state(name, secondary, State.STANDBY))
                self._expect(name, kind, start, end, 1)
            case "two steps":  # the Primary dies, and somebody fails over by hand
                middle, last = start + 3 * HOUR, start + 6 * HOUR
                do(start, lambda: self.sky.power(name, primary, False))
                do(middle, lambda: self.sky.state(name, secondary, State.ACTIVE))
                do(last, lambda: self._back(name))
                self._expect(name, kind, start, last, 2)
            case "blip":  # in the one look it is seen otherwise, in the next it is not
                do(start, lambda: self._blip(name))
                self._expect(name, kind, start, start, 0)
            case "worked on":  # over before the maintenance is
                do(start, lambda: maintenance.begin(self.store, name, "C0PAMOPS", "U0BOB", "work", end + HOUR))
                do(start + MINUTE, lambda: self.sky.power(name, secondary, False))
                do(end - HOUR, lambda: self.sky.power(name, secondary, True))
                self._expect(name, kind, start, end, 0)

    def _expect(self, name: str, kind: str, start: datetime, end: datetime, changes: int) -> None:
        self.counts[kind] += 1
        self.troubles.append(Trouble(name, kind, start, end, changes, told=changes > 0))

    def _back(self, name: str) -> None:
        self.sky.power(name, Role.PRIMARY, True)
        self.sky.state(name, Role.SECONDARY, State.STANDBY)

    def _blip(self, name: str) -> None:
        from bot.store import ticks

        due = ticks.planned(self.store)[f"look:{name}"] - self.time.skew
        at = due + GRID - (due - START) % GRID if (due - START) % GRID else due  # looks are made on the grid
        self.at(at - timedelta(seconds=1), lambda: self.sky.power(name, Role.SECONDARY, False))
        self.at(at + timedelta(seconds=3), lambda: self.sky.power(name, Role.SECONDARY, True))

    def _step(self, seconds: float) -> None:
        self.counts["clock steps"] += 1
        self.time.skew = timedelta(seconds=seconds)

    def _slack(self, away: bool) -> None:
        self.counts["Slack away"] += away
        self.slack_away = away
        self.slack.away(how="500") if away else self.slack.back()

    def _all_die(self) -> None:
        for one in self.replicas:
            one.die()

    def _all_start(self) -> None:
        self.replicas = [self.replica(), self.replica()]

    def _restart(self) -> None:
        index = self.dice.randrange(2)
        if self.replicas[index].alive:
            self.counts["restarts"] += 1
            self.replicas[index].die()
            self.replicas[index] = self.replica()

    # How it passes --------------------------------------------------------------------------------------------------

    def at(self, moment: datetime, what: Callable[[], None]) -> None:
        """Have something happen."""
        self.events.append((moment, what))
        self.events.sort(key=lambda one: one[0], reverse=True)

    def run(self) -> None:
        """From the first day to the last, and on until everything is told."""
        at = START
        while at < self.end:
            self._to(at)
            self._stop()
            at += GRID
        self.slack.back()
        for _ in range(600):
            self._to(self.time.true + timedelta(seconds=5))
            self._deliver()
            if outbox.undelivered(self.store) == 0:
                break
        self.counts["bytes per pair and year"] = self._growth()

    def _growth(self) -> int:
        """What the database has grown by, for each pair, were it to go on so for a year."""
        return int((self._size() - self.empty) / len(self.names) / self.days * 365)

    def _size(self) -> int:
        """Bytes of the whole database."""
        with self.store.engine.connect() as connection:
            if self.url.startswith("postgresql"):
                return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
            pages, size = (
                connection.exec_driver_sql(f"PRAGMA {one}").scalar_one() for one in ("page_count", "page_size")
            )
        return int(pages * size)

    def close(self) -> None:
        """Nobody needs the database any more."""
        for one in self.replicas:
            one.die()
        self.store.engine.dispose()

    def _to(self, moment: datetime) -> None:
        """Let time pass, and on its way whatever befalls."""
        while self.events and self.events[-1][0] <= moment:
            when, what = self.events.pop()
            self.time.advance(when)
            what()
        self.time.advance(moment)

    def _stop(self) -> None:
        """What the scheduler of each replica does at this moment; until nobody doubts what they have seen."""
        for one in self._living():
            one.watch.beat()
            try:
                sweep(one.desk)
                self.counts["summaries"] += make_summaries(one.desk, SCHEDULES)
            except Refusal as refusal:
                raise AssertionError(refusal_words(refusal)) from refusal
        while self.time.asleep:
            self._to(self.time.true + timedelta(seconds=1))
            for one in self._living():
                one.watch.beat()
        self._deliver()

    def _deliver(self) -> None:
        """A message a second for each channel, as Slack allows."""
        for _ in range(20):
            for one in self._living():
                one.deliverer.round()
            if self.slack_away or outbox.undelivered(self.store) == 0:
                return
            self._to(self.time.true + timedelta(seconds=1))

    def _living(self) -> list[Replica]:
        found = [one for one in self.replicas if one.alive]
        self.dice.shuffle(found)
        return found

    # What was told against what was true ----------------------------------------------------------------------------

    def wrong(self) -> Iterator[str]:
        """Every difference."""
        with self.store.reading() as session:
            incidents = list(session.exec(select(Incident)))
            storms = list(session.exec(select(IncidentGroup)))
            rows = select(Audit.data).where(Audit.kind == "incident", Audit.state != "closed").order_by(col(Audit.id))
            told = [json.loads(data) for data in session.exec(rows)]
            made = [(one.channel, one.due) for one in session.exec(select(Summary))]
        self.counts["incidents"], self.counts["storms"] = len(incidents), len(storms)
        self.counts["changes told"] = len(told)
        changes = Counter({one.id or 0: _steps(told, one.id or 0) for one in incidents})
        yield from self._incidents(incidents, changes)
        yield from self._storms(storms, incidents)
        yield from self._summaries(made)
        yield from self._messages(incidents, len(storms), made)

    def _incidents(self, incidents: list[Incident], changes: Counter[int]) -> Iterator[str]:
        left = [one for one in incidents if one.group_id is None]
        for trouble in self.troubles:
            found = [
                one
                for one in left
                if one.pair == trouble.pair
                and any(
                    trouble.start <= at + 3 * MINUTE <= trouble.end + 5 * MINUTE for at in self._true(one.opened_at)
                )
            ]
            if len(found) != trouble.told:
                yield f"{trouble}: {len(found)} incidents"
            for one in found:
                left.remove(one)
                if changes[one.id or 0] != trouble.changes:
                    yield f"{trouble}: {changes[one.id or 0]} changes told"
                if one.closed_at is None:
                    yield f"{trouble}: never closed"
                elif not self._in_time(one.closed_at, trouble.end):
                    yield f"{trouble}: closed at {one.closed_at}"
                if not self._in_time(one.opened_at, trouble.start):
                    yield f"{trouble}: told at {one.opened_at}"
        for one in left:
            yield f"incident {one.id} on {one.pair} at {one.opened_at}: nothing was wrong"

    def _true(self, at: datetime) -> list[datetime]:
        """When it can have been that the bot took the time for this."""
        begin, end = self.fast
        return [at, at - FAST] if begin <= at - FAST <= end else [at]

    def _in_time(self, at: datetime, change: datetime) -> bool:
        return any(change <= one + 4 * MINUTE and one <= self._seen_by(change) for one in self._true(at))

    def _seen_by(self, moment: datetime) -> datetime:
        """When at the latest a change at this moment must have been seen, replicas allowing."""
        limit = moment + SEEN
        for start, end in self.away:
            if start <= limit and moment <= end:
                limit = max(limit, end + SEEN)
        return limit + 4 * MINUTE

    def _storms(self, storms: list[IncidentGroup], incidents: list[Incident]) -> Iterator[str]:
        if len(storms) != len(self.storms):
            yield f"{len(storms)} storms instead of {len(self.storms)}"
        for one in storms:
            found = Counter(incident.pair for incident in incidents if incident.group_id == one.id)
            if found != Counter(self.names):
                yield f"storm {one.id}: {found}"
            if one.closed_at is None:
                yield f"storm {one.id} never ended"

    def _summaries(self, made: list[tuple[str, str]]) -> Iterator[str]:
        expected = {(one.channel, due) for one in SCHEDULES for due in self._dues(one)}
        for one in expected ^ set(made):
            yield f"summary {one}: {'missing' if one in expected else 'not due'}"

    def _dues(self, schedule: Schedule) -> Iterator[str]:
        """Told without the bot's own code: each day's time on the wall, the last one of those that were missed."""
        zone, at = ZoneInfo(schedule.zone), START - timedelta(days=1)
        minute, hour, *_, days = schedule.cron.split()
        due: list[tuple[datetime, str]] = []
        while at < self.end + timedelta(days=1):
            wall = datetime(at.year, at.month, at.day, int(hour), int(minute))  # noqa: DTZ001 - what a wall shows
            moment = wall.replace(tzinfo=zone).astimezone(UTC)
            if (days == "*" or wall.weekday() < 5) and START + MINUTE < moment <= self.end - GRID:
                due.append((moment, f"{wall:%Y-%m-%dT%H:%M}"))
            at += timedelta(days=1)
        for index, (moment, name) in enumerate(due):
            following = due[index + 1][0] if index + 1 < len(due) else self.end
            # The bot is back with the first round of its scheduler after the outage.
            if not any(start <= moment and following <= end + GRID for start, end in self.away):
                yield name

    def _messages(self, incidents: list[Incident], storms: int, made: list[tuple[str, str]]) -> Iterator[str]:
        told = Counter(str(one["text"]) for one in self.slack.messages("C0PAMOPS"))
        self.counts["messages"] = sum(told.values())
        for one in incidents:
            for text in (
                f"🟢 {one.pair} is healthy again; incident {one.id} is closed",
                f"🟢 {one.pair} is healthy again. Incident {one.id} is closed.",
            ):
                if told[text] != 1:
                    yield f"told {told[text]} times: {text}"
        storm_messages = sum(n for text, n in told.items() if "got into trouble together" in text)
        if storm_messages != storms:
            yield f"{storm_messages} messages of {storms} storms"
        for schedule in SCHEDULES:
            count = len([one for one in self.slack.messages(schedule.channel) if "PAM health" in str(one["text"])])
            if count != len([channel for channel, _ in made if channel == schedule.channel]):
                yield f"{count} summaries in {schedule.channel}"


def _steps(told: list[dict[str, Any]], incident: int) -> int:
    """How many changes of an incident were told; what other pairs' lost Primaries make of it are none of its own."""
    said = ["", *(one["situation"] for one in told if one["incident"] == incident)]
    return sum(
        {before, now} != {SituationCode.PRIMARY_SILENT, SituationCode.PRIMARIES_SILENT}
        for before, now in pairwise(said)
    )


def play(pairs: int, days: int, seed: int, url: str = "") -> tuple[Month, list[str]]:
    """A month from beginning to end; it, and what was wrong. Without `url` on SQLite."""
    # In memory where there is such a place: what takes time here is a disk that confirms each of 60,000 commits.
    folder = Path(tempfile.mkdtemp(prefix="month", dir=SHM if SHM.is_dir() else None))
    clock = VirtualTime(START)
    everybody = (*(person.id for person in cast.FIVE), cast.BOT)
    named = [Channel(one.channel, one.channel.lower(), members=everybody) for one in SCHEDULES]
    channels = [*cast.channels(), *named]
    slack = LocalSlack(
        list(cast.FIVE), channels, cast.groups(), manifest(load_commands()), now=lambda: clock.true.timestamp()
    )
    slack.start()
    try:
        names = [f"pair{n:02d}" for n in range(pairs)]
        month = Month(url or f"sqlite:///{folder / 'month.db'}", slack, clock, names, days, seed)
        try:
            month.run()
            return month, list(month.wrong())
        finally:
            month.close()
    finally:
        slack.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Play it and print the counts; exit code 1 when something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("pairs", 20), ("days", 31), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    logging.disable(logging.ERROR)  # that Slack is away is told by the hundred
    began = time.monotonic()
    month, wrong = play(given.pairs, given.days, given.seed)
    for name, count in sorted(month.counts.items()):
        print(f"{name:<26}{count}")
    print(f"{'looks':<26}{month.sky.looks}")
    print(f"{'wrong':<26}{len(wrong)}")
    print(f"{'seconds':<26}{time.monotonic() - began:.0f}")
    for one in wrong[:40]:
        print("  ", one)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
