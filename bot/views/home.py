"""App Home: every pair as it was last seen, and what waits for this person."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.request import RequestView, Stage
from bot.domain.snapshot import Snapshot
from bot.domain.words import age, esc, when
from bot.views.blocks import Block, button, buttons, section, small

MOST = 40  # pairs shown in full: a view takes 100 blocks
ORDER = "🔴⚪🟠🟢"


def home(
    pairs: Sequence[str], seen: Sequence[Snapshot], waiting: Sequence[RequestView], user: str, now: datetime
) -> Block:
    """The Home tab: the worst first; a pair that nobody has looked at yet says so."""
    blocks: list[Block] = [section(f"*Pairkeeper* looks after {len(pairs)} pairs.")]
    for request in waiting:
        blocks += _waiting(request, user)
    blocks.append({"type": "divider"})
    for one in sorted(seen, key=lambda s: (ORDER.find(s.about.glyph), s.pair))[:MOST]:
        blocks += _pair(one, now)
    unseen = [name for name in pairs if name not in {one.pair for one in seen}]
    for name in unseen[:MOST]:
        blocks.append(_line(name, f"⚪ *{esc(name)}* · not looked at yet"))
    if len(pairs) > MOST:
        blocks.append(small(f"{len(pairs) - MOST} more: /ha-status &lt;pair&gt;"))
    return {"type": "home", "blocks": blocks[:100]}


def _line(name: str, text: str) -> Block:
    return section(text) | {"accessory": button("Status", "look", name)}


def _pair(seen: Snapshot, now: datetime) -> list[Block]:
    looked = min(seen.primary.at, seen.secondary.at)
    return [
        _line(
            seen.pair,
            f"{seen.about.glyph} *{esc(seen.pair)}* · {seen.situation}\n{seen.about.says} Seen {age(looked, now)}.",
        )
    ]


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
