"""Read what `ha-status` prints: text in, a Report out, and never a guess.

The labels are documented, but the layout is not. So case, ANSI codes, carriage returns, colons and blanks do not
matter. A value stands on its label's line or on the next. What is not recognised is unknown.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from bot.domain.code import Code
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
    UNASKED = "unasked"
    UNKNOWN = "unknown"
    CONFLICT = "conflict"

    @classmethod
    def _missing_(cls, _value: object) -> "State":
        """Return UNKNOWN for a stored name that only another release knows."""
        return cls.UNKNOWN


SAID = {State.SILENT: "no answer", State.UNSEEN: "no answer to me", State.UNKNOWN: "not understood"}
SAID |= {State.UNASKED: "not asked"}
UNTOLD = frozenset({State.SILENT, State.UNSEEN, State.UNASKED, State.UNKNOWN, State.CONFLICT})


class Health(Code):
    """The pair's health, as one server's `ha-status` says."""

    OK = "ok", "OK"
    DEGRADED = "degraded", "Degraded"
    UNKNOWN = "unknown", "not told"

    @classmethod
    def _missing_(cls, value: object) -> "Health":
        """Return UNKNOWN for a stored name that only another release knows."""
        return super()._missing_(value) or cls.UNKNOWN


@dataclass(frozen=True)
class Report:
    """One server's answer.

    It has who the server says that it is (`host`, `address`), its own state, its peer's state as it sees it, and the
    pair's health.
    """

    host: Role | None
    address: str | None
    own: State
    peer: State
    health: Health
    floating_ip: str | None
    share: str | None
    text: str


ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]+[0-~]|[0-~])")
ADDRESS = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}"
    r"|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?:%\w+)?)(?![\w.:])",
    re.I,
)
WORDS = (  # the longer words come first
    (re.compile(r"^promoted active$", re.I), State.ACTIVE),
    (re.compile(r"^active$", re.I), State.ACTIVE),
    (re.compile(r"^standby$", re.I), State.STANDBY),
    (re.compile(r"^demoted$", re.I), State.DEMOTED),
    (re.compile(r"^failed$", re.I), State.FAILED),
    (re.compile(r"^standalone$", re.I), State.STANDALONE),
)


EDGES = " :()-,|│"
# A ruled line between two rows of a table.
RULE = re.compile(r"^[\s+|=_\-─━│┼├┤┬┴┌┐└┘═║╪╬]*[+=_\-─━═]{3}[\s+|=_\-─━│┼├┤┬┴┌┐└┘═║╪╬]*$")
ADDRESS_LABEL = re.compile(r"^(?:ip|ipv[46]|ip address|ipv[46] address|address)\s*:?$", re.I)
STATE_LABEL = re.compile(r"^(?:ha )?(?:status|state)\s*:\s*", re.I)
LABELS = ("primary", "secondary", "floating_ip", "health", "share")  # the labels that begin a row


def clean(text: str) -> str:
    """Return the text without ANSI codes, carriage returns and control characters. Lines keep their order."""
    text = ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return "".join(c for c in text if c == "\n" or c.isprintable())


def _sections(text: str, labels: Labels) -> dict[str, list[str]] | None:
    """Return the lines by the label to which they belong; None when a label comes twice."""
    patterns = {name: label_pattern(pattern) for name, pattern in vars(labels).items() if name in LABELS and pattern}
    this_host = re.compile(labels.this_host, re.I)
    sections: dict[str, list[str]] = {}
    current: str | None = None
    for line in text.splitlines():
        if RULE.match(line):
            continue
        for name, pattern in patterns.items():
            if match := pattern.match(line):
                current, line = name, line[match.end() :]
                if name in sections and not _only_address(this_host.sub("", line)):
                    return None
                sections.setdefault(name, [])
                break
        if current and line.strip(" :|│"):
            sections[current].append(line.strip())
    return sections


def label_pattern(pattern: str) -> re.Pattern[str]:
    """Return the pattern of a row's beginning: the label, after blanks or the edge of a table."""
    return re.compile(rf"^[\s|│]*(?:{pattern})(?!\w)[\s|│]*:?", re.I)


def _only_address(line: str) -> bool:
    """Whether a line has only an address, with or without a label."""
    bare = _without_address(line).strip(EDGES)
    return ADDRESS.search(line) is not None and (not bare or bool(ADDRESS_LABEL.match(bare)))


def _words(lines: list[str], this_host: re.Pattern[str]) -> list[str]:
    """Return what a row's lines say besides the address and the mark of this host."""
    words = []
    for cell in (cell for line in lines for cell in re.split(r"[|│]", this_host.sub("", line))):
        bare = _without_address(cell).strip(EDGES)
        told = bare != cell.strip(EDGES)  # true where the cell has an address, whose own label is not a word of the row
        if bare and not (told and ADDRESS_LABEL.match(bare)):
            words.append(STATE_LABEL.sub("", bare))
    return words


def _state(lines: list[str], role: Role, this_host: re.Pattern[str]) -> State:
    """Return the one state that a row's lines name. Anything else in the row makes the state unknown."""
    words = _words(lines, this_host)
    states = [state for word in words for pattern, state in WORDS if pattern.match(" ".join(word.split()))]
    if len(words) != 1 or len(states) != 1:
        return State.UNKNOWN
    if role is Role.PRIMARY and states[0] is State.STANDBY:
        return State.DEMOTED  # the vendor uses both words for a demoted Primary
    if role is Role.SECONDARY and states[0] is State.DEMOTED:
        return State.UNKNOWN  # only a Primary can be demoted
    return states[0]


def _health(lines: list[str]) -> Health:
    cells = [cell for line in lines[:1] for cell in re.split(r"[|│]", line) if cell.strip()]
    word = " ".join(" ".join(cells[:1]).split()).lower()
    return {"ok": Health.OK, "degraded": Health.DEGRADED}.get(word, Health.UNKNOWN)


def _address(lines: list[str]) -> str | None:
    addresses = [match[0] for match in ADDRESS.finditer(" ".join(lines)) if same_address(match[0], match[0])]
    return addresses[0] if len(addresses) == 1 else None


def _without_address(line: str) -> str:
    return ADDRESS.sub(lambda match: "" if same_address(match[0], match[0]) else match[0], line)


@lru_cache(1024)
def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def is_address(text: str) -> bool:
    """Whether this is an IPv4 or IPv6 address."""
    return _parsed(text) is not None


def same_address(one: str, other: str) -> bool:
    """Whether both are the same IP address, however it is written. A text that is no address equals nothing."""
    return is_address(one) and _parsed(one) == _parsed(other)


def _fresh(lines: list[str], unpaired: str) -> bool:
    return bool(unpaired) and any(re.search(unpaired, line, re.I) for line in lines)


def _nobody(text: str, own: State = State.UNKNOWN) -> Report:
    return Report(None, None, own, State.UNKNOWN, Health.UNKNOWN, None, None, text)


def complete(raw: str, labels: Labels, floating_ip: bool) -> bool:
    """Whether an answer is complete.

    It must have every label that this pair prints, the pair's health, and the end of the last line.
    """
    sections = _sections(clean(raw), labels) or {}
    expected = {name for name in LABELS if getattr(labels, name) and (floating_ip or name != "floating_ip")}
    return raw.endswith(("\n", "\r")) and expected <= sections.keys() and bool(sections.get("health"))


def parse(raw: str, labels: Labels | None = None) -> Report:
    """Read one answer of `ha-status`. Never raises: what is not understood is `State.UNKNOWN`."""
    labels = labels or Labels()
    text = clean(raw)
    sections = _sections(text, labels)
    if sections is None:
        return _nobody(text)
    this_host = re.compile(labels.this_host, re.I)
    rows = {role: sections.get(role.value, []) for role in Role}
    hosts = [role for role, lines in rows.items() if any(this_host.search(line) for line in lines)]
    if len(hosts) != 1:
        # The words for "in no pair" count in a server's own row, or where there is no row at all. Beside rows they may
        # belong to anything ("SMB share: not configured"), and a server in use would pass for a new one.
        fresh = not any(rows.values()) and _fresh(text.splitlines(), labels.unpaired)
        return _nobody(text, State.UNPAIRED if fresh else State.UNKNOWN)
    host = hosts[0]
    own = _state(rows[host], host, this_host)
    if own in (State.UNKNOWN, State.STANDALONE) and _fresh(_words(rows[host], this_host), labels.unpaired):
        own = State.UNPAIRED
    return Report(
        host=host,
        address=_address(rows[host]),
        own=own,
        peer=_state(rows[host.peer], host.peer, this_host),
        health=_health(sections.get("health", [])),
        floating_ip=_address(sections.get("floating_ip", [])),
        share=" ".join(sections.get("share", [])) or None,
        text=text,
    )


def misread(raw: str, labels: Labels) -> str:
    """Return why a server's own row is not understood: which row, and what is wrong with it.

    Empty where it is understood.
    """
    if parse(raw, labels).own is not State.UNKNOWN:
        return ""
    text = clean(raw)
    sections = _sections(text, labels)
    if sections is None:
        return "a label stands there twice"
    this_host = re.compile(labels.this_host, re.I)
    rows = {role: sections.get(role.value) for role in Role}
    hosts = [role for role, lines in rows.items() if any(this_host.search(line) for line in lines or ())]
    if missing := [role.word for role, lines in rows.items() if lines is None]:
        return f"there is no row of the {' and no row of the '.join(missing)}: see labels"
    if len(hosts) != 1:
        which = "both rows say" if hosts else "no row says"
        return f"{which} which server this is (labels.this_host)"
    words = _words(rows[hosts[0]] or [], this_host)
    shown = " and ".join(f"“{word[:40]}”" for word in words) or "nothing"
    return f"the row of the {hosts[0].word}, this host, says {shown} where one state should stand"


def told(report: Report) -> str:
    """Return what was read from an answer, in one line."""
    host = f"{report.host.word} {report.own.value} at {report.address or 'no address'}" if report.host else "no own row"
    return f"{host}, peer {report.peer.value}, health {report.health.stored}"
