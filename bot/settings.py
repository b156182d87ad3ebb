"""The environment and the pairs file, read into frozen values; every mistake told at once, each in a sentence."""

import difflib
import os
import re
import socket
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from bot.domain.command import Action
from bot.domain.pair import STATUS, CommandLine, Pair, Role, Server
from bot.domain.plan import fingerprint

PERSON = re.compile(r"^[UW][A-Z0-9]{2,}$")
GROUP = re.compile(r"^S[A-Z0-9]{2,}$")
CHANNEL = re.compile(r"^[CG][A-Z0-9]{2,}$")
SLOT = re.compile(r"\{(\w+)\}")


class SettingsError(Exception):
    """What is wrong with the settings: one sentence per mistake, each with its place and its remedy."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Settings:
    """The environment; secrets are never shown in its words."""

    pairs_file: Path
    database_url: str
    bot_token: str
    app_token: str
    signing_secret: str
    api_url: str
    port: int

    def __repr__(self) -> str:
        return f"Settings({self.pairs_file}, {self.api_url})"


def read_environment(environ: Mapping[str, str], slack: bool = True) -> Settings:
    """The environment's part; raises SettingsError. `slack` False asks for no tokens."""
    mistakes = list(_token_mistakes(environ)) if slack else []
    if not environ.get("PAIRKEEPER_CONFIG"):
        mistakes.append("PAIRKEEPER_CONFIG is not set: give it the path of the pairs file, as in /etc/pairkeeper.toml.")
    port = environ.get("PORT", "3000")
    if not port.isdigit():
        mistakes.append(f"PORT is {port!r}: give it the number of a port, as in 3000.")
    if mistakes:
        raise SettingsError(mistakes)
    return Settings(
        pairs_file=Path(environ["PAIRKEEPER_CONFIG"]),
        database_url=environ.get("DATABASE_URL") or "sqlite:///pairkeeper.db",
        bot_token=environ.get("SLACK_BOT_TOKEN", ""),
        app_token=environ.get("SLACK_APP_TOKEN", ""),
        signing_secret=environ.get("SLACK_SIGNING_SECRET", ""),
        api_url=environ.get("SLACK_API_URL", "https://slack.com/api/").rstrip("/") + "/",
        port=int(port),
    )


def _token_mistakes(environ: Mapping[str, str]) -> Iterator[str]:
    bot, app = environ.get("SLACK_BOT_TOKEN", ""), environ.get("SLACK_APP_TOKEN", "")
    if not bot:
        yield "SLACK_BOT_TOKEN is not set: copy the Bot User OAuth Token (xoxb-…) from the app's page at Slack."
    elif not bot.startswith("xoxb-"):
        yield "SLACK_BOT_TOKEN is not a bot token: it begins with xoxb-; a user or app token does not do."
    if app and not app.startswith("xapp-"):
        yield "SLACK_APP_TOKEN is not an app-level token: it begins with xapp-, with the scope connections:write."
    if not app and not environ.get("SLACK_SIGNING_SECRET"):
        yield "Neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP) is set: set one of them."


def read_pairs(path: Path, actions: Mapping[str, Action]) -> dict[str, Pair]:
    """Every pair of the file by name; raises SettingsError with all its mistakes."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError([f"{path} cannot be read: {error.strerror}. Give its path in PAIRKEEPER_CONFIG."]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path} is not valid TOML: {error}. Mend that line; nothing was read."]) from None
    return _pairs(path, data, actions)


def _pairs(path: Path, data: Mapping[str, Any], actions: Mapping[str, Action]) -> dict[str, Pair]:
    mistakes = [f"{path}: {key}: I know no such table; the file has [pairs.NAME]." for key in data if key != "pairs"]
    pairs: dict[str, Pair] = {}
    tables = data.get("pairs")
    if not isinstance(tables, dict) or not tables:
        raise SettingsError([*mistakes, f"{path}: there is no pair in it: add a table [pairs.NAME]."])
    for name, table in tables.items():
        where = f"{path}: pairs.{name}"
        try:
            pair = _pair(where, name, table, actions)
            found = list(_pair_mistakes(where, pair, actions))
        except SettingsError as error:
            found = error.mistakes
        else:
            pairs[name] = pair
        mistakes += found
    if mistakes:
        raise SettingsError(mistakes)
    return pairs


def _pair(where: str, name: str, table: Any, actions: Mapping[str, Action]) -> Pair:
    if not isinstance(table, dict):
        raise SettingsError([f"{where} is not a table: write [pairs.{name}]."])
    mistakes = list(_unknown_keys(where, table, Pair))
    lines = {"ha-status": STATUS} | {action.name: action.line for action in actions.values()}
    commands = table.get("commands", {})
    for command in commands if isinstance(commands, dict) else ():
        if command not in lines:
            mistakes.append(f"{where}.commands.{command}: I know no such command; there are {', '.join(lines)}.")
    whole = {**table, "name": name, "commands": _with_defaults(commands, lines)}
    try:
        pair = TypeAdapter(Pair).validate_python(whole)
    except ValidationError as error:
        mistakes += [_mistake(where, one) for one in error.errors(include_url=False)]
    if mistakes:
        raise SettingsError(mistakes)
    return pair


def _with_defaults(commands: Any, lines: Mapping[str, CommandLine]) -> Any:
    """What the file says of a command, over what is usual for it."""
    if not isinstance(commands, dict):
        return commands
    usual = {name: {f.name: getattr(line, f.name) for f in fields(line)} for name, line in lines.items()}
    return {
        name: usual[name] | said if isinstance(said, dict) else said for name, said in commands.items() if name in usual
    }


def _unknown_keys(where: str, table: Any, kind: Any) -> Iterator[str]:
    """Keys that nothing reads: a typing mistake must not pass for a setting."""
    union = get_origin(kind) in (Union, UnionType)
    inner = next((t for t in ((kind, *get_args(kind)) if union else (kind,)) if is_dataclass(t)), None)
    if inner is None or not isinstance(table, dict):
        if isinstance(table, list):
            for index, item in enumerate(table):
                yield from _unknown_keys(f"{where}[{index}]", item, next(iter(get_args(kind)), None))
        elif isinstance(table, dict) and (values := get_args(kind)):
            for key, item in table.items():
                yield from _unknown_keys(f"{where}.{key}", item, values[-1])
        return
    hints = get_type_hints(inner)
    known = [name for name in hints if not (inner is Pair and name == "name")]
    for key, value in table.items():
        if key in known:
            yield from _unknown_keys(f"{where}.{key}", value, hints[key])
        else:
            near = difflib.get_close_matches(key, known, 1)
            remedy = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
            yield f"{where}.{key}: I know no such key; {remedy}"


def _mistake(where: str, error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    if error["type"] == "missing":
        return f"{where}.{place} is missing: add it."
    wish = str(error["msg"]).removeprefix("Input ")
    return f"{where}.{place} is {error['input']!r}: it {wish[:1].lower()}{wish[1:]}."


def _pair_mistakes(where: str, pair: Pair, actions: Mapping[str, Action]) -> Iterator[str]:
    yield from _people_mistakes(where, pair)
    for role in Role:
        yield from _server_mistakes(f"{where}.{role.value}", pair, pair.server(role))
    if pair.primary.address == pair.secondary.address:
        yield f"{where}: both servers have the address {pair.primary.address}: give each its own."
    for name, line in pair.commands.items():
        yield from _command_mistakes(f"{where}.commands.{name}", line, actions.get(name))
    for name, pattern in vars(pair.labels).items():
        yield from _pattern_mistakes(f"{where}.labels.{name}", pattern)
    for key in ("approval_minutes", "verify_seconds"):
        if getattr(pair, key) <= 0:
            yield f"{where}.{key} is {getattr(pair, key)}: give it a number above 0."


def _people_mistakes(where: str, pair: Pair) -> Iterator[str]:
    if not CHANNEL.match(pair.channel):
        yield f"{where}.channel is {pair.channel!r}: give the channel's id, as in C0123456789, not its name."
    for key in ("requesters", "approvers"):
        people = getattr(pair, key)
        if not people:
            yield f"{where}.{key} is empty: name at least one person by id, as in U0123456789."
        for one in people:
            if not PERSON.match(one) and not GROUP.match(one):
                yield f"{where}.{key}: {one!r} is no id: a person's begins with U or W, a group's with S."
    if pair.approvals < 1:
        yield f"{where}.approvals is {pair.approvals}: at least 1 person has to approve."
    if any(GROUP.match(one) for one in pair.approvers):
        return
    for one in pair.requesters:
        if len(set(pair.approvers) - {one}) < pair.approvals:
            yield (
                f"{where}: {one} may ask, but fewer than {pair.approvals} others may approve: add approvers. "
                "Nobody approves their own request."
            )


def _server_mistakes(where: str, pair: Pair, server: Server) -> Iterator[str]:
    if not server.address:
        yield f"{where}.address is missing: give the address that ha-status prints for this server."
    if server.mode != "exec":
        yield (
            f'{where}.mode is {server.mode!r}: only "exec" is supported; an appliance that gives nothing but an '
            "interactive shell cannot be driven yet."
        )
    for place, login in ((where, server), (f"{where}.jump", server.jump)):
        if login is None:
            continue
        if fingerprint(login.host_key) == "not a host key":
            yield f"{place}.host_key is no public key line: see `pairkeeper hostkey {pair.name}`."
        if not 0 < login.port < 65536:
            yield f"{place}.port is {login.port}: give a port from 1 to 65535."
        if not login.key and not login.agent:
            yield f"{place}: neither key nor agent is set: give the private key's path, or agent = true."
    if pair.floating_ip and _is_floating(pair.floating_ip, server):
        yield (
            f"{where}: {server.host} ({server.address}) is the floating IP {pair.floating_ip}, which moves to the "
            "other server at a failover: give the server's own address."
        )


def _is_floating(floating_ip: str, server: Server) -> bool:
    if floating_ip in (server.address, server.host):
        return True
    try:
        found = socket.getaddrinfo(server.host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False  # a name that does not resolve reaches nothing, the floating IP included
    return floating_ip in {str(address[0]) for *_, address in found}


def _command_mistakes(where: str, line: CommandLine, action: Action | None) -> Iterator[str]:
    if not line.line.strip() or "\n" in line.line:
        yield f"{where}.line is {line.line!r}: give one line, as it is typed."
    if line.time_limit <= 0:
        yield f"{where}.time_limit is {line.time_limit}: give seconds, above 0."
    if line.runs_on and (action is None or action.name not in ("ha-failover", "ha-failback")):
        yield f"{where}.runs_on: only ha-failover and ha-failback may run on another server than usual."
    slots = {d.slot for d in action.details} | {s.slot for s in action.secrets} if action else set()
    for index, question in enumerate(line.dialogue):
        yield from _pattern_mistakes(f"{where}.dialogue[{index}].prompt", question.prompt)
        for slot in SLOT.findall(question.answer):
            if slot not in slots:
                yield f"{where}.dialogue[{index}].answer: I know no {{{slot}}}; there is {', '.join(slots) or 'none'}."


def _pattern_mistakes(where: str, pattern: str) -> Iterator[str]:
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"{where} is no regular expression: {error}."


def environment() -> Mapping[str, str]:
    """This process's environment, read when asked for."""
    return os.environ
