"""The rules for several keys of the pairs file together.

They look at the file's own tables, so that what is wrong with one key does not hide what is wrong with two others.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from bot.domain.command import Action
from bot.domain.pair import Login, Pair, Role
from bot.domain.status import same_address
from bot.settings.mistakes import Mistake, either

T = TypeVar("T")
NAME = re.compile(r"[\w.-]{1,40}")
GROUP = re.compile(r"S[A-Z0-9]{2,}")
SLOT = re.compile(r"\{(\w+)\}")
MOVABLE = ("ha-failover", "ha-failback")  # the commands that the settings may have run on the other server


def at(table: Any, kind: type[T], *keys: str) -> T:
    """Return the value under these keys, or an empty one where nothing of this kind stands."""
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, kind) else kind()


def pair_mistakes(name: str, pair: Any, actions: Mapping[str, Action]) -> Iterator[Mistake]:
    """Yield what is wrong with a pair's keys together."""
    place = f"pairs.{name}"
    if not NAME.fullmatch(name):
        yield Mistake(place, "cannot be typed as one word: name it with letters, digits, - and _, at most 40.")
    yield from _quorum_mistakes(place, pair)
    for role in Role:
        yield from _server_mistakes(f"{place}.{role}", at(pair, dict, role), at(pair, str, "floating_ip"))
    primary, secondary = (at(pair, str, role, "address") for role in Role)
    if same_address(primary, secondary):
        yield Mistake(f"{place}.secondary.address", f"is {secondary}, the Primary's: give each server its own.")
    for command, line in at(pair, dict, "commands").items():
        yield from _command_mistakes(f"{place}.commands.{command}", line, actions.get(command))


def _quorum_mistakes(place: str, pair: Any) -> Iterator[Mistake]:
    """Yield a mistake if a requester could never find enough approvers.

    User groups are counted only when somebody asks, as Slack knows their members.
    """
    requesters, approvers = (at(pair, list, key) for key in ("requesters", "approvers"))
    approvals = at(pair, int, "approvals") or Pair.approvals
    if not approvers or not all(isinstance(who, str) for who in (*requesters, *approvers)):
        return
    short = [who for who in requesters if len(set(approvers) - {who}) < approvals]
    if short and not any(GROUP.fullmatch(who) for who in approvers):
        yield Mistake(
            f"{place}.approvers",
            f"has fewer than {max(approvals, 1)} besides {either(dict.fromkeys(short))}, who may ask: "
            "add approvers, because nobody approves their own request.",
        )


def _server_mistakes(place: str, server: Any, floating_ip: str) -> Iterator[Mistake]:
    jump = at(server, dict, "jump")
    for key, address in (("address", at(server, str, "address")), ("host", _host(server)), ("jump.host", _host(jump))):
        if same_address(floating_ip, address):
            words = f"is the floating IP {floating_ip}, which moves to the other server at a failover"
            yield Mistake(f"{place}.{key}", f"{words}: give the server's own address.")
    for key, login in ({"key": server, "jump.key": jump} if "jump" in server else {"key": server}).items():
        if not at(login, str, "key") and not at(login, bool, "agent"):
            yield Mistake(f"{place}.{key}", "is missing: give the private key's path, or set agent = true.")


def _command_mistakes(place: str, line: Any, action: Action | None) -> Iterator[Mistake]:
    if at(line, str, "runs_on") and (action is None or action.name not in MOVABLE):
        words = f"is set: only {either(MOVABLE, 'and')} may run on another server than usual. Remove it."
        yield Mistake(f"{place}.runs_on", words)
    if action is None and at(line, list, "dialogue"):
        yield Mistake(f"{place}.dialogue", "is set: a command that only reads asks nothing. Remove it.")
    slots = [*(detail.slot for detail in action.details), *(secret.slot for secret in action.secrets)] if action else []
    known = either((f"{{{slot}}}" for slot in slots), "and") if slots else "none for this command"
    for index, question in enumerate(at(line, list, "dialogue")):
        for slot in SLOT.findall(at(question, str, "answer")):
            if slot not in slots:
                words = f"has {{{slot}}}, which nobody gives: there is {known}."
                yield Mistake(f"{place}.dialogue[{index}].answer", words)


def shared_mistakes(pairs: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield the mistakes of two pairs that are really one: a pair's lock is useless if another pair has its server."""
    names: dict[str, str] = {}
    ways: dict[tuple[str, int, str], str] = {}
    for name, pair in pairs.items():
        if other := names.get(name.casefold()):
            yield Mistake(f"pairs.{name}", f"is named like pairs.{other}: names differ in more than capitals.")
        names.setdefault(name.casefold(), name)
        for role in Role:
            server, place = at(pair, dict, role), f"pairs.{name}.{role}"
            host, port = _host(server), at(server, int, "port") or Login.port
            way = (host.casefold(), port, _host(at(server, dict, "jump")))
            if host and way in ways:
                yield Mistake(place, f"is reached at {host}:{port} like {ways[way]}: mend one of them.")
            ways.setdefault(way, place)


def _host(login: Any) -> str:
    """Return the host, without the brackets in which an IPv6 address may stand."""
    host = at(login, str, "host")
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host
