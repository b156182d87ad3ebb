"""The command line: `pairkeeper` and its commands."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from bot import logs
from bot.domain.errors import CannotDraw, CannotStart, Refusal, SettingsError
from bot.manifest import manifest as slack_manifest
from bot.registry import BrokenCommand, actions_of, load_commands
from bot.views.answers import not_done
from bot.views.refusals import plain_words
from bot.views.terminal import columns, degrade, mark, plain_blocks
from bot.views.wording import term

if TYPE_CHECKING:
    from bot.check import Finding
    from bot.domain.incident import Report
    from bot.domain.pair import Pair
    from bot.settings import Settings
    from bot.simulator.demo import Parts
    from bot.store import Store
    from bot.store.made_up import Story
    from bot.views.html import Picture

# Settings, database, SSH, Slack's libraries and pictures take a second to import: each command imports what it uses.
FORMS = ("md", "html", "json")


class FullHelpCommand(click.Command):
    """A command that click does not cut short in the list of commands."""

    def get_short_help_str(self, limit: int = 0) -> str:
        """Return the first sentence of the command's help, up to 500 characters."""
        return super().get_short_help_str(max(limit, 500))


class Commands(click.Group):
    """The group of all commands, each with its whole line of help."""

    command_class = FullHelpCommand


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pairkeeper")
def cli() -> None:
    """See and recover PAM HA Pairs from Slack, two people at a time."""
    os.umask(0o077)  # the database, its lock and reports hold what people said and did: only this user reads them


def _settings(slack: bool = True) -> "Settings":
    """Return the settings. The pairs file is read too, so that the mistakes of both are reported together."""
    from bot.settings import read_all

    return read_all(os.environ, actions_of(load_commands()), slack)[0]


@cli.command()
@click.option("--verbose", is_flag=True, help="Log what is done, too.")
def run(verbose: bool) -> None:
    """Run the bot until SIGTERM; what is running then ends first. Exit code 75: it was deaf, restart it."""
    from bot.monitoring.alarm import mistakes as alarm_mistakes
    from bot.wiring import Bot

    settings = _settings()
    logs.begin(settings.log, verbose, settings.secrets())
    if mistakes := alarm_mistakes(settings.alarm_urls):
        raise SettingsError(mistakes)
    sys.exit(Bot(settings, load_commands()).run())


@cli.command()
@click.argument("pair", required=False)
def status(pair: str | None) -> None:
    """What both servers of PAIR say, without Slack; exit code 1 unless healthy."""
    from bot.services import observe
    from bot.services.observation import shown
    from bot.views.details import details
    from bot.wiring import check_database, make_desk, now

    settings = _settings(slack=False)
    desk = make_desk(settings, load_commands(), lambda _group: frozenset(), lambda work: work())
    check_database(desk.store)
    found = desk.pair(pair) if pair else desk.only_pair("pairkeeper status")
    seen = shown(desk, observe(desk, found))
    blocks = details(seen, desk.actions, found.peer_row, now())["blocks"]
    click.echo(plain_blocks(block for block in blocks if block["type"] != "actions"))
    sys.exit(0 if not seen.about.risk else 1)


@cli.command()
@click.option("--url", default="", help="https://host for HTTP; without it the manifest is for Socket Mode.")
def manifest(url: str) -> None:
    """The Slack app manifest, to paste at api.slack.com/apps."""
    where = urlsplit(url)
    if url and (where.scheme != "https" or not where.netloc or where.query or where.fragment):
        raise CannotStart(f'Slack takes https only: --url is "{url}". Write it as https://your.host.')
    click.echo(json.dumps(slack_manifest(load_commands(), url), indent=2, ensure_ascii=False))


@cli.command("migrate")
def migrate_() -> None:
    """Bring the database (DATABASE_URL) up to date."""
    from bot.store import Store, migration
    from bot.wiring import bring_up_to_date, now

    store = Store(os.environ.get("DATABASE_URL") or "sqlite:///pairkeeper.db", now)
    bring_up_to_date(store)
    click.echo(f"The database is up to date (version {migration.version(store.engine)}).")


@cli.command()
@click.argument("pair", required=False)
def hostkey(pair: str | None) -> None:
    """The host key that each server (and jump host) of PAIR offers now, beside the pinned one, if any."""
    from bot.check import in_force, offered_host_keys
    from bot.services.base import named
    from bot.settings import read_all

    settings, file = read_all(os.environ, actions_of(load_commands()), slack=False, pinned=False)
    pairs, unread = in_force(settings.database_url, file)
    found = []
    asked = [named(pairs, pair)] if pair else pairs.values()
    for one in offered_host_keys(asked, settings.only_loopback):
        click.echo("\n".join(one.lines()))
        found.append(one)
    click.echo("Compare with the server's own console (ssh-keygen -lf on its host key) before you change a pin.")
    if unread:
        click.echo(unread)
    sys.exit(0 if all(one.same for one in found) else 1)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON.")
@click.option("--no-slack", is_flag=True, help="Leave Slack out.")
def check(as_json: bool, no_slack: bool) -> None:
    """Check everything; pairs that pass are armed. Exit code 1 when something is wrong."""
    from bot.check import check_all, wrong_settings
    from bot.slack.client import make_client

    try:
        settings = _settings(slack=not no_slack)
        found = check_all(settings, load_commands(), None if no_slack else make_client(settings))
    except SettingsError as error:
        found = wrong_settings(error)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
    else:
        click.echo(_findings(found))
    sys.exit(0 if all(one.right for one in found) else 1)


@cli.command()
@click.argument("number", type=int)
@click.option("--format", "form", type=click.Choice(FORMS), default="md", help="The report's form.")
def incident(number: int, form: str) -> None:
    """The report of incident NUMBER: what was seen, said, asked, approved and run, and how long it took."""
    from bot.store import Store, incident_timeline, incidents
    from bot.views.report import FORMS as REPORTS
    from bot.wiring import check_database, now

    store = Store(os.environ.get("DATABASE_URL") or "sqlite:///pairkeeper.db", now)
    check_database(store)
    found = incident_timeline.report(store, incidents.get(store, number))
    picture = _picture(found) if form == "html" else None
    click.echo(REPORTS[form](found, _names(), picture), nl=False)


def _names() -> Callable[[str], str]:
    """Return a function that gives people's names, or their ids if Slack is not set up."""
    from bot.settings import read_environment
    from bot.slack.client import make_client
    from bot.slack.people import People, names

    try:
        people = People(make_client(read_environment(os.environ)))
    except SettingsError:
        return lambda who: who
    return names(lambda who: people.identify(who, None))


def _picture(found: "Report") -> "Picture | None":
    """Draw both servers over time. Returns None if pictures cannot be drawn."""
    from bot import charts
    from bot.views.html import Picture
    from bot.wiring import now

    until = found.incident.closed_at or now()
    try:
        light, dark = (charts.ribbon(found, until, dark=dark) for dark in (False, True))
    except charts.NoPictures:
        return None
    return Picture(light, dark, charts.described(found))


@cli.command()
@click.argument("pairs", nargs=-1, metavar="[PAIR]...")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 366), help="How far to look back.")
@click.option("--format", "form", type=click.Choice(["html", "png"]), default="html", help="With a page, or without.")
@click.option(
    "--out", default="pairkeeper-report", show_default=True, type=click.Path(path_type=Path), help="Where to."
)
@click.option("--zone", default="UTC", show_default=True, help="The time zone of days and times, as Europe/London.")
def report(pairs: tuple[str, ...], days: int, form: str, out: Path, zone: str) -> None:
    """The past of PAIR, or of all: pairs over time, availability, how long incidents took, drawn into files."""
    from bot.report import write_report
    from bot.wiring import check_database, make_desk

    desk = make_desk(_settings(slack=False), load_commands(), lambda _group: frozenset(), lambda work: work())
    check_database(desk.store)
    for path in write_report(desk, pairs, days, zone, out, form == "html"):
        click.echo(path)


def _findings(found: "list[Finding]") -> str:
    from bot.check import conclusion

    rows = [(one.pair or "–", one.what, one.words) for one in found]
    lines = columns(rows).splitlines()
    out = []
    for line, one in zip(lines, found, strict=True):
        out.append(f"{mark(one.right, one.missing)}  {line}")
        if one.remedy:
            out.append(f"      → {one.remedy}")
    return "\n".join([*out, "", conclusion(found)])


@cli.command()
@click.option("--port", default=4747, show_default=True, help="Where the page is to be; a free one when it is taken.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
def demo(port: int, no_browser: bool) -> None:
    """Try it: the bot, a small Slack in the browser and three simulated pairs, on this machine only."""
    try:
        from bot.simulator.demo import Demo
        from bot.simulator.demo_command import serve
    except ModuleNotFoundError as error:
        if error.name not in ("aiohttp", "asyncssh"):
            raise
        raise CannotStart("The demo needs two more packages: pip install 'pairkeeper[demo]'") from None
    serve(lambda: Demo(demo_parts()), port, browser=not no_browser, say=click.echo)


def demo_parts() -> "Parts":
    """Return the functions of the bot that the simulator needs and may not import itself."""
    from bot.simulator.demo import Parts

    return Parts(slack_manifest(load_commands()), _migrate, _write_past, _check, _believes, _pinned, _requests)


@cache
def _store(url: str) -> "Store":
    from bot.store import Store
    from bot.wiring import now

    return Store(url, now)


def _migrate(environ: Mapping[str, str]) -> None:
    from bot.store import migration

    migration.upgrade(_store(environ["DATABASE_URL"]).engine)


def _write_past(environ: Mapping[str, str], stories: "Mapping[str, Story]") -> None:
    """Give the demo's pairs a made-up day, each that has a story."""
    from bot.store.made_up import write_past

    for pair in _in_force(environ):
        if pair.name in stories:
            write_past(_store(environ["DATABASE_URL"]), pair, stories[pair.name])


def _check(environ: Mapping[str, str], only: str = "") -> None:
    """Arm the pairs and observe each of them once. Raises RuntimeError with what is wrong."""
    from bot.check import check_all
    from bot.services import observe
    from bot.settings import read_environment
    from bot.slack.client import make_client
    from bot.wiring import make_desk

    settings, commands = read_environment(environ), load_commands()
    wrong = [one.words for one in check_all(settings, commands, make_client(settings), only) if not one.right]
    if wrong:
        raise RuntimeError("; ".join(wrong))
    desk = make_desk(settings, commands, lambda _group: frozenset(), lambda work: work())
    for name, pair in desk.pairs().items():
        if only in ("", name):
            observe(desk, pair)


def _in_force(environ: Mapping[str, str]) -> "list[Pair]":
    """Return each pair from the pairs file, with the host keys that were approved in Slack."""
    from bot.settings import read_pairs
    from bot.store import host_keys

    pairs = read_pairs(Path(environ["PAIRKEEPER_CONFIG"]), actions_of(load_commands()))
    return [host_keys.overlay(_store(environ["DATABASE_URL"]), pair) for pair in pairs.values()]


def _pinned(environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the host keys that the bot accepts, by pair and role, for the demo's page."""
    from bot.domain.pair import Role

    return {pair.name: {role.value: pair.server(role).host_key for role in Role} for pair in _in_force(environ)}


def _requests(environ: Mapping[str, str], pair: str) -> list[dict[str, Any]]:
    """Return the requests of a pair for the demo's guide. `at` is in Unix seconds."""
    from bot.store import requests

    found = requests.history(_store(environ["DATABASE_URL"]), pair, most=20)
    return [
        {"id": one.id, "action": one.action, "who": one.requester, "at": one.created_at.timestamp()} for one in found
    ]


def _believes(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the latest observation of each pair for the demo's page. `at` is in Unix seconds."""
    from bot.domain.pair import Role
    from bot.store import sightings
    from bot.views.severity import emoji
    from bot.views.status import word

    names = [pair.name for pair in _in_force(environ)]
    looks = filter(None, (sightings.last_seen(_store(environ["DATABASE_URL"]), name) for name in names))
    return {
        seen.pair: {
            "situation": f"{emoji(seen.about.severity)} {term(seen.situation)}",
            "at": max(seen.primary.at, seen.secondary.at).timestamp(),
            **{role.value: word(seen.seen(role).own) for role in Role},
        }
        for seen in looks
    }


def main() -> None:
    """Run the command line. A mistake that a person can correct is printed as a sentence, not as a traceback."""
    degrade(sys.stdout, sys.stderr)
    try:
        cli(standalone_mode=True)
    except SettingsError as error:
        for mistake in error.mistakes:
            click.echo(not_done(str(mistake)), err=True)
        sys.exit(2)
    except (CannotStart, CannotDraw, BrokenCommand, Refusal) as error:
        click.echo(not_done(plain_words(error) if isinstance(error, Refusal) else str(error)), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
