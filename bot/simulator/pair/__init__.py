"""The simulated pair: two SSH servers that behave like an Osirium PAM HA Pair, as far as that is documented."""

from bot.simulator.pair.control import SimulatedPair
from bot.simulator.pair.layouts import PeerRow
from bot.simulator.pair.questions import Place
from bot.simulator.pair.server import SimulatedServer
from bot.simulator.pair.tricks import Cut
from bot.simulator.pair.world import Degradation, Execution, Role, Sickness, State

__all__ = [
    "Cut",
    "Degradation",
    "Execution",
    "PeerRow",
    "Place",
    "Role",
    "Sickness",
    "SimulatedPair",
    "SimulatedServer",
    "State",
]
