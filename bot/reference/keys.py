"""Lists every key of the pairs file, with its type and default, from the classes that the file is read into."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

from bot.domain.pair import CommandLine, Labels, Login, Pair, Question, Role, Server
from bot.domain.schedule import Schedule
from bot.reference.tables import table

MEANS: dict[type, dict[str, str]] = {
    Pair: {
        "channel": "the channel, by id, where requests are approved",
        "requesters": "who may ask for changes: ids of people or user groups",
        "approvers": "who may approve; nobody approves their own request",
        "primary": "the server in the role Primary",
        "secondary": "the server in the role Secondary, with the same keys",
        "approvals": "how many people must approve",
        "approval_minutes": "minutes after which a request that nobody decided expires",
        "cool_down_minutes": "minutes in which one more command needs a reason of its own",
        "verify_seconds": "seconds for which both servers are looked at after a command",
        "look_seconds": "seconds between two looks by the clock, a tenth less at times; 0: only when somebody asks",
        "escalate_minutes": "minutes after which an incident that nobody takes is told further",
        "escalate_to": "whom it is told then: ids of channels, people or user groups",
        "peer_row": "how far a server's row about its peer is believed",
        "floating_ip": "the shared address, to make sure that nothing connects through it",
        "commands": "per command, where this appliance differs from what is usual",
        "labels": "regular expressions for what `ha-status` prints",
    },
    Login: {
        "host": "name or address that SSH connects to",
        "user": "the account",
        "host_key": "the pinned host key, as an OpenSSH public key line",
        "port": "SSH port",
        "key": "path of the private key",
        "agent": "whether the SSH agent's keys are used",
    },
    Server: {
        "address": "the IP address that `ha-status` prints for this server",
        "jump": "the host to go through",
        "pty": "whether the appliance insists on a terminal",
        "prefix": "what is typed before each command, as in `sudo`",
        "mode": 'how commands are given; only "exec" is supported',
    },
    CommandLine: {
        "line": "the line as it is typed",
        "dialogue": "the questions it asks, in order",
        "time_limit": "seconds until its last answer; after it, until people are told that it takes longer than usual",
        "longest": "seconds for which it may be at work: until then nobody can say how one that was lost has ended",
        "runs_on": "the server it runs on, for `ha-failover` and `ha-failback`",
    },
    Question: {
        "prompt": "regular expression for the question",
        "answer": "what is answered, with `{slots}` for what is given with the request",
    },
    Labels: {
        "primary": "the Primary's row",
        "secondary": "the Secondary's row",
        "floating_ip": "the floating IP's row",
        "health": "the pair's health",
        "share": "the SMB share's row",
        "this_host": "the mark of the server that prints",
        "unpaired": "what a server prints in its own row, or alone, that is in no pair yet",
    },
}
MEANS[Schedule] = {
    "channel": "the channel, by id, that gets a health summary",
    "cron": "when: minute, hour, day, month, day of the week, as in `0 8 * * mon-fri`",
    "zone": "the time zone in which that is read, as in `Europe/London`",
    "pairs": "the pairs it is about; all of them when left out",
}
TYPES = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def settings() -> str:
    """Return the table of all keys. The Secondary's keys are those of the Primary."""
    rows = [*_rows("pairs.NAME", Pair), *_rows("summaries[]", Schedule)]
    return table(("key", "type", "default", "what it is"), rows)


def _rows(place: str, kind: type) -> Iterator[tuple[str, str, str, str]]:
    hints = get_type_hints(kind)
    for item in fields(kind):
        if kind is Pair and item.name == "name":
            continue  # the name is written in the table's head
        hint, words = hints[item.name], _means(kind, item.name)
        inner, below = _inner(hint)
        where = f"{place}.{item.name}{below}"
        yield f"`{where}`", _type(hint) if inner is None else "table", _default(kind, item), words
        if inner and item.name != Role.SECONDARY:
            yield from _rows(where, inner)


def _means(kind: type, name: str) -> str:
    return next(MEANS[one][name] for one in kind.__mro__ if name in MEANS.get(one, {}))


def _inner(hint: Any) -> tuple[type | None, str]:
    """Return the table that a key holds, or None, and how that table's own keys are written."""
    below = {tuple: "[]", Mapping: ".COMMAND"}.get(get_origin(hint), "")
    found = next((one for one in (hint, *get_args(hint)) if is_dataclass(one)), None)
    return (found, below) if isinstance(found, type) else (None, "")


def _type(hint: Any) -> str:
    if get_origin(hint) is tuple:
        return f"list of {_type(get_args(hint)[0])}s"
    hint = next((one for one in get_args(hint) if one is not type(None)), hint)
    if issubclass(hint, Enum):
        *most, last = (f'"{one.value}"' for one in hint)
        return f"{', '.join(most)} or {last}"
    return TYPES[hint]


def _default(kind: type, item: Field[Any]) -> str:
    if kind is CommandLine:
        return "the command's own"
    if item.name == "address" or (item.default is MISSING and item.default_factory is MISSING):
        return "required"
    match item.default if item.default_factory is MISSING else None:
        case None | "":
            return "–"
        case bool():
            return f"`{str(item.default).lower()}`"
        case float():
            return f"`{item.default:g}`"
        case _:
            return f"`{item.default}`"
