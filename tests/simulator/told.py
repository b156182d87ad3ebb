"""What tests of a simulated pair ask of it: the known question, and what became of a command."""

from bot.simulator.pair import Execution, SimulatedPair
from tests.support.patience import eventually

YES = ("Are you sure you want to continue? [y/N]: ", "y")


def last(pair: SimulatedPair) -> Execution:
    """The last command line, once it has ended."""
    eventually(lambda: pair.commands and pair.commands[-1].ended)
    return pair.commands[-1]


def state(pair: SimulatedPair, role: str = "secondary") -> str:
    state: str = pair.truth()[role]["state"]
    return state
