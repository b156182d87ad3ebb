"""All pairs at a glance: the answer to `/ha-status` without a pair, and the list of pairs in App Home."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.command import Action
from bot.domain.runbook import CommandStep
from bot.domain.summary import PairNow, worst_first
from bot.domain.words import esc, span
from bot.views.block_budget import fitted, packed
from bot.views.blocks import LIMIT, Block, button, buttons, section, small
from bot.views.pair import lines
from bot.views.severity import emoji

BLOCKS = 50  # blocks that Slack allows in a message
FEW = 15  # healthy pairs that are listed one by one: a phone shows no more of them at once


def overview(pairs: Sequence[PairNow], now: datetime, actions: Mapping[str, Action]) -> tuple[str, list[Block]]:
    """Draw every pair as last observed, with a button for each. Nothing is asked of a server for it."""
    worst = worst_first(pairs)[0]
    wrong = sum(not pair.quiet for pair in pairs)
    need = f"{wrong} of {len(pairs)} pairs {'needs' if wrong == 1 else 'need'} a look"
    text = f"{emoji(worst.severity)} {need if wrong else f'All {len(pairs)} pairs healthy'} · {_seen(pairs, now)}"
    return text, [section(f"*{text}*"), *pair_list(pairs, now, actions, BLOCKS - 1)]


def seen_lately(pairs: Sequence[PairNow]) -> tuple[str, datetime | None]:
    """Return how many pairs were observed lately, in words, and when the oldest of these observations was made."""
    looks = [pair.looked_at for pair in pairs if pair.fresh and pair.looked_at]
    return f"{'all' if len(looks) == len(pairs) else f'{len(looks)} of {len(pairs)}'} seen", min(looks, default=None)


def _seen(pairs: Sequence[PairNow], now: datetime) -> str:
    count, oldest = seen_lately(pairs)
    return f"{count} within {span((now - oldest).total_seconds())}" if oldest else count


def pair_list(pairs: Sequence[PairNow], now: datetime, actions: Mapping[str, Action], room: int) -> list[Block]:
    """Draw the pairs in at most `room` blocks, the worst first, each with a button.

    Many healthy pairs are listed together.
    """
    ranked = worst_first(pairs)
    loud = [pair for pair in ranked if not pair.quiet]
    quiet = [pair for pair in ranked if pair.quiet]
    entries = [(pair.name, _loud(pair, now, actions)) for pair in loud]
    rest = [_line(pair, f"🟢 *{esc(pair.name)}* healthy") for pair in quiet]
    if len(rest) > FEW or sum(len(shown) for _, shown in entries) + len(rest) > room:
        rest = _together(quiet)
    left = room - len(rest)
    if sum(len(shown) for _, shown in entries) > left:
        whole = max(left - len(loud), 0)  # so many of the worst pairs can have a row of buttons of their own
        entries[whole:] = [(pair.name, [_short(pair, now, actions)]) for pair in loud[whole:]]
    return fitted(entries, left, "more need a look, by /ha-status &lt;pair&gt;") + rest


def _together(quiet: list[PairNow]) -> list[Block]:
    if not quiet:
        return []
    names = packed((f"🟢 {pair.name}" for pair in quiet), " · ", LIMIT - 100)
    head = f"*{len(quiet)} healthy*\n"
    return [*map(section, (head + names[0], *names[1:])), small("Any of them: /ha-status &lt;pair&gt;")]


def _line(pair: PairNow, text: str) -> Block:
    return section(text) | {"accessory": button("Status", "look", pair.name)}


def _short(pair: PairNow, now: datetime, actions: Mapping[str, Action]) -> Block:
    """Draw a pair that needs attention, where many do: what is wrong, and the most useful button."""
    leads = button("Next step", "recover", pair.name) if pair.incident else button("Status", "look", pair.name)
    return section("\n".join(lines(pair, actions, now))) | {"accessory": leads}


def _loud(pair: PairNow, now: datetime, actions: Mapping[str, Action]) -> list[Block]:
    """Draw a pair that needs attention: what is wrong, and up to three buttons."""
    text = "\n".join(lines(pair, actions, now))
    seen = pair.seen if pair.fresh else None
    next_step = [button("Next step", "recover", pair.name, "primary")] if seen and pair.incident else []
    plan = (
        [button("What if…", "plan", pair.name)]
        if seen and any(isinstance(step, CommandStep) for step in seen.steps)
        else []
    )
    if not (next_step or plan):
        return [_line(pair, text)]
    return [section(text), *buttons(*next_step, button("Status", "look", pair.name), *plan)]
