"""The emoji of each severity. It is wording only: nothing is decided by an emoji."""

from bot.domain.situation import Severity

EMOJI = {Severity.CRITICAL: "🔴", Severity.UNKNOWN: "⚪", Severity.DEGRADED: "🟠", Severity.HEALTHY: "🟢"}


def emoji(severity: Severity) -> str:
    """Return the emoji that stands before a situation's name."""
    return EMOJI[severity]
