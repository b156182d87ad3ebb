"""Made-up days and months of pairs: always the same, for pictures, tests and the benchmark."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

from bot.charts import Mark, Recovery, Ribbon, Window
from bot.domain.incident import Deed, Durations, IncidentView, Report, TimelineEntry
from bot.domain.situation import SituationCode
from bot.domain.status import State
from bot.domain.timeline import Stretch

LONDON = ZoneInfo("Europe/London")
UNTIL = datetime(2026, 11, 22, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
START = UNTIL - 24 * HOUR
MONTH = UNTIL - timedelta(days=30)
TOWNS = """
    amsterdam athens berlin bern bremen brussels budapest cairo cardiff chicago cork dallas delhi denver
    dublin geneva genoa graz hamburg helsinki hull kyoto lagos leeds leipzig lima lisbon london lyon
    madrid malmo manila milan minsk munich nairobi naples nice oslo oxford paris perth porto prague
    quebec riga rome seoul seville sofia sydney tallinn tokyo toronto turin vienna vilnius warsaw york
    zagreb zurich
""".split()  # noqa: SIM905
KINDS = {  # what both servers are in a situation
    SituationCode.HEALTHY: (State.ACTIVE, State.STANDBY),
    SituationCode.NOT_IN_STEP: (State.ACTIVE, State.STANDBY),
    SituationCode.NO_STANDBY: (State.ACTIVE, State.SILENT),
    SituationCode.PRIMARY_SILENT: (State.SILENT, State.STANDBY),
    SituationCode.PRIMARY_FAILED: (State.FAILED, State.STANDBY),
    SituationCode.SECONDARY_ALONE: (State.SILENT, State.ACTIVE),
    SituationCode.FAILED_OVER: (State.DEMOTED, State.ACTIVE),
    SituationCode.PRIMARY_REPLACED: (State.UNPAIRED, State.ACTIVE),
    SituationCode.SPLIT_BRAIN: (State.ACTIVE, State.ACTIVE),
    SituationCode.BOTH_GONE: (State.SILENT, State.SILENT),
    SituationCode.MY_NETWORK: (State.SILENT, State.SILENT),
    SituationCode.UNSEEN: (State.UNSEEN, State.STANDBY),
    SituationCode.UNKNOWN: (State.UNKNOWN, State.CONFLICT),
    SituationCode.STANDALONE: (State.STANDALONE, State.UNPAIRED),
}


def stretch(start: float, end: float, name: SituationCode = SituationCode.HEALTHY, since: datetime = START) -> Stretch:
    """From so many hours to so many hours after `since`."""
    return Stretch(since + start * HOUR, since + end * HOUR, name, *KINDS[name])


def day(
    pair: str, *changes: tuple[float, SituationCode | None], marks: Sequence[Mark] = (), windows: Sequence[Window] = ()
) -> Ribbon:
    """A day that begins healthy; each change is (hour, what then), None when nobody looks from then on."""
    begins: list[tuple[float, SituationCode | None]] = [(0, SituationCode.HEALTHY), *changes]
    ends = [*(hour for hour, _ in changes), 24.0]
    seen = [stretch(at, end, name) for (at, name), end in zip(begins, ends, strict=True) if name and end > at]
    return Ribbon(pair, seen, marks, windows)


def mark(hour: float, kind: str) -> Mark:
    return Mark(START + hour * HOUR, kind)


def window(start: float, end: float, words: str) -> Window:
    return Window(START + start * HOUR, START + end * HOUR, words)


def quiet(count: int = 14) -> list[Ribbon]:
    return [day(name) for name in TOWNS[:count]]


def bad() -> list[Ribbon]:
    """A split brain going on, a failover that went well, a pair nobody looks at, maintenance; the worst first."""
    over = [
        (9.0, SituationCode.PRIMARY_SILENT),
        (9.6, SituationCode.SECONDARY_ALONE),
        (14.0, SituationCode.FAILED_OVER),
        (16.0, SituationCode.HEALTHY),
    ]
    asked = [mark(20, "asked"), mark(20.3, "approved"), mark(20.5, "run")]
    return [
        day("london", (18.6, SituationCode.SPLIT_BRAIN), marks=asked),
        day("oslo", (22, SituationCode.PRIMARY_SILENT)),
        day("rome", (8, SituationCode.BOTH_GONE), (20, None)),
        day(
            "the-pair-with-the-very-longest-name",
            (3, SituationCode.NO_STANDBY), (3.02, SituationCode.HEALTHY), (21, SituationCode.UNKNOWN),
        ),
        day("paris", *over, marks=[mark(9.3, "asked"), mark(9.5, "approved"), mark(9.6, "run"), mark(15.9, "run")],
            windows=[window(13, 16, "replace the Primary's disk"), window(17, 18, "second look")]),
        day("tokyo", (5, None), (11, SituationCode.HEALTHY), windows=[window(11, 12, "patching")]),
        *(one for one in quiet(20) if one.pair != "bern"),
        day("bern", (0, None), (6, SituationCode.HEALTHY)),
    ]  # fmt: skip


def flapping(pair: str, changes: int, seed: int, since: datetime = START, until: datetime = UNTIL) -> Ribbon:
    """A pair that shows something else all the time."""
    chance, length = random.Random(seed), (until - since) / HOUR
    cuts = [0.0, *sorted(chance.uniform(0, length) for _ in range(changes - 1)), length]
    names = [chance.choice(list(KINDS)) for _ in range(changes)]
    seen = [stretch(one, two, name, since) for one, two, name in zip(cuts, cuts[1:], names, strict=False)]
    marks = [Mark(since + chance.uniform(0, length) * HOUR, kind) for kind in ("asked", "approved", "run")]
    return Ribbon(pair, seen, marks)


def sixty() -> list[Ribbon]:
    """A day on which a third of sixty pairs have something to tell."""
    chance = random.Random(60)
    ill = [flapping(name, chance.choice((2, 3, 5, 300)), place) for place, name in enumerate(TOWNS[40:60])]
    return ill + quiet(40)


def storm() -> list[Ribbon]:
    """Sixty pairs out of reach at once, for a while."""
    return [day(name, (21, SituationCode.MY_NETWORK), (22.5, SituationCode.HEALTHY)) for name in TOWNS[:60]]


def month(seed: int, days: int = 30) -> list[Stretch]:
    """A pair over some days up to UNTIL: mostly healthy, with faults and holes."""
    chance, at, found = random.Random(seed), UNTIL - timedelta(days=days), []
    while at < UNTIL:
        for name, hours in (
            (SituationCode.HEALTHY, chance.uniform(20, 90)),
            (
                chance.choice(
                    (SituationCode.PRIMARY_SILENT, SituationCode.NO_STANDBY, SituationCode.FAILED_OVER, None)
                ),
                chance.expovariate(1),
            ),
        ):
            end = min(at + hours * HOUR, UNTIL)
            if name and end > at:
                found.append(Stretch(at, end, name, *KINDS[name]))
            at = end
    return found


def recoveries(count: int, seed: int = 5) -> list[Recovery]:
    """So many incidents within a month."""
    chance = random.Random(seed)

    def took(mean: float, never: float) -> float | None:
        return None if chance.random() < never else chance.expovariate(1 / mean)

    return sorted(
        (
            Recovery(
                chance.choice(TOWNS),
                MONTH + timedelta(days=chance.uniform(0, 30)),
                Durations(took(40, 0.1), took(300, 0.1), took(500, 0.2), took(3000, 0.1)),
            )
            for _ in range(count)
        ),
        key=lambda one: one.at,
    )


def report(minutes: float = 14) -> Report:
    """The incident of the README: a split brain, demoted and failed back."""
    begun = UNTIL
    asked, approved, sending = Deed.ASKED, Deed.APPROVED, Deed.SENDING
    done = ((1, asked), (4, approved), (5, sending), (9, asked), (10, approved), (11, sending))
    states = ((0.0, "active", "active"), (5.1, "demoted", "active"), (11.5, "active", "standby"))
    return Report(
        incident=cast(IncidentView, SimpleNamespace(pair="london", id=7)),
        timeline=tuple(
            TimelineEntry(begun + timedelta(minutes=at), deed, "U0ALICE") for at, deed in done if at < minutes
        ),
        durations=Durations(40, 60, 180, 690),
        states=tuple((begun + timedelta(minutes=at), one, two) for at, one, two in states if at < minutes),
        transcripts=(),
    )
