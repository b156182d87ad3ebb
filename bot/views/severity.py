"""The emoji of each severity: wording, by which nothing is decided."""

from bot.domain.situation import Severity

EMOJI = {Severity.CRITICAL: "🔴", Severity.UNKNOWN: "⚪", Severity.DEGRADED: "🟠", Severity.HEALTHY: "🟢"}


def emoji(severity: Severity) -> str:
    """What stands before the name of a situation."""
    return EMOJI[severity]
