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


def state(pair: PairNow) -> str:
    """Say how the pair is, in a few words."""
    if pair.seen is None:
        return "was never looked at"
    if not pair.fresh:
        return "was not looked at lately"
    if pair.healthy and pair.hindered:
        return f"healthy, but {pair.hindered[0].short}"
    return term(pair.seen.situation)


def lines(pair: PairNow, actions: Mapping[str, Action], now: datetime) -> list[str]:
    """Return the lines about the pair, the worst first, with one thought a line."""
    shown = [f"{emoji(pair.severity)} *{esc(pair.name)}* {state(pair)}{_seen_at(pair)}{_since(pair, now)}"]
    if pair.seen and pair.severity is Severity.CRITICAL:
        shown.append(pair.seen.about.says)  # whether users are served
    if pair.seen and pair.fresh and pair.seen.steps:
        shown.append(f"Next: {step_words(pair.seen.steps[0], actions)}")
    if pair.waits:
        shown.append(f"⏳ {words(pair.waits)}")
    if pair.maintenance:
        until = when(pair.maintenance.ends_at, "{time}")
        shown.append(f"In maintenance until {until}: “{esc(pair.maintenance.because)}” (<@{pair.maintenance.by}>)")
    shown += [words(hindrance.words) for hindrance in pair.hindered]
    return shown + [f"SMB share: {esc(words)}" for words in pair.shares]


def _seen_at(pair: PairNow) -> str:
    """Return when the pair was observed so. Empty for a healthy pair, since those are reported together."""
    stated = pair.seen is not None and pair.fresh and not pair.healthy
    return f" ({when(pair.looked_at, '{time}')})" if stated and pair.looked_at else ""


def _since(pair: PairNow, now: datetime) -> str:
    """Say for how long the incident has been open, whatever its situation was meanwhile, and who owns it.

    For a pair without a recent observation, say when it was last observed instead.
    """
    if pair.seen and not pair.fresh and pair.looked_at:
        return f", last seen {when(pair.looked_at, '{date_short_pretty} {time}')}: {term(pair.seen.situation)}"
    if pair.incident is None:
        return ""
    owner = f"<@{pair.incident.owner}> is on it" if pair.incident.owner else "nobody is on it"
    return f", incident open for {span((now - pair.incident.opened_at).total_seconds())}, {owner}"
