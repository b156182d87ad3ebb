"""How long what is next took before."""

from bot.domain.request import Phase
from bot.domain.runbook import CommandStep
from bot.domain.snapshot import Snapshot
from bot.services import Desk
from bot.store import runs


def took(desk: Desk, pair: str, action: str) -> str:
    """How long the action took on this pair before, in words; empty when it never ran with success."""
    past = [r for r in runs.latest(desk.store, pair) if r.action == action and r.phase is Phase.SUCCEEDED]
    lasted = [r.lasted(desk.now()) for r in past[:5] if r.ended_at and r.sent_at]
    if not lasted:
        return ""
    low, high = f"{min(lasted):.0f}", f"{max(lasted):.0f}"
    times = "once before" if len(lasted) == 1 else f"the last {len(lasted)} times"
    return f"{low} s {times}" if low == high else f"{low} to {high} s {times}"


def took_next(desk: Desk, seen: Snapshot) -> str:
    """The same of the step that is next, where that is a command."""
    step = seen.steps[0] if seen.steps else None
    return took(desk, seen.pair, step.action) if isinstance(step, CommandStep) else ""
