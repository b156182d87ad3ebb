"""Every world times every action: the situation, and whether the action may run."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.command import Action
from bot.domain.policy import Verdict, verdict
from bot.domain.situation import Situation, assess
from tests.reference.worlds import World, worlds


@dataclass(frozen=True)
class Cell:
    """One world and one action."""

    world: World
    action: Action
    situation: Situation
    verdict: Verdict

    @property
    def answer(self) -> str:
        """Whether the action is allowed, needs a statement, or is refused, in words."""
        if self.verdict.allowed:
            return "allowed"
        ways = " or ".join(" and ".join(way) for way in self.verdict.needs)
        return f"needs: {ways}" if ways else "refused"


def cells(actions: Mapping[str, Action]) -> tuple[Cell, ...]:
    """Return all cells, in the order of the states."""
    return tuple(
        Cell(world, action, assess(world.seen), verdict(action, world.seen))
        for world in worlds()
        for action in actions.values()
    )
