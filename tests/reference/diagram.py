"""The situations and the steps between them, as a Mermaid state diagram."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from bot.domain.command import Action
from bot.domain.observation import Observation
from bot.domain.pair import Role
from bot.domain.policy import verdict
from bot.domain.situation import SituationCode, assess
from bot.domain.statement import Statement, StatementKind
from bot.views.wording import term
from tests.reference.cells import cells
from tests.reference.worlds import AT, seen_as

Edge = tuple[SituationCode, SituationCode, str]


def diagram(actions: Mapping[str, Action]) -> str:
    """Return the diagram: for each situation, what a statement turns it into, and where a successful command leads."""
    edges = dict.fromkeys(edge for cell in cells(actions) for edge in _edges(cell.action, cell.world.seen))
    names = dict.fromkeys(name for start, end, _ in edges for name in (start, end))
    lines = ["stateDiagram-v2", *(f'    state "{term(name)}" as {name}' for name in names)]
    lines += [f"    {start} --> {end}: {words}" for start, end, words in edges]
    return "\n".join(lines) + "\n"


def _edges(action: Action, seen: Observation) -> Iterator[Edge]:
    said, start = verdict(action, seen), assess(seen).name
    for way in said.needs:
        stated = _stating(seen, way)
        if assess(stated).name is not start:
            yield start, assess(stated).name, f"stated {' and '.join(map(term, way))}"
        else:
            yield from (
                (start, end, f"{action.name}, stated {' and '.join(map(term, way))}") for end in ends(action, stated)
            )
    if said.allowed:
        yield from ((start, end, action.name) for end in ends(action, seen))


def _stating(seen: Observation, kinds: Iterable[StatementKind]) -> Observation:
    more = tuple(Statement(100 + i, kind, "U1", AT, "seen with my own eyes") for i, kind in enumerate(kinds))
    return replace(seen, statements=seen.statements + more)


def ends(action: Action, seen: Observation) -> tuple[SituationCode, ...]:
    """Return the situations that the action may end in, by its aim, from this observation."""
    aim, own = action.aim, seen.own(Role.PRIMARY)
    after = [*sorted(aim.primary), *({own} & aim.lost)]
    found = (
        assess(seen_as(primary, secondary, after_split=action.after_split)).name
        for primary in after
        for secondary in sorted(aim.secondary)
    )
    return tuple(dict.fromkeys(found))
