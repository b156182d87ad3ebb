"""What the watch does by its signs: says each thing once for all, gives its heartbeat while well, and ends once."""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import wait
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.domain.errors import Refusal, RefusalCode
from bot.monitoring.alarm import Alarm, mistakes
from bot.monitoring.heartbeat import Heartbeat
from bot.monitoring.port import readiness
from bot.monitoring.senses import Hearing, Sources, VitalSignReader
from bot.monitoring.watch import EXIT_DEAF, SelfMonitor, SelfMonitorActions
from bot.store import Store, canaries, self_alerts
from tests.monitoring.sink import Sink
from tests.store.given import Clock
from tests.support.patience import HANG

CHANNEL, TS = "C0CANARY", "17.1"


@dataclass
class Far:
    """One process that is watched, on the clock of all; `connected`, `heard_at` and so on are what a test sets."""

    store: Store
    clock: Clock
    sink: Sink
    canary: bool = True
    answers: bool = True
    taken: bool = True
    connected: bool | None = True
    silence: float = 0.0
    codes: list[int] = field(default_factory=list)
    renewed: int = 0
    beats: bool = False
    readable: bool = True

    def __post_init__(self) -> None:
        self.began = self.clock()
        sources = Sources(
            store=self.store,
            hearing=lambda: Hearing(self.silence, 1.0, self.connected, 1, 1.0, True),
            tick=lambda: ("looks", 1.0),
            queues=lambda: {"run": 0},
            canary_channel=CHANNEL if self.canary else "",
            canary_seconds=60.0,
            clock=lambda: (self.clock() - self.began).total_seconds() + 1000.0,
            pairs=self.pairs,
        )
        self.alarm = Alarm([f"json://{self.sink.place}/alarm"], again=0.05)
        self.alarm.start()
        heartbeat = Heartbeat(f"http://{self.sink.place}/beat") if self.beats else None
        canary = self.send if self.canary else None
        hands = SelfMonitorActions(self.codes.append, self.alarm, canary, self.renew, heartbeat)
        self.watch = SelfMonitor(VitalSignReader(sources), hands)

    def pairs(self) -> Mapping[str, object]:
        """What the settings have; a file with a mistake in it refuses."""
        if not self.readable:
            raise Refusal(RefusalCode.SETTINGS_WRONG, mistake="pairs.toml is not valid TOML.")
        return {}

    def renew(self) -> None:
        self.renewed += 1

    def send(self) -> None:
        """A canary that comes back at once, or does not."""
        number = canaries.send(self.store, CHANNEL, TS, self.store.me)
        if not self.taken:
            canaries.unsend(self.store, number)
            return
        canaries.taken(self.store, number)
        if self.answers:
            canaries.back(self.store, number, CHANNEL, TS, self.store.me)

    def rest(self) -> None:
        """Until nothing is being done in the background."""
        wait(list(self.watch._busy.values()), timeout=HANG)


def live(seconds: float, *processes: Far) -> None:
    """So much time passes for all of them, in steps of five seconds."""
    for _ in range(int(seconds / 5)):
        processes[0].clock.tick(seconds=5)
        for one in processes:
            if not one.codes:  # it has ended
                one.watch.round()
                one.rest()
                one.rest()
    for one in processes:
        assert one.alarm.flush(10)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
def make(database_url: str, clock: Clock, sink: Sink) -> Iterator[Callable[..., Far]]:
    """Processes on one database."""
    made: list[Far] = []

    def make(**more: object) -> Far:
        made.append(Far(Store(database_url, clock), clock, sink, **more))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.watch.stop()
        one.store.engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def sent(one: Far) -> int:
    with one.store.reading() as session:
        return int(session.connection().execute(text("SELECT count(*) FROM canary")).scalar() or 0)


def test_one_canary_a_minute_whoever_sends_it(make: Callable[..., Far], sink: Sink) -> None:
    live(300, one := make(), make(), make())
    assert 5 <= sent(one) <= 6
    assert sink.titles() == []


def test_deaf_is_said_once_by_all_and_its_end_once(make: Callable[..., Far], sink: Sink) -> None:
    processes = [make(), make()]
    live(120, *processes)
    for one in processes:
        one.answers = False
    live(60, *processes)
    assert sink.titles() == []
    live(60, *processes)
    assert sink.titles() == ["Pairkeeper is deaf"]
    assert [one.renewed for one in processes] == [2, 2]
    for one in processes:
        one.answers = True
    live(120, *processes)
    assert sink.titles() == ["Pairkeeper is deaf", "Pairkeeper is back"]
    assert [one.codes for one in processes] == [[], []]


def test_four_missed_although_slack_takes_them_end_it_and_the_next_does_not_end(
    make: Callable[..., Far], sink: Sink
) -> None:
    live(120, one := make())
    one.answers = False
    live(360, one)
    assert one.codes == [EXIT_DEAF]
    other = make(answers=False)
    live(900, other)
    assert other.codes == []
    assert sink.titles() == ["Pairkeeper is deaf"], "the next one knows that it was said"
    other.answers = True
    live(120, other)
    assert sink.titles() == ["Pairkeeper is deaf", "Pairkeeper is back"]


@pytest.mark.parametrize("minutes", [15, pytest.param(60, marks=pytest.mark.proof)])
def test_slack_away_is_said_and_ends_nothing(make: Callable[..., Far], sink: Sink, minutes: int) -> None:
    live(120, one := make())
    one.taken = False
    live(60 * minutes, one)
    assert sink.titles() == ["Pairkeeper is deaf"]
    assert one.codes == []
    one.taken = True
    live(180, one)
    assert sink.titles() == ["Pairkeeper is deaf", "Pairkeeper is back"]
    assert one.codes == []


def test_without_a_canary_a_dead_socket_is_said_and_ends_it(make: Callable[..., Far], sink: Sink) -> None:
    live(60, one := make(canary=False))
    for _ in range(60):
        one.connected, one.silence = False, one.silence + 5
        live(5, one)
    assert sink.titles() == ["Pairkeeper is deaf"]
    assert one.codes == [EXIT_DEAF]


def test_the_database_away_is_said_and_is_no_deafness(make: Callable[..., Far], sink: Sink, clock: Clock) -> None:
    live(120, one := make())
    with one.store.engine.begin() as connection:
        for table in ("tick", "pulse"):
            connection.execute(text(f"ALTER TABLE {table} RENAME TO {table}_gone"))
    live(600, one)
    assert sink.titles() == ["Pairkeeper cannot reach its database"]
    with one.store.engine.begin() as connection:
        for table in ("tick", "pulse"):
            connection.execute(text(f"ALTER TABLE {table}_gone RENAME TO {table}"))
    live(120, one)
    assert sink.titles() == ["Pairkeeper cannot reach its database", "Pairkeeper is back"]
    assert one.codes == []


def test_a_pairs_file_that_cannot_be_read_is_said_and_that_it_can_be(make: Callable[..., Far], sink: Sink) -> None:
    live(120, one := make())
    one.readable = False
    live(50, one)
    assert sink.titles() == [], "somebody may be saving it"
    live(60, one)
    assert sink.titles() == ["Pairkeeper cannot read its pairs file"]
    assert "cannot read its pairs file since 03:02:" in sink.bodies()[0]
    assert not readiness(one.watch.senses)["ready"]
    one.readable = True
    live(20, one)
    assert sink.titles() == ["Pairkeeper cannot read its pairs file", "Pairkeeper is back"]
    assert readiness(one.watch.senses)["ready"]


def test_the_heartbeat_stops_while_something_is_wrong(make: Callable[..., Far], sink: Sink) -> None:
    def beats() -> int:
        return sum(path == "/beat" for _, path, _ in sink.heard)

    live(300, one := make(beats=True))
    assert 4 <= beats() <= 6
    one.taken = False
    live(200, one)
    before = beats()
    live(300, one)
    assert beats() == before
    one.taken = True
    live(180, one)
    assert beats() > before


def test_after_being_frozen_nothing_false_is_said(make: Callable[..., Far], sink: Sink, clock: Clock) -> None:
    live(120, one := make())
    clock.tick(hours=1)
    live(300, one)
    assert sink.titles() == []
    assert one.codes == []


def test_a_process_that_is_stopping_is_not_deaf_and_not_ready(make: Callable[..., Far], sink: Sink) -> None:
    live(120, one := make(canary=False))
    assert readiness(one.watch.senses)["ready"]
    one.watch.rest()
    one.connected, one.silence = False, 900.0
    live(300, one)
    assert sink.titles() == []
    assert one.codes == []
    assert not readiness(one.watch.senses)["ready"]
    assert one.watch.senses.age() < 10, "it lives"


def test_what_cannot_be_told_is_told_later_and_once(sink: Sink) -> None:
    sink.status = 500
    alarm = Alarm([f"json://{sink.place}/a", "json://127.0.0.1:9/nobody"], again=0.05)
    alarm.start()
    alarm.say("first", "one")
    alarm.say("second", "two")
    assert not alarm.flush(0.3)
    sink.status = 200
    until = time.monotonic() + 10
    while len(sink.heard) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.2)
    assert sink.titles() == ["first", "second"], "an address that is dead keeps no other from hearing, nor twice"
    alarm.stop(0.1)


def test_a_heartbeat_that_fails_is_logged_once_and_without_its_address(
    sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    heartbeat = Heartbeat(f"http://{sink.place}/k3y-0123456789")
    assert heartbeat.give()
    sink.status = 500
    assert not heartbeat.give()
    assert not heartbeat.give()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "k3y" not in caplog.text
    sink.status = 200
    assert heartbeat.give()


def test_mistakes_of_addresses_are_sentences_without_them() -> None:
    assert mistakes([]) == []
    assert mistakes(["json://hooks.example/k3y"]) == []
    (wrong,) = mistakes(["json://hooks.example/k3y", "nonsense://k3y-0123456789"])
    assert wrong == "PAIRKEEPER_ALARM_URLS: Apprise does not understand number 2: see its list of services."


def test_troubles_outlive_a_process(make: Callable[..., Far], tmp_path: Path) -> None:
    one = make()
    assert self_alerts.begin(one.store, "deaf", one.store.me)
    assert set(self_alerts.now(make().store)) == {"deaf"}
