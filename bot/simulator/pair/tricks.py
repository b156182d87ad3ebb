"""How a simulated appliance behaves, and the faults that wait for its next command."""

from dataclasses import dataclass
from enum import StrEnum

from bot.simulator.pair.layouts import PeerRow
from bot.simulator.pair.questions import Surprise


class Cut(StrEnum):
    """When the next changing command loses its line, and what becomes of its effect."""

    PROMPT = "prompt"  # at the question: nothing was answered, no effect
    BEFORE = "before"  # after the answer, with no effect
    MIDWAY = "midway"  # half-way; the effect comes all the same
    AFTER = "after"  # after the effect, before the reply
    KILLED = "killed"  # the line stays: the process is killed half-way, with no effect


@dataclass(frozen=True, slots=True)
class Manner:
    """How both appliances of a pair behave; `seconds` is how long an effect takes."""

    layout: str = "a"
    peer_row: PeerRow = PeerRow.LIVE
    seconds: float = 0.2
    needs_pty: bool = False
    shell_only: bool = False


@dataclass(slots=True)
class Tricks:
    """Faults of one appliance; `question` and `cut` are spent by the next changing command."""

    question: Surprise | None = None
    cut: Cut | None = None
    slow: float = 0.0  # seconds before each first word
    raw: str | None = None  # what ha-status prints, whatever the truth
