"""How long a command took on a pair in earlier runs."""

from bot.domain.request import Phase
from bot.domain.runbook import CommandStep
from bot.domain.snapshot import Snapshot
from bot.services import Desk
from bot.store import runs


def took(desk: Desk, pair: str, action: str) -> str:
    """Return in words how long this action's last five successful runs on this pair took; empty if there were none."""
    past = [r for r in runs.latest(desk.store, pair) if r.action == action and r.phase is Phase.SUCCEEDED]
    lasted = [r.lasted(desk.now()) for r in past[:5] if r.ended_at and r.sent_at]
    if not lasted:
        return ""
    low, high = f"{min(lasted):.0f}", f"{max(lasted):.0f}"
    times = "once before" if len(lasted) == 1 else f"the last {len(lasted)} times"
    return f"{low} s {times}" if low == high else f"{low} to {high} s {times}"


def took_next(desk: Desk, seen: Snapshot) -> str:
    """Return the same for the next step of the runbook; empty if that step is not a command."""
    step = seen.steps[0] if seen.steps else None
    return took(desk, seen.pair, step.action) if isinstance(step, CommandStep) else ""
