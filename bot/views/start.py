"""The one line that the bot logs when Slack can reach it."""

from collections.abc import Sequence
from dataclasses import dataclass

NAMED = 5  # so many pairs at most are named


@dataclass(frozen=True)
class Start:
    """What has been started. `http_port` is 0 in Socket Mode, and `metrics_port` is 0 if nothing listens there."""

    release: str
    database: str
    http_port: int
    metrics_port: int
    armed: Sequence[str]
    unarmed: Sequence[str]


def started(start: Start) -> str:
    """Return the line: release, transport, database, which pairs are armed and which are not, and the ports."""
    by = f"listens for Slack on port {start.http_port} (HTTP)" if start.http_port else "is connected by Socket Mode"
    port = f"127.0.0.1:{start.metrics_port}" if start.metrics_port else "none"
    facts = [
        f"Pairkeeper {start.release} {by}",
        f"database: {start.database}",
        f"armed: {some(start.armed)}",
        f"not armed: {some(start.unarmed)} (`pairkeeper check` says why)" if start.unarmed else "",
        f"health and metrics: {port}",
    ]
    return "; ".join(filter(None, facts))


def some(names: Sequence[str]) -> str:
    """Return these pairs in words; of many only the first are named."""
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "none"
