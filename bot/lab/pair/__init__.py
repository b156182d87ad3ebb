"""The simulated pair: two SSH servers that behave like an Osirium PAM HA Pair, as far as that is documented."""

from bot.lab.pair.control import SimulatedPair
from bot.lab.pair.layouts import PeerRow
from bot.lab.pair.questions import Place
from bot.lab.pair.server import SimulatedServer
from bot.lab.pair.tricks import Cut
from bot.lab.pair.world import Degradation, Execution, Role, Sickness, State

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
