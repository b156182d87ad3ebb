"""The words of each audit entry in an incident's timeline, marked up for Slack."""

import json
from collections.abc import Mapping
from typing import Any

from bot.domain.incident import TimelineEntry
from bot.domain.pair import Role
from bot.domain.request import Phase, Stage
from bot.domain.status import SAID, State
from bot.domain.words import esc
from bot.store.base import AuditKind
from bot.store.tables import Audit

SEEN = {
    "opened": "Incident opened",
    "closed": "Incident closed",
    "left": "Incident closed, since the pair is no longer in the settings; last seen",
}
KEY = {"offered": "asked to compare", "superseded": "The pairs file has replaced"}
DECIDED = {
    Stage.DENIED: "denied {}",
    Stage.WITHDRAWN: "withdrew {}",
    Stage.EXPIRED: "{} expired",
    Stage.VOID: "{} became void",
    Stage.BY_HAND: "did {} by hand",
}


def line(entry: Audit, action: str) -> TimelineEntry | None:
    """Return the audit entry as a line of the timeline; None where it adds nothing to it.

    `action` is what its request is for.
    """
    data: Mapping[str, Any] = json.loads(entry.data)
    who, at, state = entry.who or "", entry.at, entry.state or ""
    match entry.kind.replace(" ", "_"):  # as releases before this one wrote it
        case AuditKind.INCIDENT:
            states = f"Primary {_word(data['primary'])}, Secondary {_word(data['secondary'])}"
            found = f"{data['situation']} ({states})"
            deed, quote = (SEEN[state], found) if state in SEEN else (found, "")
            return TimelineEntry(at, "seen", who, deed, quote)
        case AuditKind.OWNER if who in ("", data["owner"]):
            return TimelineEntry(at, "said", data["owner"], "is on it")
        case AuditKind.OWNER:
            return TimelineEntry(at, "said", who, f"handed it over to <@{data['owner']}>")
        case AuditKind.NOTE:
            return TimelineEntry(at, "noted", who, "noted", esc(data["words"]))
        case AuditKind.STATEMENT:
            return TimelineEntry(at, "said", who, f"stated ({data['statement']})", esc(data["words"]))
        case AuditKind.REVOKED:
            return TimelineEntry(at, "said", who, f"took back ({data['statement']})")
        case AuditKind.HOST_KEY:
            role = Role(data["role"]).word if "role" in data else "server"
            does = "set aside" if who and state == "superseded" else KEY.get(state, state)
            return TimelineEntry(at, "said", who, f"{does} the host key of the new {role}")
        case AuditKind.REQUEST:
            return _request(entry, action, data)
        case AuditKind.RUN:
            return _run(entry, action, data)
        case AuditKind.STOP:
            return TimelineEntry(at, "said", who, f"pressed Stop on {action}")
        case AuditKind.STILL_LOOKING:
            return TimelineEntry(at, "said", who, f"is still looking how {action} ended")
        case _:
            return None


def _word(state: str) -> str:
    return SAID.get(State(state), state)


def _request(entry: Audit, action: str, data: Mapping[str, Any]) -> TimelineEntry | None:
    who, stage = entry.who or "", Stage(entry.state or "")
    match stage:
        case Stage.PENDING if "reason" in data:
            return TimelineEntry(entry.at, "asked", who, f"asked for {action}", esc(data["reason"]))
        case Stage.PENDING | Stage.APPROVED | Stage.WAITING:
            return TimelineEntry(entry.at, "approved", who, f"approved {action}")
        case Stage.STARTED:
            return None
        case _:
            return TimelineEntry(entry.at, "decided", who, DECIDED[stage].format(action), esc(data.get("why") or ""))


def _run(entry: Audit, action: str, data: Mapping[str, Any]) -> TimelineEntry | None:
    """Return that the command was sent, or how it ended. None for an intent, since its approval has a line already."""
    match Phase(entry.state or ""):
        case Phase.INTENT:
            return None
        case Phase.SENDING:
            return TimelineEntry(entry.at, "run", "", f"sending {action}")
        case Phase.TOOK_EFFECT | Phase.DID_NOT as phase:
            return TimelineEntry(entry.at, "said", data.get("closed_by", ""), f"closed {action}", f"it {phase}")
        case phase:
            return TimelineEntry(entry.at, "ended", "", f"{action}: {phase}. {data.get('words', '')}".rstrip())
