"""App Home: every pair as last observed, what waits for this person, and the incidents that they own."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.command import Action
from bot.domain.pending import PendingItems
from bot.domain.runbook import CommandStep
from bot.domain.summary import PairNow, worst_first
from bot.domain.words import esc, span, when
from bot.views.block_budget import Entry, fitted, packed
from bot.views.blocks import LIMIT, Block, button, buttons, section, small
from bot.views.pair import lines
from bot.views.pending import waiting
from bot.views.wording import term

BLOCKS = 100  # blocks that Slack allows in a view
WAITING = 30  # blocks of these for what waits for the person
FEW = 15  # healthy pairs that are listed one by one: a phone shows no more of them at once


def home(
    pairs: Sequence[PairNow],
    waits: PendingItems | None,
    user: str,
    now: datetime,
    actions: Mapping[str, Action],
    image: Block | None = None,
) -> Block:
    """Draw the Home tab: what waits for this person, then the pairs, the worst first.

    Many healthy pairs are listed together. `waits` is None if Slack could not be asked who may approve.
    """
    entries = waiting(waits, now) if waits else []
    blocks = [section(_head(pairs, now, waits, entries))]
    blocks += fitted(entries, WAITING, "more wait for you, or are asked by you: see their cards in the channel")
    blocks += _mine(pairs, user, now)
    blocks.append({"type": "divider"})
    blocks += _pairs(pairs, now, actions, BLOCKS - len(blocks) - 2)
    if image:
        blocks.append(image)
    blocks.append(small(f"As of {when(now, '{time}')}. Drawn anew when something changes."))
    return {"type": "home", "blocks": blocks}


def _head(pairs: Sequence[PairNow], now: datetime, waits: PendingItems | None, entries: Sequence[Entry]) -> str:
    looks = [one.looked_at for one in pairs if one.fresh and one.looked_at]
    oldest = f", the oldest look {span((now - min(looks)).total_seconds())} ago" if looks else ""
    text = f"*Pairkeeper* looks after {len(pairs)} pairs: {len(looks)} seen{oldest}."
    if waits is None:
        return f"{text}\nI could not ask Slack who may approve, so what waits for you is not here: see the channels."
    return text if entries else f"{text}\nNothing waits for you."


def _mine(pairs: Sequence[PairNow], user: str, now: datetime) -> list[Block]:
    """Draw the open incidents that this person owns."""
    lines = [
        f"You are on it: *{esc(one.name)}*, {term(one.incident.latest.situation)} "
        f"({when(one.incident.latest.as_of, '{time}')}), "
        f"open for {span((now - one.incident.opened_at).total_seconds())} (incident {one.incident.id})"
        for one in pairs
        if one.incident and one.incident.owner == user
    ]
    return [section("\n".join(lines))] if lines else []


def _pairs(pairs: Sequence[PairNow], now: datetime, actions: Mapping[str, Action], room: int) -> list[Block]:
    ranked = worst_first(pairs)
    loud = [one for one in ranked if not one.quiet]
    quiet = [one for one in ranked if one.quiet]
    entries = [(one.name, _loud(one, now, actions)) for one in loud]
    rest = [_line(one, f"🟢 *{esc(one.name)}* healthy") for one in quiet]
    if len(rest) > FEW or sum(len(shown) for _, shown in entries) + len(rest) > room:
        rest = _together(quiet)
    left = room - len(rest)
    if sum(len(shown) for _, shown in entries) > left:
        whole = max(left - len(loud), 0)  # so many of the worst pairs can have a row of buttons of their own
        entries[whole:] = [(one.name, [_short(one, now, actions)]) for one in loud[whole:]]
    return fitted(entries, left, "more need a look, by /ha-status &lt;pair&gt;") + rest


def _together(quiet: list[PairNow]) -> list[Block]:
    if not quiet:
        return []
    names = packed((f"🟢 {one.name}" for one in quiet), " · ", LIMIT - 100)
    head = f"*{len(quiet)} healthy*\n"
    return [*map(section, (head + names[0], *names[1:])), small("Any of them: /ha-status &lt;pair&gt;")]


def _line(one: PairNow, text: str) -> Block:
    return section(text) | {"accessory": button("Status", "look", one.name)}


def _short(one: PairNow, now: datetime, actions: Mapping[str, Action]) -> Block:
    """Draw a pair that needs attention, where many do: what is wrong, and the most useful button."""
    leads = button("Recover", "recover", one.name) if one.incident else button("Status", "look", one.name)
    return section("\n".join(lines(one, actions, now))) | {"accessory": leads}


def _loud(one: PairNow, now: datetime, actions: Mapping[str, Action]) -> list[Block]:
    """Draw a pair that needs attention: what is wrong, and up to three buttons."""
    text = "\n".join(lines(one, actions, now))
    seen = one.seen if one.fresh else None
    recover = [button("Recover", "recover", one.name, "primary")] if seen and one.incident else []
    plan = (
        [button("What if…", "plan", one.name)]
        if seen and any(isinstance(step, CommandStep) for step in seen.steps)
        else []
    )
    if not (recover or plan):
        return [_line(one, text)]
    return [section(text), *buttons(*recover, button("Status", "look", one.name), *plan)]
