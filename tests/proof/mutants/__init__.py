"""Safety bugs, put in on purpose into a copy of the package: each has to be found, or the proofs prove nothing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """`edits` are (file, old, new); `worlds` and `events` where it is sure to be met; `guard` is what finds it."""

    name: str
    breaks: int  # the invariant
    edits: tuple[tuple[str, str, str], ...]
    worlds: tuple[str, ...] = ("split brain",)
    events: tuple[str, ...] = ()
    guard: str = "schedules"  # or golden: the golden table, or a test, as pytest names it


RUNNING, LOOKING = "bot/services/execution.py", "bot/services/observation.py"
RECOVERING, CLOSING, CLOSED = "bot/services/crash_recovery.py", "bot/services/closure.py", "bot/store/closure.py"
DECIDING, ASKING = "bot/services/approvals.py", "bot/services/requests.py"
RUNS, REQUESTS, TABLES = "bot/store/runs.py", "bot/store/requests.py", "bot/store/tables.py"
MIGRATION = "migrations/versions/0001_first_tables.py"
PLAN, OUTCOME, VERDICT = "bot/domain/plan.py", "bot/domain/outcome.py", "bot/domain/policy.py"
OBSERVATION, APPROVAL = "bot/domain/observation.py", "bot/domain/approval.py"
HISTORY = "bot/domain/history.py"
