"""An incident's timeline in words, marked up as for Slack."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.incident import Deed, Report, TimelineEntry
from bot.domain.pair import Role
from bot.domain.status import SAID, State
from bot.domain.words import esc
from bot.views.refusals import shown

TYPED = ("words", "why")
UNKNOWN = {"action": "a command", "server": "server"}
SEEN = "{situation} (Primary {primary}, Secondary {secondary})"
DEEDS: dict[Deed, tuple[str, str]] = {  # what somebody did, and what they said with it
    Deed.OPENED: ("Incident opened", SEEN),
    Deed.CHANGED: (SEEN, ""),
    Deed.CLOSED: ("Incident closed", SEEN),
    Deed.LEFT: ("Incident closed, since the pair is no longer in the settings; last seen", SEEN),
    Deed.TOOK: ("is on it", ""),
    Deed.HANDED_OVER: ("handed it over to {owner}", ""),
    Deed.NOTED: ("noted", "{words}"),
    Deed.STATED: ("stated ({statement})", "{words}"),
    Deed.TOOK_BACK: ("took back ({statement})", ""),
    Deed.KEY_OFFERED: ("asked to compare the host key of the new {server}", ""),
    Deed.KEY_APPROVED: ("approved the host key of the new {server}", ""),
    Deed.KEY_REFUSED: ("refused the host key of the new {server}", ""),
    Deed.KEY_SET_ASIDE: ("set aside the host key of the new {server}", ""),
    Deed.KEY_REPLACED: ("The pairs file has replaced the host key of the new {server}", ""),
    Deed.ASKED: ("asked for {action}", "{why}"),
    Deed.APPROVED: ("approved {action}", ""),
    Deed.DENIED: ("denied {action}", "{why}"),
    Deed.WITHDRAWN: ("withdrew {action}", "{why}"),
    Deed.EXPIRED: ("{action} expired", "{why}"),
    Deed.VOID: ("{action} became void", "{why}"),
    Deed.BY_HAND: ("did {action} by hand", "{why}"),
    Deed.SENDING: ("sending {action}", ""),
    Deed.STOPPED: ("pressed Stop on {action}", ""),
    Deed.STILL_LOOKING: ("is still looking how {action} ended", ""),
    Deed.RUN_ENDED: ("{action}: {phase}. {words}", ""),
    Deed.RUN_CLOSED: ("closed {action}", "it {phase}"),
}


@dataclass(frozen=True)
class Line:
    """One line of a timeline. `who` (a person's id or empty) did `deed`, and `quote` is what they said with it."""

    at: datetime
    kind: str
    who: str
    deed: str
    quote: str

    @property
    def words(self) -> str:
        """The whole line."""
        return f"{self.deed}: {self.quote}" if self.quote else self.deed


def lines(report: Report) -> tuple[Line, ...]:
    """Return the timeline of a report in words."""
    return tuple(map(line, report.timeline))


def people(lines: Iterable[Line]) -> tuple[tuple[str, str], ...]:
    """Return who did what: (person, the things that they did, each once)."""
    did: dict[str, dict[str, None]] = {}
    for one in lines:
        if one.who:
            did.setdefault(one.who, {})["noted something" if one.kind == Deed.NOTED.kind else one.deed] = None
    return tuple((who, ", ".join(things)) for who, things in did.items())


def line(entry: TimelineEntry) -> Line:
    """Return one entry in words."""
    values = {name: _shown(entry.deed, name, value) for name, value in entry.values.items()}
    deed, quote = (text.format_map(values).rstrip() for text in DEEDS[entry.deed])
    return Line(entry.at, entry.kind, entry.who, deed, quote)


def _shown(deed: Deed, name: str, value: Any) -> str:
    """Return one value. What a person wrote is escaped; the words of a run's end are marked up already."""
    match value:
        case None:
            return UNKNOWN[name]
        case State():
            return SAID.get(value, value.value)
        case Role():
            return value.word
        case str() if name in TYPED and deed is not Deed.RUN_ENDED:
            return esc(value)
        case _:
            return shown(value)
