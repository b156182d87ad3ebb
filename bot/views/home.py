"""App Home: every pair as it was last seen, what waits for this person, and what they have taken on."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.command import Action
from bot.domain.request import RequestView, Stage
from bot.domain.runbook import Do
from bot.domain.summary import ORDER, PairNow
from bot.domain.verdict import step_words
from bot.domain.words import esc, span, when
from bot.views.blocks import Block, button, buttons, section, small

BLOCKS = 100  # that a view takes


def home(
    pairs: Sequence[PairNow],
    waiting: Sequence[RequestView],
    user: str,
    now: datetime,
    actions: Mapping[str, Action],
    image: Block | None = None,
) -> Block:
    """The Home tab: what waits for this person, then the worst first; healthy pairs together where there are many."""
    blocks = [section(_head(pairs, now))]
    for request in waiting[:10]:
        blocks += _waiting(request, user)
    blocks += _mine(pairs, user, now)
    blocks.append({"type": "divider"})
    blocks += _pairs(pairs, now, actions, BLOCKS - len(blocks) - 2)
    if image:
        blocks.append(image)
    blocks.append(small(f"As of {when(now, '{time}')}. Drawn anew when something changes."))
    return {"type": "home", "blocks": blocks}


def _head(pairs: Sequence[PairNow], now: datetime) -> str:
    looks = [one.looked_at for one in pairs if one.fresh and one.looked_at]
    oldest = f", the oldest look {span((now - min(looks)).total_seconds())} ago" if looks else ""
    return f"*Pairkeeper* looks after {len(pairs)} pairs: {len(looks)} seen{oldest}."


def _mine(pairs: Sequence[PairNow], user: str, now: datetime) -> list[Block]:
    """What this person has taken on and not brought to its end."""
    lines = [
        f"You are on it: *{esc(one.name)}*, {one.incident.latest.situation}, "
        f"open for {span((now - one.incident.opened_at).total_seconds())} (incident {one.incident.id})"
        for one in pairs
        if one.incident and one.incident.owner == user
    ]
    return [section("\n".join(lines))] if lines else []


def _pairs(pairs: Sequence[PairNow], now: datetime, actions: Mapping[str, Action], room: int) -> list[Block]:
    ranked = sorted(pairs, key=lambda one: (one.quiet, ORDER.find(one.glyph), one.name))
    loud = [one for one in ranked if not one.quiet]
    quiet = [one for one in ranked if one.quiet]
    blocks: list[Block] = []
    for one in loud:
        blocks += _loud(one, now, actions)
    left = room - len(blocks)
    if len(quiet) <= left:
        return blocks + [_line(one, f"🟢 *{esc(one.name)}* healthy") for one in quiet]
    most = room - 3  # for the healthy ones, and for those that there is no room for
    cut = len(loud) if len(blocks) <= most else most // 2
    blocks = blocks[: 2 * cut] if cut < len(loud) else blocks
    if cut < len(loud):
        blocks.append(small(f"{len(loud) - cut} more need a look: " + ", ".join(esc(one.name) for one in loud[cut:])))
    return blocks + _together(quiet)


def _together(quiet: list[PairNow]) -> list[Block]:
    names = " · ".join(f"🟢 {esc(one.name)}" for one in quiet)
    return [section(f"*{len(quiet)} healthy*\n{names}"), small("Any of them: /ha-status &lt;pair&gt;")]


def _line(one: PairNow, text: str) -> Block:
    return section(text) | {"accessory": button("Status", "look", one.name)}


def _loud(one: PairNow, now: datetime, actions: Mapping[str, Action]) -> list[Block]:
    """A pair that needs a look: what is the matter, and three ways to go on."""
    text = "\n".join(_words(one, now, actions))
    if one.seen is None or not one.fresh:
        return [_line(one, text)]
    found = [button("Status", "look", one.name)]
    if one.incident:
        found.insert(0, button("Recover", "recover", one.name, "primary"))
    if any(isinstance(step, Do) for step in one.seen.steps):
        found.append(button("What if…", "plan", one.name))
    return [section(text), *buttons(*found)]


def _words(one: PairNow, now: datetime, actions: Mapping[str, Action]) -> list[str]:
    if one.seen is None:
        return [f"⚪ *{esc(one.name)}* not looked at yet"]
    last = when(one.looked_at, "{time}") if one.looked_at else "never"
    if not one.fresh:
        return [f"⚪ *{esc(one.name)}* not looked at since {last}; it was: {one.seen.situation}"]
    lines = [f"{one.glyph} *{esc(one.name)}* {one.seen.situation}"]
    if one.incident:
        owner = f"<@{one.incident.owner}> is on it" if one.incident.owner else "nobody is on it"
        lines[0] += f" for {span((now - one.incident.opened_at).total_seconds())}, {owner}"
    if one.seen.steps:
        lines.append(f"Next: {step_words(one.seen.steps[0], actions)}")
    if one.waits:
        lines.append(f"⏳ {one.waits}")
    if one.maintenance:
        lines.append(f"In maintenance until {when(one.maintenance.ends_at, '{time}')}")
    return lines + [f"SMB share: {esc(words)}" for words in one.shares]


def _waiting(request: RequestView, user: str) -> list[Block]:
    what = f"⏳ *{request.action}* on *{esc(request.pair)}* is {request.stage}"
    text = f"{what}, asked by <@{request.requester}>: “{esc(request.reason)}”"
    if request.stage is not Stage.PENDING:
        return [section(text)]
    found = [section(f"{text}\nIt expires {when(request.expires_at)}. The card is in <#{request.channel}>.")]
    if request.requester == user:
        return found + buttons(button("Withdraw", "withdraw", str(request.id)))
    approve = button(f"Approve {request.action.removeprefix('ha-')}…", "approve", str(request.id), "danger")
    return found + buttons(approve, button("Deny…", "deny", str(request.id)))
