"""Checks Slack: the tokens, the scopes, the clock, the channels, and whether there are enough people."""

import time
from collections.abc import Collection, Iterator
from email.utils import parsedate_to_datetime
from typing import Any

from slack_sdk import WebClient

from bot.check.causes import cause
from bot.check.finding import Finding, bad, good, lacking
from bot.domain.approval import Person, Standing, listed
from bot.domain.errors import Refusal
from bot.domain.pair import Pair
from bot.manifest import CANARY_SCOPES, SCOPES
from bot.settings import Settings
from bot.slack.people import People
from bot.slack.slack_errors import FAILURES, word_of

CLOCK = 60.0  # seconds that this machine's clock may differ; Slack's signatures are valid for five minutes
APP_TOKEN = (
    "Make an app-level token with the scope connections:write (Basic Information, App-Level Tokens) and set "
    "SLACK_APP_TOKEN to it."
)
COUNTED_OUT = {
    Standing.GUEST: "a guest or a bot",
    Standing.DELETED: "deactivated",
    Standing.STRANGER: "from another workspace",
}


def workspace(client: WebClient, settings: Settings, pairs: Collection[Pair]) -> Iterator[Finding]:
    """Yield the findings about the app itself, then about each pair's channel and people."""
    if settings.app_token:
        yield _socket(client, settings.app_token)
    try:
        me = client.auth_test()
    except FAILURES as error:
        yield _wrong("Slack", "refuses the bot token", error, "Set SLACK_BOT_TOKEN to the app's token.")
        return
    yield good("Slack", f"{me['team']} as {me['user']}")
    headers = {name.lower(): str(value) for name, value in me.headers.items()}
    yield _clock(headers.get("date", ""))
    yield _scopes(headers.get("x-oauth-scopes", ""), bool(settings.canary_channel))
    if settings.canary_channel:
        yield _channel(client, settings.canary_channel, "", "canary channel")
    people = People(client)
    for pair in pairs:
        yield _channel(client, pair.channel, pair.name)
        yield from _people(people, pair)


def _wrong(what: str, words: str, error: BaseException | None, remedy: str, pair: str = "") -> Finding:
    """Return the finding for a call that Slack refused, with the given remedy.

    If Slack could not be reached at all, the remedy is one for that cause.
    """
    if word := word_of(error):
        remedy = "Check again in a minute." if word == "ratelimited" else remedy
        return bad(what, f"{words}: {word}", remedy, pair)
    why, mend = cause(error)
    return bad(what, f"Slack cannot be reached: {why}", mend, pair)


def _socket(client: WebClient, token: str) -> Finding:
    """Check that Socket Mode would work. It requests an address from Slack, and opens no connection to it."""
    try:
        client.apps_connections_open(app_token=token)
    except FAILURES as error:
        return _wrong("Slack app token", "is refused", error, APP_TOKEN)
    return good("Slack app token", "opens connections")


def _clock(date: str) -> Finding:
    if not date:
        return good("clock", "Slack gave no time to compare with")
    off = abs(time.time() - parsedate_to_datetime(date).timestamp())
    if off > CLOCK:
        return bad("clock", f"is {off:.0f} s off Slack's", "Set this machine's clock (NTP).")
    return good("clock", f"within {max(off, 1):.0f} s of Slack's")


def _scopes(said: str, canary: bool) -> Finding:
    granted = set(said.replace(" ", "").split(","))
    needed = [scope for scope in SCOPES if canary or scope not in CANARY_SCOPES]
    missing = [scope for scope in needed if scope not in granted]
    if missing:
        words = f"missing: {', '.join(missing)}"
        return bad("Slack scopes", words, "Install the app again from `pairkeeper manifest`.")
    return good("Slack scopes", "all there")


def _channel(client: WebClient, channel_id: str, pair: str, kind: str = "channel") -> Finding:
    what = f"{kind} {channel_id}"
    try:
        channel: Any = client.conversations_info(channel=channel_id)["channel"]
    except FAILURES as error:
        remedy = "Give the channel's id, and invite the bot: /invite @pairkeeper"
        return _wrong(what, "cannot be seen", error, remedy, pair)
    if not channel.get("is_member"):
        return bad(what, f"the bot is not in #{channel['name']}", "Type there: /invite @pairkeeper", pair)
    return good(what, f"#{channel['name']}", pair)


def _people(people: People, pair: Pair) -> Iterator[Finding]:
    """Check everybody who is listed. If all of them are known, check that there are enough for every requester."""
    known = True
    counted: dict[str, set[str]] = {"requesters": set(), "approvers": set()}
    for key, members in counted.items():
        for one in getattr(pair, key):
            try:
                found = [people.identify(who, None) for who in sorted(listed((one,), people.members))]
            except Refusal as refusal:
                known = False
                remedy = "Correct the id in the pairs file."
                yield _wrong(f"people {one}", key, refusal.__cause__, remedy, pair.name)
                continue
            members |= {person.id for person in found if person.standing is Standing.MEMBER}
            yield from _counted_out(key, one, found, pair.name)
    if known:
        yield _quorum(pair, counted["requesters"], counted["approvers"])


def _counted_out(key: str, name: str, people: list[Person], pair: str) -> Iterator[Finding]:
    """Yield the people who are listed and may do nothing.

    That is wrong if the pairs file names the person, and only a remark if a user group contains them.
    """
    out = [f"{person.id} is {COUNTED_OUT[person.standing]}" for person in people if person.standing in COUNTED_OUT]
    if not out:
        return
    words = f"{key}, not counted: {', '.join(out)}"
    if [person.id for person in people] == [name]:
        yield bad(f"people {name}", words, "Take them out of the pairs file.", pair)
    else:
        yield lacking(f"people {name}", words, pair)


def _quorum(pair: Pair, requesters: set[str], approvers: set[str]) -> Finding:
    """Check that each requester has enough other approvers, as nobody approves their own request."""
    what, must = "people quorum", pair.approvals
    if not requesters:
        return bad(
            what, "nobody can ask for anything", "Add requesters to the pairs file, or to its groups.", pair.name
        )
    short = sorted(person for person in requesters if len(approvers - {person}) < must)
    if short:
        left = min(len(approvers - {person}) for person in short)
        words = f"when {' or '.join(short)} asks, {left} can approve and {must} must"
        return bad(what, words, "Add approvers to the pairs file, or to its groups.", pair.name)
    return good(what, f"{len(approvers)} can approve, {must} must, and nobody their own", pair.name)
