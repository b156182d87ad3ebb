"""The tables of the domain, as Markdown."""

from collections.abc import Iterable, Mapping, Sequence

from bot.domain.command import Action, Ways
from bot.domain.pair import Role
from bot.domain.policy import step_loses, step_verified, step_words
from bot.domain.runbook import RUNBOOK
from bot.domain.situation import SITUATIONS
from bot.views.severity import emoji
from bot.views.wording import term
from tests.reference.cells import Cell, cells
from tests.reference.worlds import STATES

SINCE = "since the pair was last seen healthy"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table. Characters that would break it are escaped."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(_cell(text) for text in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def situations() -> str:
    """Table 1: the situations that a pair can be in."""
    rows = (
        (emoji(s.severity), term(s.name), f"`{s.name}`", s.says, s.risk or "–", s.row, s.source)
        for s in SITUATIONS.values()
    )
    return table(("", "situation", "code", "what it says", "at risk", "row", "source"), rows)


def runbooks(actions: Mapping[str, Action]) -> str:
    """Table 2: the steps from each situation, the next one first, with what each loses and how it is verified."""
    rows = (
        (
            f"{emoji(SITUATIONS[name].severity)} {term(name)}",
            _numbered([step_words(step, actions) for step in steps]),
            _numbered([step_loses(step, actions, SINCE) for step in steps]),
            _numbered([step_verified(step, actions) for step in steps]),
        )
        for name, steps in RUNBOOK.items()
    )
    return table(("situation", "steps", "what each loses", "how it is verified"), rows)


def _numbered(steps: list[str]) -> str:
    """Return the texts of the steps with their numbers. Empty ones are left out; if all are, it is a dash."""
    said = [(f"{number}. " if len(steps) > 1 else "") + step for number, step in enumerate(steps, 1) if step]
    return "<br>".join(said) or "–"


def actions(actions: Mapping[str, Action]) -> str:
    """Table 3: where each action runs, when it is allowed, what it achieves and what it costs."""
    rows = (
        (
            f"`{action.name}`",
            action.runs_on.word,
            "<br>".join(f"{term(name)}{_ways(ways)}" for name, ways in action.allowed.items()),
            action.expects,
            action.loses.format(window=SINCE),
        )
        for action in actions.values()
    )
    return table(("command", "runs on", "allowed when", "done when", "you lose"), rows)


def _ways(ways: Ways) -> str:
    words = " or ".join(" and ".join(map(term, way)) for way in ways)
    return f", stated: {words}" if words else ""


def cells_table(found: Iterable[Cell]) -> str:
    """Return every cell in a row of its own."""
    rows = (
        (
            cell.world.primary,
            cell.world.secondary,
            cell.world.fact,
            f"{emoji(cell.situation.severity)} {term(cell.situation.name)}",
            cell.action.name,
            cell.answer,
            cell.verdict.words,
        )
        for cell in found
    )
    return table(("Primary", "Secondary", "fact", "situation", "command", "verdict", "words"), rows)


def grid(actions: Mapping[str, Action]) -> str:
    """Return the situations with the actions that may be asked for, by the states of both servers.

    The Primary's states are the rows, the Secondary's the columns.
    """
    entries: dict[tuple[str, str], list[str]] = {}
    for cell in cells(actions):
        if cell.world.fact.startswith("stated"):
            continue
        lines = entries.setdefault((cell.world.primary, cell.world.secondary), [])
        name = f"{emoji(cell.situation.severity)} {term(cell.situation.name)}"
        lines += [] if name in lines else [name]
        if cell.verdict.allowed or cell.verdict.needs:
            lines.append(f"`{cell.action.name}`" + ("" if cell.verdict.allowed else " (on a statement)"))
    rows = (
        (f"**{one}**", *("<br>".join(entries.get((one, other), [])) or "–" for other in STATES[Role.SECONDARY]))
        for one in STATES[Role.PRIMARY]
    )
    return table(("Primary ↓ Secondary →", *STATES[Role.SECONDARY]), rows)
