"""What each audit entry tells in an incident's timeline, as codes and values."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.code import Code
from bot.domain.incident import Deed, TimelineEntry
from bot.domain.pair import Role
from bot.domain.request import Phase, Stage
from bot.domain.situation import SituationCode
from bot.domain.statement import StatementKind
from bot.domain.status import State
from bot.domain.text import People
from bot.store.base import AuditKind
from bot.store.tables import Audit

Told = Callable[..., TimelineEntry]
SEEN = {"opened": Deed.OPENED, "closed": Deed.CLOSED, "left": Deed.LEFT}
KEY = {"offered": Deed.KEY_OFFERED, "approved": Deed.KEY_APPROVED, "refused": Deed.KEY_REFUSED}
DECIDED = {
    Stage.DENIED: Deed.DENIED,
    Stage.WITHDRAWN: Deed.WITHDRAWN,
    Stage.EXPIRED: Deed.EXPIRED,
    Stage.VOID: Deed.VOID,
    Stage.BY_HAND: Deed.BY_HAND,
}


def timeline_entry(row: Audit, action: str | None) -> TimelineEntry | None:
    """Return what the audit entry tells; None where it adds nothing. `action` is what its request is for, if known."""
    data: Mapping[str, Any] = json.loads(row.data)

    def told(deed: Deed, who: str | None = row.who, **values: Any) -> TimelineEntry:
        return TimelineEntry(row.at, deed, who or "", values)

    match row.kind.replace(" ", "_"):  # as releases before this one wrote it
        case AuditKind.INCIDENT:
            situation, primary = _code(SituationCode, data["situation"]), State(data["primary"])
            seen = SEEN.get(row.state or "", Deed.CHANGED)
            return told(seen, situation=situation, primary=primary, secondary=State(data["secondary"]))
        case AuditKind.OWNER if row.who in (None, "", data["owner"]):
            return told(Deed.TOOK, data["owner"])
        case AuditKind.OWNER:
            return told(Deed.HANDED_OVER, owner=People((data["owner"],)))
        case AuditKind.NOTE:
            return told(Deed.NOTED, words=data["words"])
        case AuditKind.STATEMENT:
            return told(Deed.STATED, statement=_code(StatementKind, data["statement"]), words=data["words"])
        case AuditKind.REVOKED:
            return told(Deed.TOOK_BACK, statement=_code(StatementKind, data["statement"]))
        case AuditKind.HOST_KEY:
            replaced = Deed.KEY_SET_ASIDE if row.who else Deed.KEY_REPLACED
            return told(KEY.get(row.state or "", replaced), server=Role(data["role"]) if "role" in data else None)
        case AuditKind.REQUEST:
            return _requested(told, Stage(row.state or ""), action, data)
        case AuditKind.RUN:
            return _ran(told, Phase(row.state or ""), action, data)
        case AuditKind.STOP:
            return told(Deed.STOPPED, action=action)
        case AuditKind.STILL_LOOKING:
            return told(Deed.STILL_LOOKING, action=action)
        case _:
            return None


def _code(codes: type[Code], value: str) -> Code | str:
    """Return the code, or the value as it is where only another release knows it."""
    return codes(value) if codes.knows(value) else value


def _requested(told: Told, stage: Stage, action: str | None, data: Mapping[str, Any]) -> TimelineEntry | None:
    """Return what was done with a request; None for its start, as the run has entries of its own."""
    match stage:
        case Stage.STARTED:
            return None
        case Stage.PENDING if "reason" in data:
            return told(Deed.ASKED, action=action, why=data["reason"])
        case Stage.PENDING | Stage.APPROVED | Stage.WAITING:
            return told(Deed.APPROVED, action=action)
        case _:
            return told(DECIDED[stage], action=action, why=data.get("why") or "")


def _ran(told: Told, phase: Phase, action: str | None, data: Mapping[str, Any]) -> TimelineEntry | None:
    """Return that the command was sent, or how it ended; None for an intent, as its approval has an entry already."""
    match phase:
        case Phase.INTENT:
            return None
        case Phase.SENDING:
            return told(Deed.SENDING, "", action=action)
        case Phase.TOOK_EFFECT | Phase.DID_NOT:
            return told(Deed.RUN_CLOSED, data.get("closed_by"), action=action, phase=phase)
        case _:
            return told(Deed.RUN_ENDED, "", action=action, phase=phase, words=data.get("words", ""))
