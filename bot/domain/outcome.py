"""How a run ended. What the pair shows afterwards decides, not an exit code."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.code import Code
from bot.domain.command import ExpectedStates
from bot.domain.manual_steps import look_next
from bot.domain.observation import Observation
from bot.domain.pair import Role
from bot.domain.situation import assess
from bot.domain.snapshot import Snapshot
from bot.domain.status import UNTOLD
from bot.domain.transport import Ending, Reply
from bot.domain.words import esc

__all__ = ["UNTOLD", "Judgement", "Outcome", "give_up", "judge", "reached"]

STRANGE = "It asked a question I don't know"
LONGEST = 200  # characters of a server's line


class Outcome(Code):
    """The four outcomes of a run."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent", "not sent"


class ByHand(StrEnum):
    """How a person may go on at the servers after a run whose command did nothing. The values are stored."""

    AS_APPROVED = "as_approved"  # by the same step, if both servers still say what the card shows
    LOOK_FIRST = "look_first"  # the step may be the wrong one by now
    READ_QUESTION = "read_question"  # the command asks something that the bot does not know

    @classmethod
    def _missing_(cls, _value: object) -> "ByHand":
        """Return LOOK_FIRST, which is always right, for what another release stored."""
        return cls.LOOK_FIRST


@dataclass(frozen=True)
class Judgement:
    """An outcome with its sentence. `lost` is set where the Primary stays flagged until it is seen demoted."""

    outcome: Outcome
    words: str
    lost: bool = False
    by_hand: ByHand = ByHand.AS_APPROVED


def reached(aim: ExpectedStates, seen: Observation | Snapshot) -> bool:
    """Whether both servers show the expected states."""
    primary, secondary = seen.own(Role.PRIMARY), seen.own(Role.SECONDARY)
    if aim.healthy and not seen.healthy_words:
        return False
    return primary in aim.primary | aim.lost and secondary in aim.secondary


def judge(aim: ExpectedStates, reply: Reply, before: Observation, after: Observation) -> Judgement | None:
    """Return the outcome by what is seen now, or None while it may still change."""
    primary = after.own(Role.PRIMARY)
    if reached(aim, after):
        lost = primary in aim.lost
        note = " The Primary wasn't seen demoted: it stays marked as lost." if lost else ""
        broke = "" if reply.ending is Ending.EXITED else f" ({reply.ending.value}, but both servers show it)"
        return Judgement(Outcome.SUCCEEDED, f"{assess(after).says}{broke}{note}", lost)
    if reply.ending is Ending.STOPPED and _same(before, after):
        words = "Stopped before its question was answered. Nothing has changed."
        words = f"{words}\n{look_next(after.pair.name)}"
        return Judgement(Outcome.NOT_SENT, words, by_hand=ByHand.LOOK_FIRST)
    if reply.ending is Ending.UNEXPECTED and reply.answered == 0 and _same(before, after):
        words = f"{STRANGE} (“{esc(reply.question or '')}”), so I hung up without an answer. Nothing has changed."
        return Judgement(Outcome.FAILED, words, by_hand=ByHand.READ_QUESTION)
    if _refused(reply) and _same(before, after):
        words = f"The appliance refused (exit status {reply.exit}). Nothing has changed."
        return Judgement(Outcome.FAILED, words + _said_last(reply))
    return None


def give_up(aim: ExpectedStates, role: Role, reply: Reply, before: Observation, after: Observation) -> Judgement:
    """Return the outcome when the time for observing is over. `role` is the server on which the command ran."""
    if early := judge(aim, reply, before, after):
        return early
    if not _returned(reply):
        by_hand = ByHand.READ_QUESTION if reply.ending is Ending.UNEXPECTED else ByHand.AS_APPROVED
        return Judgement(Outcome.UNKNOWN, _ending(reply), by_hand=by_hand)
    returned = f"It returned (exit status {reply.exit})"
    missed, same = _missed(aim, after), _same(before, after)
    out_of_sight = any(after.own(r) in UNTOLD for r in Role if r is role or before.own(r) not in UNTOLD)
    if out_of_sight or not (missed or (same and reply.exit)):
        return Judgement(Outcome.UNKNOWN, f"{returned}, but I can't see how the pair is now.{_said_last(reply)}")
    if same:
        return Judgement(Outcome.FAILED, f"{returned}, and nothing has changed.{_said_last(reply)}")
    now = ", ".join(f"{r.word} {after.own(r).value}" for r in Role)
    return Judgement(
        Outcome.FAILED, f"The pair has changed, but not as intended: afterwards it was {now}.{_said_last(reply)}"
    )


def _returned(reply: Reply) -> bool:
    """Whether the appliance gave an exit status. A status below 0 is how a broken connection shows."""
    return reply.ending is Ending.EXITED and reply.exit is not None and reply.exit >= 0


def returned_words(reply: Reply) -> str:
    """Return that the command has returned, with its exit status and its own last line."""
    return f"exit status {reply.exit}" + (f": {line}" if (line := _last_line(reply)) else "")


def _last_line(reply: Reply) -> str:
    line = next((text.strip() for text in reversed(reply.text.splitlines()) if text.strip()), "")
    return line[:LONGEST] + "…" * (len(line) > LONGEST)


def _said_last(reply: Reply) -> str:
    """Return the server's own last line, which may say why the command failed; empty without one."""
    line = _last_line(reply)
    return f" Its last words: “{esc(line)}”" if line else ""


def _refused(reply: Reply) -> bool:
    return _returned(reply) and reply.exit != 0 and reply.answered == 0


def _same(before: Observation, after: Observation) -> bool:
    return all(after.own(role) is before.own(role) for role in Role)


def _missed(aim: ExpectedStates, after: Observation) -> bool:
    """Whether it is proven that the expected states were not reached.

    A server that gives no state may be as it should be.
    """
    wanted = {Role.PRIMARY: aim.primary | aim.lost, Role.SECONDARY: aim.secondary}
    states = {role: after.own(role) for role in Role if after.own(role) not in UNTOLD}
    return len(states) == len(Role) or any(state not in wanted[role] for role, state in states.items())


def _ending(reply: Reply) -> str:
    """Return why there is no exit status that tells how the command ended."""
    match reply.ending:
        case Ending.CLOSED:
            return "The server closed the connection without an exit status, which means neither success nor failure."
        case Ending.LOST:
            return "The connection broke before an exit status came back."
        case Ending.TIMED_OUT:
            return "It didn't end in time."
        case Ending.UNEXPECTED:
            return f"{STRANGE} (“{esc(reply.question or '')}”)."
        case Ending.LEFT:
            return "Somebody stopped waiting for it; nothing was cut off."
        case Ending.STOPPED:
            return "Stopped before its question was answered, but the pair isn't as it was."
        case Ending.EXITED:
            return "No exit status came back."
