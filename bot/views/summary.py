"""A health summary, the worst first. A quiet day fits on a phone's screen."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from zoneinfo import ZoneInfo

from bot.domain.command import Action
from bot.domain.incident import Durations
from bot.domain.summary import PERIODS, EndedIncident, PairNow, Period, Summary, Times
from bot.domain.timeline import Availability
from bot.domain.words import esc, span, when
from bot.views.block_budget import ELEMENT, packed
from bot.views.blocks import Block, button, section, small
from bot.views.incident import ended
from bot.views.pair import lines, state
from bot.views.severity import emoji
from bot.views.wording import term

MOST = 20  # pairs that have a block of their own: a message takes 50 blocks
TOLD = 3  # how many ended incidents are named


def summary_text(shown: Summary) -> str:
    """Return the summary in one line."""
    wrong = [pair for pair in shown.worst_first if not pair.quiet]
    if not wrong:
        return f"🟢 PAM health: {_all(shown)} healthy"
    names = ", ".join(
        f"{pair.name} {state(pair)}{', in maintenance' if pair.maintenance else ''}" for pair in wrong[:5]
    )
    more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    return f"{emoji(shown.severity)} PAM health: {names}{more}. {_coverage(shown).capitalize()}"


def summary(
    shown: Summary, actions: Mapping[str, Action], zone: str = "UTC", images: Sequence[Block] = ()
) -> list[Block]:
    """Draw the whole summary: four lines on a quiet day, else each pair that needs a look in a block of its own."""
    wrong = [pair for pair in shown.worst_first if not pair.quiet]
    if not wrong:
        return [section("\n".join([_head(shown, zone), *_since(shown), *_figures(shown)])), *_more(shown), *images]
    blocks = [section(_head(shown, zone))]
    blocks += [_pair(pair, actions, shown.at) for pair in wrong[:MOST]]
    if len(wrong) > MOST:
        names = packed((pair.name for pair in wrong[MOST:]), ", ", ELEMENT - 100)
        blocks.append(small(f"{len(wrong) - MOST} more, by /ha-status &lt;pair&gt;: {names[0]}", *names[1:]))
    return [*blocks, section("\n".join([*_since(shown), *_figures(shown)])), *_more(shown), *images]


def _head(shown: Summary, zone: str) -> str:
    day = shown.at.astimezone(ZoneInfo(zone))
    worked_on = sum(pair.maintenance is not None for pair in shown.pairs)
    wrong = sum(not (pair.quiet or pair.maintenance) for pair in shown.pairs)
    count = len(shown.pairs)
    state = _wrong(shown, wrong) if wrong else f"{_all(shown)} healthy"
    if worked_on == count:
        state = f"{_all(shown)} in maintenance"
    elif worked_on:
        state = state if wrong else f"{count - worked_on} of {count} pairs healthy"
        state += f", {worked_on} in maintenance"
    missed = "1 earlier one was" if shown.missed == 1 else f"{shown.missed} earlier ones were"
    late = f" · {missed} not sent: I wasn't running" if shown.missed else ""
    date = f"{day:%a} {day.day} {day:%b}"
    return f"{emoji(shown.severity)} *PAM health · {date}* · {state}, {_coverage(shown)}{late}"


def _wrong(shown: Summary, wrong: int) -> str:
    count = len(shown.pairs)
    if count == 1:
        return f"{esc(shown.pairs[0].name)} needs a look"
    return f"{wrong} of {count} pairs {'needs' if wrong == 1 else 'need'} a look"


def _all(shown: Summary) -> str:
    """Return all pairs as their number, or a single pair by its name."""
    count = len(shown.pairs)
    return f"{esc(shown.pairs[0].name)} is" if count == 1 else f"all {count} pairs"


def _coverage(shown: Summary) -> str:
    seen, oldest = shown.covered
    if oldest is None:
        return "none seen lately"
    if seen == len(shown.pairs):
        every = "all seen" if seen > 1 else "seen"
        return f"{every} within {span(oldest)}" if oldest >= 1 else f"{every} just now"
    return f"{seen} of {len(shown.pairs)} seen, the oldest look {span(oldest)} ago"


def _pair(pair: PairNow, actions: Mapping[str, Action], now: datetime) -> Block:
    return section("\n".join(lines(pair, actions, now))) | {"accessory": button("Status", "look", pair.name)}


def _since(shown: Summary) -> list[str]:
    """Say in one line which incidents have ended since the last summary, the newest first."""
    if not shown.over:
        return []
    since = when(shown.since, "{date_short_pretty} {time}") if shown.since else "yesterday"
    return [f"Since {since}: {'; '.join(_over(incident) for incident in reversed(shown.over[-TOLD:]))}."]


def _more(shown: Summary) -> list[Block]:
    """Name the pairs of the other incidents that have ended."""
    others = shown.over[:-TOLD]
    names = packed(dict.fromkeys(entry.incident.pair for entry in others), ", ", ELEMENT - 100)
    return [small(f"{len(others)} more are over: {names[0]}", *names[1:])] if names else []


def _over(one: EndedIncident) -> str:
    incident = one.incident
    end = incident.closed_at or incident.opened_at
    lasted = span((end - incident.opened_at).total_seconds())
    people = ", ".join(f"<@{who}>" for who in one.people)
    by = f" ({people})" if people else ""
    began, how = (
        ("opened by hand", "closed") if incident.by_hand else (term(incident.first.situation), ended(incident)[1])
    )
    return f"{esc(incident.pair)}: {began}, {how} after {lasted}{by}"


def _figures(shown: Summary) -> list[str]:
    """Say how available the pairs were, and in a second line how incidents went and how long there was no standby."""
    available = "Availability, at least: " + " · ".join(_compared(period, percent) for period in shown.periods)
    known = shown.known_since
    if known and known > shown.at - max(length for _, length in PERIODS):
        lasted = span((shown.at - known).total_seconds())
        available += f" · known only since {when(known, '{date_short_pretty} {time}')} ({lasted})"
    others = _times(shown.times, shown.times_before, shown.periods[-1])
    if alone := [_compared(period, _alone) for period in shown.periods if period.now.alone or period.before.alone]:
        others.append("without a standby: " + ", ".join(alone))
    return [available, *([" · ".join(others)] if others else [])]


def _compared(period: Period, words: Callable[[Availability], str]) -> str:
    """Say a figure for this period, and what it was in the same time before it."""
    before = f" (was {words(period.before)})" if period.before.known else ""
    return f"{words(period.now)} in {period.label}{before}"


def _alone(availability: Availability) -> str:
    return span(availability.alone.total_seconds()) if availability.known else "not known"


def _times(now: Times, before: Times, period: Period) -> list[str]:
    if not (now.count or before.count):
        return []
    count = {0: "No incident ended", 1: "1 incident ended"}.get(now.count, f"{now.count} incidents ended")
    parts = [words for what, have in TOOK if (words := _took(what, have(now.durations), have(before.durations)))]
    head = f"{count} in {period.label}" + (f" (was {before.count})" if before.count or period.before.known else "")
    return [f"{head}: {', '.join(parts)}" if parts else head]


def _took(what: str, now: float | None, before: float | None) -> str:
    if now is None:
        return ""
    return f"{what} {span(now)}" + (f" (was {span(before)})" if before is not None else "")


TOOK: tuple[tuple[str, Callable[[Durations], float | None]], ...] = (
    ("seen in", attrgetter("detect")),
    ("acknowledged in", attrgetter("acknowledge")),
    ("decided in", attrgetter("decide")),
    ("recovered in", attrgetter("recover")),
)


def percent(availability: Availability) -> str:
    """Return the availability as a percentage. It is cut, not rounded: 100 % means always served."""
    return f"{availability.served * 10000 // availability.known / 100:g} %" if availability.known else "not known"
