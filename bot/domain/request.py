"""The states of a request and of a run, and what is recorded of each."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.code import Code
from bot.domain.outcome import ByHand, Outcome
from bot.domain.pair import Role
from bot.domain.plan import Plan
from bot.domain.snapshot import Snapshot


class Stage(Code):
    """The stage of a request. The first three are open, and a pair has at most one open request."""

    PENDING = "pending"
    APPROVED = "approved"
    WAITING = "waiting_for_code", "waiting for its code"
    STARTED = "started"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    VOID = "void"
    BY_HAND = "done_by_hand", "done by hand"


OPEN_STAGES = (Stage.PENDING, Stage.APPROVED, Stage.WAITING)


class Phase(Code):
    """The phase of a run. The first three hold the pair, and UNKNOWN holds it until a person closes the run."""

    INTENT = "intent"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NOT_SENT = "not_sent", "not sent"
    TOOK_EFFECT = "took_effect", "took effect"
    DID_NOT = "did_not_take_effect", "did not take effect"


class Ended(Code):
    """Ends of a run that its phase alone does not tell."""

    IN_PART = "took_effect_in_part"
    STOPPED = "stopped"


OPEN_PHASES = (Phase.INTENT, Phase.SENDING, Phase.UNKNOWN)

PHASE_OF = {
    Outcome.SUCCEEDED: Phase.SUCCEEDED,
    Outcome.FAILED: Phase.FAILED,
    Outcome.UNKNOWN: Phase.UNKNOWN,
    Outcome.NOT_SENT: Phase.NOT_SENT,
}


NEVER = datetime.max.replace(tzinfo=UTC)


class Step(Code):
    """The steps of a run, in order."""

    APPROVED = "approved"
    UNCHANGED = "pair_unchanged", "pair unchanged"
    PROVED = "server_verified", "server proved itself"
    ANSWERED = "question_answered", "question answered"
    RETURNED = "command_returned", "command returned"
    LOOKED = "observed", "both servers looked at"


class Note(Code):
    """What people are told, once each, about a run that is under way or of unknown outcome."""

    LATE = "longer_than_usual", "longer than usual"
    UNSERVED = "no_active_server", "no active server"
    PRIMARY_SILENT = "primary_unreachable", "no answer from the Primary"
    SECONDARY_SILENT = "secondary_unreachable", "no answer from the Secondary"
    UNASKED = "server_not_asked", "a server cannot be asked"
    ASKS = "asks_question", "asks a question"
    DECIDABLE = "decidable", "can be decided"


@dataclass(frozen=True)
class RequestView:
    """A request as it is stored. Times are aware, in UTC."""

    id: int
    pair: str
    action: str
    requester: str
    reason: str
    stage: Stage
    plan: Plan
    digest: str
    seen: Snapshot
    needed: int
    approved_by: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    why: str
    channel: str
    acknowledgement: str
    reminded: bool

    @property
    def altered(self) -> bool:
        """Whether the stored plan is not the one that was asked for: somebody has written to the database."""
        return self.plan.digest() != self.digest


@dataclass(frozen=True)
class RunView:
    """A run as it is stored. `steps` are (step, when) in order, and `notes` are (note, when).

    Until `decidable_at` the command may still be at work, whatever became of the connection, so nobody can say how it
    ended.
    """

    id: int
    request_id: int
    pair: str
    action: str
    role: Role
    phase: Phase
    started_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    stopped_by: str | None
    ended_at: datetime | None
    words: str
    lost: bool
    steps: tuple[tuple[Step, datetime], ...]
    before: Snapshot | None
    after: Snapshot | None
    transcript: str
    closed_by: str | None
    closed_at: datetime | None
    holder: str | None = None
    decidable_at: datetime = NEVER
    given_up_by: str | None = None
    by_hand: ByHand = ByHand.AS_APPROVED
    said: str = ""
    notes: tuple[tuple[Note, datetime], ...] = ()

    def lasted(self, now: datetime) -> float:
        """Return the seconds from sending to the end, or to now.

        Every place that tells how long a run took uses this figure.
        """
        return ((self.ended_at or now) - (self.sent_at or self.started_at)).total_seconds()

    def decidable(self, now: datetime) -> bool:
        """Whether people may say by now how it ended."""
        return self.phase is Phase.UNKNOWN and now >= self.decidable_at

    @property
    def partly(self) -> bool:
        """Whether a person has said that it took effect in part.

        It counts as failed, since the expected states were not reached.
        """
        return self.phase is Phase.FAILED and self.closed_by is not None

    @property
    def stopped(self) -> bool:
        """Whether its line was sent and it was stopped before its question was answered.

        Only then has a NOT_SENT run a transcript.
        """
        return self.phase is Phase.NOT_SENT and bool(self.transcript)

    @property
    def state(self) -> Phase | Ended:
        """Return its phase, or which end that was more exactly."""
        if self.partly:
            return Ended.IN_PART
        return Ended.STOPPED if self.stopped else self.phase
