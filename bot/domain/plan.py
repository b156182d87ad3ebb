"""What exactly would be sent, and on what evidence. An approval is bound to the plan's digest."""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from bot.domain.command import Action
from bot.domain.observation import Observation
from bot.domain.pair import CommandLine, Pair, Role
from bot.domain.situation import SituationCode, assess
from bot.domain.statement import StatementKind
from bot.domain.status import Health
from bot.domain.words import esc

RELIES_ON_HEALTH = frozenset({SituationCode.HEALTHY, SituationCode.NOT_IN_STEP})


@dataclass(frozen=True)
class Plan:
    """Everything that matters for an approval, and nothing else: no ages, no SMB lines, no floating-IP text.

    `states` and `addresses` are by role. `health` is None unless the card relies on it. `dialogue` names its secret
    slots, but never has their values. Codes are in their stored spelling, since the digest is of it.
    """

    pair: str
    action: str
    role: str
    host: str
    port: int
    address: str
    host_key: str
    line: str
    dialogue: tuple[tuple[str, str], ...]
    details: tuple[tuple[str, str], ...]
    states: tuple[tuple[str, str], ...]
    addresses: tuple[tuple[str, str], ...]
    statements: tuple[tuple[int, str], ...]
    health: str | None

    def digest(self) -> str:
        """Return the SHA-256 of the whole plan, in hexadecimal."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()

    def as_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> "Plan":
        """Return the plan as it was stored."""
        data: dict[str, Any] = json.loads(text)
        return Plan(**{name: _frozen(value) for name, value in data.items()})

    @property
    def server_role(self) -> Role:
        return Role(self.role)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def command_line(pair: Pair, action: Action) -> CommandLine:
    """Return how this pair's appliance is told to carry out the action."""
    return pair.commands.get(action.name, action.line)


def runs_on(pair: Pair, action: Action) -> Role:
    """Return the server on which the action runs in this pair: as the settings say, else as the action says."""
    return command_line(pair, action).runs_on or action.runs_on


def make_plan(action: Action, seen: Observation, details: Mapping[str, str]) -> Plan:
    """Return the plan of the action on what was seen."""
    pair = seen.pair
    role = runs_on(pair, action)
    server = pair.server(role)
    stated = sorted((s.id, s.kind.stored) for s in seen.statements if _matters(s.kind, action))
    return Plan(
        pair=pair.name,
        action=action.name,
        role=role.value,
        host=server.host,
        port=server.port,
        address=server.address,
        host_key=server.host_key,
        line=pair.typed(command_line(pair, action), role),
        dialogue=tuple((q.prompt, q.answer) for q in command_line(pair, action).dialogue),
        details=tuple(sorted(details.items())),
        states=tuple((r.value, seen.own(r).value) for r in Role),
        addresses=tuple((r.value, pair.server(r).address) for r in Role),
        statements=tuple(stated),
        health=_health(seen) if assess(seen).name in RELIES_ON_HEALTH else None,
    )


def _matters(kind: StatementKind, action: Action) -> bool:
    return any(kind in kinds for way in action.allowed.values() for kinds in way)


def _health(seen: Observation) -> str:
    return (Health.OK if seen.healthy_words else Health.DEGRADED).stored


WORDS = {
    "host": "SSH host",
    "port": "SSH port",
    "address": "address",
    "host_key": "pinned host key",
    "line": "command line",
    "dialogue": "questions and answers",
    "role": "server",
    "addresses": "addresses",
    "details": "details",
    "health": "health of the pair",
}


def differences(then: Plan, now: Plan) -> list[tuple[str, str, str]]:
    """Return what differs between two plans, as (what, as approved, as it is now).

    Empty where nothing that matters differs.
    """
    changes = []
    for role, before in then.states:
        after = dict(now.states)[role]
        if after != before:
            changes.append((role.capitalize(), before, after))
    if then.statements != now.statements:
        changes.append(("Statements", _kinds(then), _kinds(now)))
    for item in fields(Plan):
        before, after = getattr(then, item.name), getattr(now, item.name)
        if item.name in WORDS and before != after:
            changes.append((WORDS[item.name], _short(item.name, before), _short(item.name, after)))
    return changes


def _kinds(plan: Plan) -> str:
    return ", ".join(kind for _, kind in plan.statements) or "none"


def _short(name: str, value: Any) -> str:
    if name == "host_key":
        return fingerprint(value)
    if isinstance(value, tuple):
        return esc(", ".join(" ".join(map(str, item)) for item in value) or "none")
    if value is None:
        return "of no matter"
    return esc(str(value))


def fingerprint(host_key: str) -> str:
    """Return the fingerprint of an OpenSSH public key line, as `ssh-keygen -l` prints it, or "not a host key"."""
    try:
        kind, text = host_key.split()[:2]
        raw = b64decode(text, validate=True)
    except ValueError:
        return "not a host key"
    parts = _parts(raw)
    if len(parts) < 2 or parts[0] != kind.encode():
        return "not a host key"  # a key repeats its kind inside the encoded part
    return "SHA256:" + b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")


LAST = 6  # characters of a fingerprint that the approver of a key types from the server's console


def veiled(key: str) -> str:
    """Return a fingerprint without its last characters, which can then be read only from the server's console."""
    return f"{key[:-LAST]}…"


def _parts(raw: bytes) -> list[bytes]:
    """Return the parts of a key, each of which follows its length; empty when the key is incomplete."""
    parts = []
    while raw:
        end = 4 + int.from_bytes(raw[:4], "big")
        if end > len(raw):
            return []
        parts.append(raw[4:end])
        raw = raw[end:]
    return parts
