"""The past of pairs as files: ribbons, calendars, recovery times, and an HTML page with all of them in words too."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from itertools import dropwhile, islice
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot import charts
from bot.domain import summary
from bot.domain.errors import CannotDraw, Refusal, RefusalCode
from bot.domain.pair import Pair
from bot.services import Desk
from bot.services.history import days_of, recoveries_of, ribbons_of
from bot.services.summaries import pair_now
from bot.views import html
from bot.views.html import Picture

UNSAFE = re.compile(r"[^\w.-]+")  # characters that a file's name must not hold
MONTH = 30  # days of the last month's pictures
SHORTEST = timedelta(minutes=10)  # of the last day's picture, however little is known
FEW = 12  # up to so many pairs get a calendar each


@dataclass(frozen=True)
class ReportPicture:
    """One picture. `name` is its file's name without the ending, and `words` say what it shows.

    `draw` returns the PNG; its argument asks for dark colours.
    """

    name: str
    title: str
    words: str
    draw: Callable[[bool], bytes]


def write_report(desk: Desk, names: Sequence[str], days: int, zone: str, folder: Path, page: bool) -> list[Path]:
    """Draw these pairs, or all pairs for none, into files, and return their paths. Raises CannotDraw and Refusal."""
    try:
        found = report(desk, names, days, _zone(zone))
        return write(found, folder, page, f"PAM pairs, {days} days to {desk.now():%Y-%m-%d}")
    except charts.NoPictures as error:
        raise CannotDraw(str(error)) from None
    except OSError as error:
        raise CannotDraw(f"I cannot write into {folder}: {error.strerror}. Choose another folder with --out.") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CannotDraw(f"I know no time zone “{name}”. Nothing was drawn. Write it as Europe/London.") from None


def report(desk: Desk, names: Sequence[str], days: int, zone: tzinfo) -> list[ReportPicture]:
    """Return the pictures of these pairs, or of all pairs for none.

    Raises Refusal if there is no observation of any.
    """
    pairs = worst_first(desk, [desk.pair(name) for name in dict.fromkeys(names)] or desk.pairs().values())
    until = desk.now()
    start = until - timedelta(days=days)
    found = ribbons_of(desk, pairs, start, until)
    if not any(one.stretches for one in found):
        raise Refusal(RefusalCode.NOTHING_TO_DRAW, days=days)
    first = _known_from(found, start)
    return [
        _ribbons(found, first, until, zone),
        *_calendars(found, first, until, zone),
        _times(desk, pairs, days, first, zone),
    ]


def last_day_of(desk: Desk, names: Collection[str], zone: tzinfo) -> ReportPicture:
    """Return the ribbons of these pairs, or of all pairs for none, over the last day."""
    until = desk.now()
    start = until - timedelta(days=1)
    found = ribbons_of(desk, _chosen(desk, names), start, until)
    first = min(_known_from(found, start), until - SHORTEST)
    return replace(_ribbons(found, first, until, zone), name="last-day")


def last_month_of(desk: Desk, names: Collection[str], zone: tzinfo) -> list[ReportPicture]:
    """Return the last month's calendar of these pairs together, or of all pairs for none, and how long incidents took.

    The second picture is left out if there were no incidents in this month and the one before.
    """
    pairs, until = _chosen(desk, names), desk.now()
    start = until - timedelta(days=MONTH)
    ribbons = ribbons_of(desk, pairs, start, until)
    first = _known_from(ribbons, start)
    found = _calendars(ribbons, first, until, zone)
    known = [pair.name for pair in pairs]
    incidents = recoveries_of(desk, known, start - timedelta(days=MONTH), until)
    return [*islice(found, 1), *([_times(desk, pairs, MONTH, first, zone)] if incidents else [])]


def _chosen(desk: Desk, names: Collection[str]) -> list[Pair]:
    """Return the pairs as the settings have them now, worst first. A pair that is no longer there is left out."""
    return worst_first(desk, [pair for name, pair in desk.pairs().items() if not names or name in names])


def worst_first(desk: Desk, pairs: Iterable[Pair]) -> list[Pair]:
    """Return the pairs in the order in which the texts tell of them."""
    known = {pair.name: pair for pair in pairs}
    now = desk.now()
    return [known[one.name] for one in summary.worst_first(pair_now(desk, pair, now) for pair in known.values())]


def _known_from(found: Iterable[charts.Ribbon], start: datetime) -> datetime:
    """Return when the first of these pairs was first observed after `start`, so that a picture begins there."""
    return min((one.stretches[0].start for one in found if one.stretches), default=start)


def _ribbons(found: list[charts.Ribbon], start: datetime, until: datetime, zone: tzinfo) -> ReportPicture:
    words = charts.described_ribbons(found, start, until, zone)
    return ReportPicture(
        "ribbons", "Pairs over time", words, lambda dark: charts.ribbons(found, start, until, zone, dark)
    )


def _calendars(found: list[charts.Ribbon], start: datetime, until: datetime, zone: tzinfo) -> Iterator[ReportPicture]:
    groups = {f"All {len(found)} pairs": found} if len(found) > 1 else {}
    if len(found) <= FEW:
        groups |= {one.pair: [one] for one in found}
    for title, group in groups.items():
        name = "calendar" if len(group) > 1 else f"calendar-{UNSAFE.sub('-', group[0].pair)}"
        yield _calendar(name, title, days_of(group, start, until, zone), zone)


def _calendar(name: str, title: str, found: list[charts.Day], zone: tzinfo) -> ReportPicture:
    found = list(dropwhile(lambda day: not day.share.known, found)) or found
    return ReportPicture(
        name,
        f"Availability: {title}",
        charts.described_calendar(found, title, zone),
        lambda dark: charts.calendar(found, title, zone, dark),
    )


def _times(desk: Desk, pairs: Sequence[Pair], days: int, first: datetime, zone: tzinfo) -> ReportPicture:
    until, length = desk.now(), timedelta(days=days)
    start, names = until - length, [pair.name for pair in pairs]
    now, before = (recoveries_of(desk, names, at, at + length) for at in (start, start - length))
    words = charts.described_recoveries(now, before)
    return ReportPicture(
        "recoveries",
        "How long incidents took",
        words,
        lambda dark: charts.recoveries(now, before, first, until, zone, dark),
    )


def write(found: Sequence[ReportPicture], folder: Path, page: bool, title: str) -> list[Path]:
    """Write each picture, light and dark, and the page, or without it the words beside each picture.

    Returns the paths.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, bytes] = {}
    for one in found:
        files |= {f"{one.name}.png": one.draw(False), f"{one.name}-dark.png": one.draw(True)}
        if not page:
            files[f"{one.name}.txt"] = f"{one.words}\n".encode()
    if page:
        shown = [Picture(f"{one.name}.png", f"{one.name}-dark.png", one.words, one.title) for one in found]
        files["report.html"] = html.page(title, pictures=shown).encode()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]
