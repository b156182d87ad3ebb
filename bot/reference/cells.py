"""Every world times every action: what the situation is, and whether the action may run."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.command import Action
from bot.domain.policy import Verdict, verdict
from bot.domain.situation import Situation, assess
from bot.reference.worlds import World, worlds


@dataclass(frozen=True)
class Cell:
    """One world and one action."""

    world: World
    action: Action
    situation: Situation
    verdict: Verdict

    @property
    def answer(self) -> str:
        """Allowed, what it needs, or refused."""
        if self.verdict.allowed:
            return "allowed"
        ways = " or ".join(" and ".join(way) for way in self.verdict.needs)
        return f"needs: {ways}" if ways else "refused"


def cells(actions: Mapping[str, Action]) -> tuple[Cell, ...]:
    """All of them, in the order of the states."""
    return tuple(
        Cell(world, action, assess(world.seen), verdict(action, world.seen))
        for world in worlds()
        for action in actions.values()
    )
