"""What `ha-status` prints, read: text in, a Report out, and never a guess.

Labels are documented, the layout is not, so: case, ANSI codes, carriage returns, colons and blanks do
not matter, a value stands on its label's line or the next, and what is not recognised is unknown.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.pair import Labels, Role


class State(StrEnum):
    """The state of one server, as far as it can be told."""

    ACTIVE = "active"
    STANDBY = "standby"
    DEMOTED = "demoted"
    FAILED = "failed"
    STANDALONE = "standalone"
    UNPAIRED = "unpaired"
    SILENT = "silent"
    UNSEEN = "unseen"
    UNKNOWN = "unknown"
    CONFLICT = "conflict"


class Health(StrEnum):
    """The pair's health in one server's `ha-status`."""

    OK = "OK"
    DEGRADED = "Degraded"
    UNKNOWN = "not told"


@dataclass(frozen=True)
class Report:
    """One server's answer: who it says it is, its own state, what it says of its peer, the pair's health."""

    host: Role | None
    address: str | None
    own: State
    peer: State
    health: Health
    floating_ip: str | None
    share: str | None
    text: str


ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
ADDRESS = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:]+:[0-9a-f]*)(?![\w.])", re.I)
WORDS = (  # in this order: the longer word first
    (re.compile(r"^promoted active$", re.I), State.ACTIVE),
    (re.compile(r"^active$", re.I), State.ACTIVE),
    (re.compile(r"^standby$", re.I), State.STANDBY),
    (re.compile(r"^demoted$", re.I), State.DEMOTED),
    (re.compile(r"^failed$", re.I), State.FAILED),
    (re.compile(r"^standalone$", re.I), State.STANDALONE),
)


def clean(text: str) -> str:
    """The text without ANSI codes, carriage returns and control characters; lines keep their order."""
    text = ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return "".join(c for c in text if c == "\n" or c.isprintable())


def _sections(text: str, labels: Labels) -> dict[str, list[str]] | None:
    """Lines by the label that they belong to; None when a label comes twice with other words."""
    patterns = {
        name: re.compile(rf"^\s*(?:{pattern})\b\s*:?", re.I)
        for name, pattern in vars(labels).items()
        if name in ("primary", "secondary", "floating_ip", "health", "share")
    }
    sections: dict[str, list[str]] = {}
    current: str | None = None
    for line in text.splitlines():
        for name, pattern in patterns.items():
            if match := pattern.match(line):
                if name in sections:
                    return None
                current, line = name, line[match.end() :]
                sections[name] = []
                break
        if current and line.strip(" :"):
            sections[current].append(line.strip(" :"))
    return sections


def _state(lines: list[str], role: Role, this_host: re.Pattern[str]) -> State:
    """The one state word among a row's lines; anything else that stands there makes it unknown."""
    bare = [ADDRESS.sub("", this_host.sub("", line)).strip(" :()-,") for line in lines]
    words = [word for word in bare if word]
    found = [state for word in words for pattern, state in WORDS if pattern.match(" ".join(word.split()))]
    if len(words) != 1 or len(found) != 1:
        return State.UNKNOWN
    if role is Role.PRIMARY and found[0] is State.STANDBY:
        return State.DEMOTED  # the vendor uses both words for a demoted Primary
    if role is Role.SECONDARY and found[0] is State.DEMOTED:
        return State.UNKNOWN  # only a Primary can be demoted
    return found[0]


def _health(lines: list[str]) -> Health:
    word = " ".join(" ".join(lines[:1]).split()).lower()
    return {"ok": Health.OK, "degraded": Health.DEGRADED}.get(word, Health.UNKNOWN)


def _address(lines: list[str]) -> str | None:
    found = ADDRESS.findall(" ".join(lines))
    return found[0] if len(found) == 1 else None


def _nobody(text: str, own: State = State.UNKNOWN) -> Report:
    return Report(None, None, own, State.UNKNOWN, Health.UNKNOWN, None, None, text)


def parse(raw: str, labels: Labels | None = None) -> Report:
    """Read one answer of `ha-status`; never raises: what is not understood is `State.UNKNOWN`."""
    labels = labels or Labels()
    text = clean(raw)
    if labels.unpaired and re.search(labels.unpaired, text, re.I):
        return _nobody(text, State.UNPAIRED)
    sections = _sections(text, labels)
    if sections is None:
        return _nobody(text)
    this_host = re.compile(labels.this_host, re.I)
    rows = {role: sections.get(role.value, []) for role in Role}
    hosts = [role for role, lines in rows.items() if any(this_host.search(line) for line in lines)]
    if len(hosts) != 1:
        return _nobody(text)
    host = hosts[0]
    return Report(
        host=host,
        address=_address(rows[host]),
        own=_state(rows[host], host, this_host),
        peer=_state(rows[host.peer], host.peer, this_host),
        health=_health(sections.get("health", [])),
        floating_ip=_address(sections.get("floating_ip", [])),
        share=" ".join(sections.get("share", [])) or None,
        text=text,
    )
