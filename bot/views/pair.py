"""A pair in a few lines: what is wrong, who owns its incident, what is next. Used in summaries and App Home."""

from collections.abc import Mapping
from datetime import datetime

from bot.domain.command import Action
from bot.domain.policy import step_words
from bot.domain.situation import Severity
from bot.domain.summary import PairNow
from bot.domain.words import esc, span, when
from bot.views.refusals import words
from bot.views.severity import emoji
from bot.views.wording import term


def state(one: PairNow) -> str:
    """Say how the pair is, in a few words."""
    if one.seen is None:
        return "was never looked at"
    if not one.fresh:
        return "was not looked at lately"
    if one.healthy and one.hindered:
        return f"healthy, but {one.hindered[0].short}"
    return term(one.seen.situation)


def lines(one: PairNow, actions: Mapping[str, Action], now: datetime) -> list[str]:
    """Return the lines about the pair, the worst first, with one thought a line."""
    found = [f"{emoji(one.severity)} *{esc(one.name)}* {state(one)}{_seen_at(one)}{_since(one, now)}"]
    if one.seen and one.severity is Severity.CRITICAL:
        found.append(one.seen.about.says)  # whether users are served
    if one.seen and one.fresh and one.seen.steps:
        found.append(f"Next: {step_words(one.seen.steps[0], actions)}")
    if one.waits:
        found.append(f"⏳ {words(one.waits)}")
    if one.maintenance:
        until = when(one.maintenance.ends_at, "{time}")
        found.append(f"In maintenance until {until}: “{esc(one.maintenance.because)}” (<@{one.maintenance.by}>)")
    found += [words(hindrance.words) for hindrance in one.hindered]
    return found + [f"SMB share: {esc(words)}" for words in one.shares]


def _seen_at(one: PairNow) -> str:
    """Return when the pair was observed so. Empty for a healthy pair, since those are reported together."""
    told = one.seen is not None and one.fresh and not one.healthy
    return f" ({when(one.looked_at, '{time}')})" if told and one.looked_at else ""


def _since(one: PairNow, now: datetime) -> str:
    """Say for how long the incident has been open, whatever its situation was meanwhile, and who owns it.

    For a pair without a recent observation, say when it was last observed instead.
    """
    if one.seen and not one.fresh and one.looked_at:
        return f", last seen {when(one.looked_at, '{date_short_pretty} {time}')}: {term(one.seen.situation)}"
    if one.incident is None:
        return ""
    owner = f"<@{one.incident.owner}> is on it" if one.incident.owner else "nobody is on it"
    return f", incident open for {span((now - one.incident.opened_at).total_seconds())}, {owner}"
