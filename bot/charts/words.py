"""What a picture of ribbons shows, in words, for people who do not see it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from bot.charts.rows import Ribbon, Row, counted, rows, served
from bot.charts.theme import MARKS
from bot.charts.times import clock, lasted, minute, period
from bot.domain.timeline import Serving
from bot.views.wording import term

MOST = 900  # characters; Slack takes 1000 of an alternative text
BLIND = timedelta(minutes=5)  # a shorter time without a probe is not mentioned, as a restart takes as long


def described_ribbons(found: Sequence[Ribbon], start: datetime, until: datetime, zone: tzinfo) -> str:
    """Return the same in words: the pairs in their order, and the number of those that were healthy."""
    known = rows(found, start, until)
    full = [one for one in known if not one.quiet]
    parts = [f"{counted(known, minute(until, zone)).rstrip('.')}. {period(start, until, zone)}."]
    parts += [_told(one, zone) for one in full]
    rest = [one for one in known if one.quiet]
    if full and rest:
        parts.insert(1, f"{len(rest)} healthy the whole time.")
    late = [f"{one.pair} for {lasted(one.blind)}" for one in rest if one.blind >= BLIND]
    if late:
        parts.append(f"Nobody looked at {', '.join(late)}.")
    return shortened(parts)


def _told(row: Row, zone: tzinfo) -> str:
    now = f"{term(row.now)} since {clock(row.since, zone)}" if row.now and row.since else "not looked at"
    facts = [now if not row.now or row.serving is not Serving.FULL else "healthy", *_lengths(row)]
    counts = Counter(mark.kind for mark in row.marks)
    facts += [f"{counts[kind]} {kind}" for kind in MARKS if counts[kind]]
    facts += [
        f"maintenance {clock(w.start, zone)} to {clock(w.end, zone)}: {' '.join(w.words.split())}" for w in row.windows
    ]
    return f"{row.pair}: {', '.join(filter(None, facts))}."


def _lengths(row: Row) -> list[str]:
    away = row.share.known - row.share.served
    return [
        f"not served for {lasted(away)}" if away else "",
        f"without a standby for {lasted(row.share.alone)}" if row.share.alone else "",
        f"nobody looked for {lasted(row.blind)}" if row.blind >= BLIND else "",
        served(row) if away else "",
    ]


def shortened(parts: Sequence[str], most: int = MOST) -> str:
    """Return as many of the sentences as fit, and how many were left out."""
    for kept in range(len(parts), 0, -1):
        left = len(parts) - kept
        words = " ".join([*parts[:kept], *([f"And {left} more."] if left else [])])
        if len(words) <= most:
            return words
    return parts[0][: most - 1] + "…" if parts else ""
