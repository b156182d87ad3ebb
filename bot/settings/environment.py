"""Reads the environment: Slack's tokens and address, the pairs file, the database, and how the bot is watched."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.logs import parts
from bot.settings.mistakes import SettingsError, either, show
from bot.settings.rules import CHANNEL

SLACK = "https://slack.com/api/"
CANARY_SECONDS = 60
METRICS_PORT = 9464
LOGS = ("plain", "json")
STOP_SECONDS = 1200  # seconds; longer than a command may be at work, with the probes after it
DATABASES = re.compile(r"(sqlite|postgres|postgresql|postgresql\+psycopg)://")


@dataclass(frozen=True)
class Settings:
    """The values of the environment. Its `repr` never shows a secret."""

    pairs_file: Path
    database_url: str
    bot_token: str
    app_token: str
    signing_secret: str
    api_url: str
    port: int
    canary_channel: str = ""
    canary_seconds: int = CANARY_SECONDS
    alarm_urls: tuple[str, ...] = ()
    heartbeat_url: str = ""
    metrics_port: int = METRICS_PORT
    log: str = "plain"
    only_loopback: bool = False
    stop_seconds: int = STOP_SECONDS

    def secrets(self) -> tuple[str, ...]:
        """Return what must never be shown: tokens, the database's password, and what may be a key in a URL."""
        found = {self.bot_token, self.app_token, self.signing_secret, _password(self.database_url)}
        for url in (*self.alarm_urls, self.heartbeat_url):
            found |= parts(url)
        return tuple(filter(None, found))

    def __repr__(self) -> str:
        return f"Settings({self.pairs_file}, {self.api_url})"


def environment() -> Mapping[str, str]:
    """Return this process's environment, read at the time of the call."""
    return os.environ


def read_environment(environ: Mapping[str, str], slack: bool = True) -> Settings:
    """Return the settings in the environment. Raises SettingsError. With `slack` False no tokens are needed."""
    said = {name: value.strip() for name, value in environ.items()}
    mistakes = [*(_token_mistakes(said) if slack else ()), *_place_mistakes(said), *_watch_mistakes(said)]
    if mistakes:
        raise SettingsError(mistakes)
    return Settings(
        pairs_file=Path(said["PAIRKEEPER_CONFIG"]),
        database_url=said.get("DATABASE_URL") or "sqlite:///pairkeeper.db",
        bot_token=said.get("SLACK_BOT_TOKEN", ""),
        app_token=said.get("SLACK_APP_TOKEN", ""),
        signing_secret=said.get("SLACK_SIGNING_SECRET", ""),
        api_url=(said.get("SLACK_API_URL") or SLACK).rstrip("/") + "/",
        port=int(said.get("PORT") or 3000),
        canary_channel=said.get("PAIRKEEPER_CANARY_CHANNEL", ""),
        canary_seconds=int(said.get("PAIRKEEPER_CANARY_SECONDS") or CANARY_SECONDS),
        alarm_urls=tuple(said.get("PAIRKEEPER_ALARM_URLS", "").split()),
        heartbeat_url=said.get("PAIRKEEPER_HEARTBEAT_URL", ""),
        metrics_port=int(said.get("PAIRKEEPER_METRICS_PORT") or METRICS_PORT),
        log=said.get("PAIRKEEPER_LOG") or LOGS[0],
        only_loopback=said.get("PAIRKEEPER_LOOPBACK_ONLY") == "1",
        stop_seconds=int(said.get("PAIRKEEPER_STOP_SECONDS") or STOP_SECONDS),
    )


def _token_mistakes(said: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with the tokens. Their values are never shown."""
    bot, app, secret = (said.get(f"SLACK_{name}", "") for name in ("BOT_TOKEN", "APP_TOKEN", "SIGNING_SECRET"))
    if not bot:
        yield "SLACK_BOT_TOKEN is not set: copy the Bot User OAuth Token (xoxb-…) from the app's page at Slack."
    elif not bot.startswith("xoxb-"):
        yield (
            "SLACK_BOT_TOKEN is not a bot token, which begins with xoxb-: "
            "copy the Bot User OAuth Token from the app's page at Slack."
        )
    if app and not app.startswith("xapp-"):
        yield (
            "SLACK_APP_TOKEN is not an app-level token, which begins with xapp-: "
            "make one with the scope connections:write on the app's page at Slack."
        )
    if secret.startswith(("xox", "xapp-")):
        yield "SLACK_SIGNING_SECRET is a token, not the signing secret: copy that from Basic Information at Slack."
    if not app and not secret:
        yield "Neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP) is set: set one of them."


def _place_mistakes(said: Mapping[str, str]) -> Iterator[str]:
    if not said.get("PAIRKEEPER_CONFIG"):
        yield "PAIRKEEPER_CONFIG is not set: give it the path of the pairs file, as in /etc/pairkeeper.toml."
    if not DATABASES.match(said.get("DATABASE_URL") or "sqlite://"):
        yield (
            "DATABASE_URL is no URL of SQLite or PostgreSQL: "
            "write it as in sqlite:///pairkeeper.db or postgresql://user@host/pairkeeper."
        )
    if not (said.get("SLACK_API_URL") or SLACK).startswith(("https://", "http://")):
        yield "SLACK_API_URL is no URL: it begins with https://, or leave it out to use Slack itself."
    port = said.get("PORT") or "3000"
    if not _whole(port, 1, 65535):
        yield f'PORT is "{port}": give it a port from 1 to 65535, as in 3000.'


def _watch_mistakes(said: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with the settings for watching the bot. URLs hold keys and are never shown."""
    channel = said.get("PAIRKEEPER_CANARY_CHANNEL", "")
    if channel and not CHANNEL.fullmatch(channel):
        yield f"PAIRKEEPER_CANARY_CHANNEL is {show(channel)}: give the channel's id, as in C0123456789."
    seconds = said.get("PAIRKEEPER_CANARY_SECONDS") or str(CANARY_SECONDS)
    if not _whole(seconds, 2, 3600):
        yield f"PAIRKEEPER_CANARY_SECONDS is {show(seconds)}: give it seconds from 2 to 3600, as in {CANARY_SECONDS}."
    for number, url in enumerate(said.get("PAIRKEEPER_ALARM_URLS", "").split(), 1):
        if not re.match(r"[\w+.-]+://.", url):
            yield f"PAIRKEEPER_ALARM_URLS: number {number} is no URL: write them as Apprise does, with blanks between."
    stop = said.get("PAIRKEEPER_STOP_SECONDS") or str(STOP_SECONDS)
    if not _whole(stop, 1, 86400):
        yield f"PAIRKEEPER_STOP_SECONDS is {show(stop)}: give it seconds from 1 to 86400, as in {STOP_SECONDS}."
    heartbeat = said.get("PAIRKEEPER_HEARTBEAT_URL", "")
    if heartbeat and not re.match(r"https?://[^\s/]+\S*$", heartbeat):
        yield "PAIRKEEPER_HEARTBEAT_URL is no URL: it begins with https:// or http://."
    port = said.get("PAIRKEEPER_METRICS_PORT") or str(METRICS_PORT)
    if not _whole(port, 0, 65535):
        yield f"PAIRKEEPER_METRICS_PORT is {show(port)}: give it a port from 1 to 65535, or 0 to have none."
    if (log := said.get("PAIRKEEPER_LOG") or LOGS[0]) not in LOGS:
        yield f"PAIRKEEPER_LOG is {show(log)}: give {either(map(show, LOGS))}."
    if (only := said.get("PAIRKEEPER_LOOPBACK_ONLY") or "0") not in ("0", "1"):
        yield f"PAIRKEEPER_LOOPBACK_ONLY is {show(only)}: give 1 to have no server called that is elsewhere, or 0."


def _password(url: str) -> str:
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return ""


def _whole(text: str, least: int, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6 and least <= int(text) <= most
