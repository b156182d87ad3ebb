"""`pairkeeper check`: everything that must be right before a pair may be changed, each failure with its remedy."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from slack_sdk import WebClient

from bot.check.conclusion import armed_pairs, conclusion
from bot.check.database import opened, unwritable
from bot.check.finding import Finding, bad, good
from bot.check.host_keys import in_force, offered_host_keys
from bot.check.process import watched
from bot.check.servers import servers
from bot.check.workspace import workspace
from bot.domain.command import Command
from bot.domain.errors import Refusal
from bot.domain.pair import Pair
from bot.registry import actions_of
from bot.settings import Settings, SettingsError, read_pairs
from bot.ssh import SshClient
from bot.store import Store, host_keys, sightings

__all__ = ["Finding", "check_all", "conclusion", "in_force", "offered_host_keys", "wrong_settings"]


def check_all(
    settings: Settings, commands: Mapping[str, Command], client: WebClient | None, only: str = ""
) -> list[Finding]:
    """Return every finding in order, for all pairs or for the pair `only`.

    A pair is armed if every finding about it is right; findings about people do not count for this. Without a `client`
    Slack is not checked.
    """
    try:
        pairs = read_pairs(settings.pairs_file, actions_of(commands))
    except SettingsError as error:
        return wrong_settings(error)
    pairs = {name: pair for name, pair in pairs.items() if only in ("", name)}
    store, database = opened(settings.database_url)
    pairs, _ = in_force(settings.database_url, pairs)
    findings = [good("settings", f"{settings.pairs_file}: {len(pairs)} pairs"), database]
    findings += workspace(client, settings, pairs.values()) if client else ()
    findings += watched(settings, store)
    wire = SshClient(settings.only_loopback)
    with ThreadPoolExecutor(16) as pool:
        for own in pool.map(lambda pair: list(servers(wire, pair)), pairs.values()):
            findings += own
    wire.close()
    return [*findings, *(_arm(store, pairs, findings) if store else ())]


def wrong_settings(error: SettingsError) -> list[Finding]:
    """Return a finding for each mistake in the settings. With such mistakes nothing else can be checked."""
    return [bad("settings", mistake, "") for mistake in error.mistakes]


def _arm(store: Store, pairs: Mapping[str, Pair], findings: list[Finding]) -> Iterator[Finding]:
    for name in armed_pairs(findings):
        try:
            sightings.arm(store, pairs[name])
            host_keys.yield_to_file(store, pairs[name])
        except Refusal as refusal:
            yield unwritable(refusal, name)
