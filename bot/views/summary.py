"""A health summary: the worst first; a quiet day fits on a phone's screen."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.command import Action
from bot.domain.incident import Durations
from bot.domain.summary import Over, PairNow, Period, Summary, Times
from bot.domain.timeline import Share
from bot.domain.verdict import step_words
from bot.domain.words import esc, span, when
from bot.views.blocks import Block, button, section, small

MOST = 20  # pairs that are told of one by one: a message takes 50 blocks
BEFORE = "the same time before"


def summary_text(found: Summary) -> str:
    """The point in one line."""
    wrong = [one for one in found.worst_first if not one.quiet]
    seen, _ = found.covered
    if not wrong:
        return f"🟢 PAM health: {_all(len(found.pairs))} healthy"
    names = ", ".join(f"{one.name} {_state(one)}" for one in wrong[:5])
    more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    return f"{found.glyph} PAM health: {names}{more}. {seen} of {len(found.pairs)} pairs seen"


def summary(
    found: Summary, actions: Mapping[str, Action], zone: str = "UTC", image: Block | None = None
) -> list[Block]:
    """The whole of it."""
    wrong = [one for one in found.worst_first if not one.quiet]
    blocks = [section(_head(found, zone))]
    blocks += [_pair(one, actions, found.at) for one in wrong[:MOST]]
    if len(wrong) > MOST:
        blocks.append(small(f"{len(wrong) - MOST} more: /ha-status &lt;pair&gt;"))
    if said := _since(found):
        blocks.append(section(said))
    blocks.append(section("\n".join(_figures(found))))
    return [*blocks, *([image] if image else [])]


def _head(found: Summary, zone: str) -> str:
    day = found.at.astimezone(ZoneInfo(zone))
    worked_on = sum(one.maintenance is not None for one in found.pairs)
    wrong = sum(not (one.quiet or one.maintenance) for one in found.pairs)
    count = len(found.pairs)
    state = f"{wrong} of {count} pairs need a look" if wrong else f"{_all(count)} healthy"
    if worked_on == count:
        state = f"{_all(count)} in maintenance"
    elif worked_on:
        state += f", {worked_on} in maintenance"
    late = f"\n{found.missed} earlier ones were not sent: I was not there." if found.missed else ""
    return f"{found.glyph} *PAM health* · {day:%a} {day.day} {day:%b} · {state} · {_coverage(found)}{late}"


def _all(count: int) -> str:
    return f"all {count} pairs" if count > 1 else "the one pair is"


def _coverage(found: Summary) -> str:
    seen, oldest = found.covered
    if oldest is None:
        return "no pair was seen lately"
    if seen == len(found.pairs):
        return f"seen in the last {span(oldest)}"
    return f"{seen} of {len(found.pairs)} seen, the oldest look {span(oldest)} ago"


def _state(one: PairNow) -> str:
    if one.seen is None:
        return "was never looked at"
    if not one.fresh:
        return "was not looked at lately"
    return str(one.seen.situation)


def _pair(one: PairNow, actions: Mapping[str, Action], now: datetime) -> Block:
    """What is the matter, who is on it, what is next."""
    lines = [f"{one.glyph} *{esc(one.name)}* {_state(one)}{_age(one, now)}"]
    if one.incident:
        lines.append(f"On it: <@{one.incident.owner}>" if one.incident.owner else "Nobody is on it.")
    if one.seen and one.fresh and one.seen.steps:
        lines.append(f"Next: {step_words(one.seen.steps[0], actions)}")
    if one.waits:
        lines.append(f"⏳ {one.waits}")
    if one.maintenance:
        until = when(one.maintenance.ends_at, "{time}")
        lines.append(f"In maintenance until {until}: “{esc(one.maintenance.because)}” (<@{one.maintenance.by}>)")
    lines += [f"SMB share: {esc(words)}" for words in one.shares]
    return section("\n".join(lines)) | {"accessory": button("Status", "look", one.name)}


def _age(one: PairNow, now: datetime) -> str:
    if not one.fresh:
        return f", last seen {when(one.looked_at, '{date_short} {time}')}" if one.looked_at else ""
    if one.incident is None:
        return ""
    return f" for {span((now - one.incident.opened_at).total_seconds())} (incident {one.incident.id})"


def _since(found: Summary) -> str:
    """What is over since the last summary."""
    if not found.over:
        return ""
    since = when(found.since, "{date_short_pretty} {time}") if found.since else "yesterday"
    return "\n".join([f"*Since {since}*", *(_over(one) for one in found.over[-8:])])


def _over(one: Over) -> str:
    incident = one.incident
    end = incident.closed_at or incident.opened_at
    lasted = span((end - incident.opened_at).total_seconds())
    people = ", ".join(f"<@{who}>" for who in one.people)
    by = f" ({people})" if people else ""
    return f"{esc(incident.pair)}: {incident.first.situation}, healthy again after {lasted}{by}"


def _figures(found: Summary) -> list[str]:
    lines = ["Availability: " + " · ".join(f"{one.label} {percent(one.now)}" for one in found.periods)]
    longest = found.periods[-1]
    lines[0] += f" ({BEFORE} {percent(longest.before)})" if longest.before.known else ""
    alone = [f"{span(one.now.alone.total_seconds())} of {one.label}" for one in found.periods if one.now.alone]
    if alone:
        lines.append("Without a standby: " + " · ".join(alone))
    if found.times.count:
        lines.append(_times(found.times, longest, found.times_before))
    return lines


def _times(now: Times, over: Period, before: Times) -> str:
    count = "1 incident" if now.count == 1 else f"{now.count} incidents"
    text = f"{count} in {over.label}: {_took(now.durations)}"
    return text + (f" ({BEFORE} {before.count}: {_took(before.durations)})" if before.count else "")


def _took(found: Durations) -> str:
    parts = (
        ("seen in", found.detect),
        ("taken in", found.acknowledge),
        ("decided in", found.decide),
        ("recovered in", found.recover),
    )
    return ", ".join(f"{what} {span(value)}" for what, value in parts if value is not None)


def percent(found: Share) -> str:
    """Cut, not rounded: what was not always there is never 100 %."""
    if found.availability is None:
        return "not known"
    return f"{int(found.availability * 10000) / 100:g} %"
