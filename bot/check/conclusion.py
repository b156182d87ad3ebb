"""The last line of the check: which pairs are armed, why others are not, and what to do next."""

from collections.abc import Sequence

from bot.check.finding import Finding
from bot.views.start import some

LONGEST = 100  # characters of a finding's words; all of them stand above
AGAIN = "then `pairkeeper check` again"


def conclusion(findings: Sequence[Finding]) -> str:
    """Return the findings in one sentence."""
    shared = [finding for finding in findings if not finding.right and not finding.pair]
    armed = armed_pairs(findings)
    hindered = {finding.pair: finding for finding in reversed(findings) if not finding.right and finding.pair}
    parts = [f"{some(armed)} armed" if armed else "no pair is armed"]
    parts += [f"{name} not: {_told(hindered[name])}" for name in _names(findings) if name in hindered.keys() - armed]
    parts += [f"but {name}: {_told(hindered[name])}" for name in armed if name in hindered]
    parts += [f"{'but ' if armed else ''}{_told(finding)}" for finding in shared[:1]]
    return f"{', '.join(parts)}; next: {_next(findings, bool(armed) and not shared)}"


def armed_pairs(findings: Sequence[Finding]) -> list[str]:
    """Return the pairs of which every finding is right. Findings about people do not count for this."""
    wrong = {finding.pair for finding in findings if not finding.right and not finding.what.startswith("people")}
    without_database = any(
        finding.what == "database" and not finding.right and not finding.pair for finding in findings
    )
    return [] if without_database else [name for name in _names(findings) if name not in wrong]


def _names(findings: Sequence[Finding]) -> list[str]:
    return list(dict.fromkeys(finding.pair for finding in findings if finding.pair))


def _told(finding: Finding) -> str:
    words = finding.words if len(finding.words) <= LONGEST else f"{finding.words[:LONGEST]}…"
    return f"{finding.what}: {words.rstrip('.')}"


def _next(findings: Sequence[Finding], can_run: bool) -> str:
    if command := next((finding.command for finding in findings if finding.command), ""):
        return f"`{command}`, {AGAIN}"
    if not can_run:
        return f"do what each ⛔ says, {AGAIN}"
    runs = any(finding.what == "bot" and finding.right and not finding.missing for finding in findings)
    return "nothing, the bot is running" if runs else "`pairkeeper run`"
