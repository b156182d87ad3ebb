"""`pairkeeper check`: everything that has to be right before a pair may be changed, each failure with its remedy."""

import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.check.finding import Finding, bad, good
from bot.check.hostkeys import host_keys, in_force
from bot.check.itself import watched
from bot.console import Console
from bot.domain.command import Command
from bot.domain.observation import Look, own_state
from bot.domain.pair import Pair, Role, Server
from bot.domain.plan import fingerprint
from bot.domain.reply import Ending, Silence, Why, Wire
from bot.domain.status import State, parse
from bot.manifest import CANARY_SCOPES, SCOPES
from bot.registry import actions_of
from bot.settings import Settings, SettingsError, read_pairs
from bot.store import Store, evidence, migrate, pins
from bot.wiring import now

__all__ = ["Finding", "check_all", "host_keys", "in_force", "wrong_settings"]

CLOCK = 60.0  # seconds that this machine's clock may be off: signatures are good for five minutes
GROUP = "S"


def check_all(
    settings: Settings, commands: Mapping[str, Command], client: WebClient | None, only: str = ""
) -> list[Finding]:
    """Every finding, in order, of all pairs or `only` of one; pairs whose own findings are all right are armed."""
    try:
        pairs = read_pairs(settings.pairs_file, actions_of(commands))
        pairs = {name: pair for name, pair in pairs.items() if only in ("", name)}
    except SettingsError as error:
        return wrong_settings(error)
    found = [good("settings", f"{settings.pairs_file}: {len(pairs)} pairs")]
    store = Store(settings.database_url, now)
    found.append(_database(store))
    if found[-1].right:
        pairs = {name: pins.overlay(store, pair) for name, pair in pairs.items()}
    if client:
        found += _slack(client, pairs, settings.canary_channel)
    found += watched(settings, store if found[1].right else None)
    with ThreadPoolExecutor(16) as pool:
        wire = Console()
        for one in pool.map(lambda pair: list(_pair(wire, pair)), pairs.values()):
            found += one
        wire.close()
    _arm(store, pairs, found)
    return found


def wrong_settings(error: SettingsError) -> list[Finding]:
    """A finding per mistake: with these nothing else can be looked at."""
    return [bad("settings", mistake, "Mend that and check again.") for mistake in error.mistakes]


def _arm(store: Store, pairs: Mapping[str, Pair], found: list[Finding]) -> None:
    if not all(one.right for one in found if one.what == "database"):
        return
    for name, pair in pairs.items():
        own = [one for one in found if one.pair == name and not one.what.startswith("people")]
        if all(one.right for one in own):
            evidence.arm(store, pair)
            pins.yield_to_file(store, pair)


def _database(store: Store) -> Finding:
    try:
        found = migrate.version(store.engine)
    except Exception as error:
        return bad("database", f"cannot be opened: {type(error).__name__}", "See DATABASE_URL, and its permissions.")
    if found != migrate.head():
        return bad("database", f"is at version {found or 'none'}", "Run: pairkeeper migrate")
    return good("database", f"{store.engine.dialect.name}, version {found}")


def _slack(client: WebClient, pairs: Mapping[str, Pair], canary: str) -> Iterator[Finding]:
    try:
        me = client.auth_test()
    except SlackApiError as error:
        yield bad(
            "Slack", f"refuses the bot token: {error.response['error']}", "Set SLACK_BOT_TOKEN to the app's token."
        )
        return
    except (SlackClientError, OSError) as error:
        yield bad("Slack", f"cannot be reached: {type(error).__name__}", "Check the network and SLACK_API_URL.")
        return
    yield good("Slack", f"{me['team']} as {me['user']}")
    headers = {name.lower(): str(value) for name, value in me.headers.items()}
    yield _clock(headers.get("date", ""))
    granted = set(headers.get("x-oauth-scopes", "").replace(" ", "").split(","))
    needed = [scope for scope in SCOPES if canary or scope not in CANARY_SCOPES]
    missing = [scope for scope in needed if scope not in granted]
    if missing:
        yield bad("Slack scopes", f"missing: {', '.join(missing)}", "Install the app again from `pairkeeper manifest`.")
    else:
        yield good("Slack scopes", "all there")
    if canary:
        yield _channel(client, canary, "", "canary channel")
    for pair in pairs.values():
        yield _channel(client, pair.channel, pair.name)
        yield from _people(client, pair)


def _clock(said: str) -> Finding:
    if not said:
        return good("clock", "Slack gave no time to compare with")
    off = abs(time.time() - parsedate_to_datetime(said).timestamp())
    if off > CLOCK:
        return bad("clock", f"is {off:.0f} s off Slack's", "Set this machine's clock (NTP).")
    return good("clock", f"within {max(off, 1):.0f} s of Slack's")


def _channel(client: WebClient, channel_id: str, pair: str, kind: str = "channel") -> Finding:
    what = f"{kind} {channel_id}"
    try:
        channel = client.conversations_info(channel=channel_id)["channel"]
    except SlackApiError as error:
        words = f"cannot be seen: {error.response['error']}"
        return bad(what, words, "Give the channel's id, and invite the bot: /invite @pairkeeper", pair)
    if not channel.get("is_member"):
        return bad(what, f"the bot is not in #{channel['name']}", "Type there: /invite @pairkeeper", pair)
    return good(what, f"#{channel['name']}", pair)


def _people(client: WebClient, pair: Pair) -> Iterator[Finding]:
    def members(group: str) -> frozenset[str]:
        return frozenset(client.usergroups_users_list(usergroup=group)["users"])

    approvers: set[str] = set()
    for key in ("requesters", "approvers"):
        for one in getattr(pair, key):
            try:
                people = members(one) if one.startswith(GROUP) else {one}
                gone = [p for p in people if client.users_info(user=p)["user"].get("deleted")]
            except SlackApiError as error:
                yield bad(
                    f"people {one}", f"{key}: {error.response['error']}", "Correct the id in the pairs file.", pair.name
                )
                continue
            if gone:
                words = f"{key}: {', '.join(gone)} deactivated"
                yield bad(f"people {one}", words, "Take them out of the pairs file.", pair.name)
            approvers |= people - set(gone) if key == "approvers" else set()
    if len(approvers) < pair.approvals + 1 and approvers & set(pair.requesters):
        words = f"{len(approvers)} approvers, some of whom may ask; {pair.approvals} besides the requester must approve"
        yield bad("people quorum", words, "Add approvers to the pairs file.", pair.name)
    else:
        yield good("people quorum", f"{len(approvers)} can approve, {pair.approvals} must", pair.name)


def _pair(wire: Wire, pair: Pair) -> Iterator[Finding]:
    for role in Role:
        server = pair.server(role)
        yield from _key_files(pair, role, server)
        yield _server(wire, pair, role, server)


def _key_files(pair: Pair, role: Role, server: Server) -> Iterator[Finding]:
    for login in (server, server.jump):
        if login is None or not login.key:
            continue
        path = Path(login.key).expanduser()
        what = f"{role.value} key"
        if not os.access(path, os.R_OK):
            yield bad(what, f"{path} cannot be read", "Give the key's path, readable by this user.", pair.name)
        elif path.stat().st_mode & 0o077:
            yield bad(what, f"{path} can be read by others", f"Run: chmod 600 {path}", pair.name)
        else:
            yield good(what, str(path), pair.name)


REMEDIES: dict[Why, str] = {
    Why.NO_ANSWER: "Check host, port, and the network from here to the server.",
    Why.REFUSED: "Check the port, and that SSH is on at the server.",
    Why.NO_ADDRESS: "Correct host in the pairs file.",
    Why.WRONG_KEY: "Compare `pairkeeper hostkey` with the server's console; only then change host_key.",
    Why.BAD_PIN: "Give host_key as one public key line.",
    Why.LOGIN: "Put the bot's public key on the server for this user.",
    Why.NO_EXEC: "This appliance gives an interactive shell only, which is not supported yet.",
    Why.JUMP: "Check the jump host's host, port, user, key and host_key.",
}


def _server(wire: Wire, pair: Pair, role: Role, server: Server) -> Finding:
    what = f"{role.value} {server.host}:{server.port}"
    try:
        reply = wire.probe(server, pair.typed(pair.status, role), pair.status.time_limit)
    except Silence as silence:
        return bad(what, silence.words, REMEDIES[silence.why], pair.name)
    if reply.ending is not Ending.EXITED:
        return bad(what, f"ha-status: {reply.ending.value}", "Try the line by hand; see pty and prefix.", pair.name)
    report = parse(reply.text, pair.labels)
    state = own_state(pair, Look(role, now(), report))
    if state is State.CONFLICT:
        says = f"it says that it is the {report.host} at {report.address}"
        return bad(what, says, f"The settings say {role.value} at {server.address}: correct them.", pair.name)
    if state is State.UNKNOWN:
        words = f"ha-status is not understood: {reply.text.strip()[:80]!r}"
        return bad(what, words, "See labels, prefix and pty in the settings.", pair.name)
    return good(what, f"{state.value}, {fingerprint(server.host_key)}", pair.name)
