"""Reads the environment: Slack's tokens and address, the pairs file, the database, and how the bot is watched."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.domain.errors import SettingsError
from bot.domain.status import is_address
from bot.logs import parts
from bot.settings.mistakes import worded
from bot.settings.tables import Channel, rule, spelled

SLACK, SQLITE = "https://slack.com/api/", "sqlite:///pairkeeper.db"
TOKENS = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
# What may hold a secret has words that do not show it.
BOT = "is not a bot token, which begins with xoxb-: copy the Bot User OAuth Token from the app's page at Slack."
APP = (
    "is not an app-level token, which begins with xapp-: "
    "make one with the scope connections:write on the app's page at Slack."
)
SECRET = "is a token, not the signing secret: copy that from Basic Information at Slack."
DATABASE = (
    "is no URL of SQLite or PostgreSQL: write it as in sqlite:///pairkeeper.db or postgresql://user@host/pairkeeper."
)
API = "is no URL: it begins with https://, or leave it out to use Slack itself."
LOOPBACK = "is {}: give 1 to have no server called that is elsewhere, or 0."


def variable(name: str, default: Any, description: str) -> Any:
    """Return a variable of the environment. The default of one that is required is `...`."""
    return Field(default, validation_alias=name, description=description)


def whole_number(least: int, most: int, words: str) -> BeforeValidator:
    """Return the rule for a whole number, in up to five digits and nothing else."""
    digits = re.compile(r"[0-9]{1,5}")
    return BeforeValidator(rule(lambda text: digits.fullmatch(str(text)) and least <= int(text) <= most, words).func)


BotToken = Annotated[str, spelled("xoxb-.*", BOT)]
AppToken = Annotated[str, spelled("xapp-.*", APP)]
Secret = Annotated[str, spelled("(?!xox|xapp-).*", SECRET)]
Port = Annotated[int, whole_number(1, 65535, "is {}: give it a port from 1 to 65535, as in 3000.")]
Address = Annotated[str, rule(is_address, "is {}: give an IP address of this machine, as in 127.0.0.1 or 0.0.0.0.")]
MetricsPort = Annotated[int, whole_number(0, 65535, "is {}: give it a port from 1 to 65535, or 0 to have none.")]
CanarySeconds = Annotated[int, whole_number(2, 3600, "is {}: give it seconds from 2 to 3600, as in 60.")]
StopSeconds = Annotated[int, whole_number(1, 86400, "is {}: give it seconds from 1 to 86400, as in 1200.")]
Api = Annotated[str, spelled("https?://.*", API), AfterValidator(lambda url: url.rstrip("/") + "/")]
Database = Annotated[str, spelled(r"(sqlite|postgres|postgresql|postgresql\+psycopg)://.*", DATABASE)]
Alarm = Annotated[str, spelled(r"[\w+.-]+://.+", "is no URL: write them as Apprise does, with blanks between.")]
Alarms = Annotated[tuple[Alarm, ...], NoDecode, BeforeValidator(str.split)]
Heartbeat = Annotated[str, spelled(r"https?://[^\s/]+\S*", "is no URL: it begins with https:// or http://.")]
Loopback = Annotated[bool, BeforeValidator(rule(("0", "1").__contains__, LOOPBACK).func)]


class Settings(BaseSettings):
    """The values of the environment. Its `repr` never shows a secret."""

    model_config = SettingsConfigDict(
        frozen=True, populate_by_name=True, validate_default=False, hide_input_in_errors=True
    )

    pairs_file: Path = variable("PAIRKEEPER_CONFIG", ..., "path of the pairs file")
    bot_token: BotToken = variable("SLACK_BOT_TOKEN", "", "the bot's token, `xoxb-…`")
    app_token: AppToken = variable("SLACK_APP_TOKEN", "", "app-level token, `xapp-…`: Socket Mode")
    signing_secret: Secret = variable("SLACK_SIGNING_SECRET", "", "without an app-level token: HTTP at `/slack/events`")
    port: Port = variable("PORT", 3000, "the port for HTTP")
    http_address: Address = variable(
        "PAIRKEEPER_HTTP_ADDRESS",
        "127.0.0.1",
        "the IP address it listens on; `0.0.0.0` where no proxy is on this machine",
    )
    api_url: Api = variable("SLACK_API_URL", SLACK, "another base URL for Slack's API, for local use")
    database_url: Database = variable("DATABASE_URL", SQLITE, "or `postgresql://…` (also `postgres://…`)")
    canary_channel: Channel = variable("PAIRKEEPER_CANARY_CHANNEL", "", "the canary's channel, by id")
    canary_seconds: CanarySeconds = variable("PAIRKEEPER_CANARY_SECONDS", 60, "seconds between two canaries")
    alarm_urls: Alarms = variable(
        "PAIRKEEPER_ALARM_URLS",
        (),
        "the second way out: addresses as Apprise writes them, with blanks between; needs the extra `[alarm]`",
    )
    heartbeat_url: Heartbeat = variable(
        "PAIRKEEPER_HEARTBEAT_URL", "", "requested every minute while all is well, for a dead man's switch"
    )
    metrics_port: MetricsPort = variable(
        "PAIRKEEPER_METRICS_PORT", 9464, "`/healthz`, `/readyz` and `/metrics` on 127.0.0.1; 0 for none"
    )
    log: Literal["plain", "json"] = variable("PAIRKEEPER_LOG", "plain", "or `json`: one object a line")
    stop_seconds: StopSeconds = variable(
        "PAIRKEEPER_STOP_SECONDS",
        1200,  # longer than a command may be at work, with the probes after it
        "seconds that commands under way have to end after SIGTERM; let your supervisor wait 30 s longer",
    )
    only_loopback: Loopback = variable(
        "PAIRKEEPER_LOOPBACK_ONLY", False, "`1`: call no server that is not on this machine, as in the demo"
    )

    @classmethod
    def settings_customise_sources(cls, *_: Any, **sources: Any) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is given, and nothing else: `read_environment` says whose environment that is."""
        return (sources["init_settings"],)

    def secrets(self) -> tuple[str, ...]:
        """Return what must never be shown: tokens, the database's password, and what may be a key in a URL."""
        known = {self.bot_token, self.app_token, self.signing_secret, _password(self.database_url)}
        for address in (*self.alarm_urls, self.heartbeat_url):
            known |= parts(address)
        return tuple(filter(None, known))

    def __repr_args__(self) -> Iterator[tuple[str, object]]:
        yield from (("pairs_file", self.pairs_file), ("api_url", self.api_url))


def read_environment(environ: Mapping[str, str], slack: bool = True) -> Settings:
    """Return the settings in the environment. Raises SettingsError. With `slack` False no tokens are needed or read."""
    source = EnvSettingsSource(Settings, case_sensitive=True)
    unread = () if slack else TOKENS
    source.env_vars = {name: value.strip() for name, value in environ.items() if value.strip() and name not in unread}
    mistakes = list(_missing(source.env_vars, slack))
    try:
        settings = Settings(**source())
    except ValidationError as error:
        mistakes += [_sentence(wrong) for wrong in error.errors(include_url=False) if wrong["type"] != "missing"]
    if mistakes:
        raise SettingsError(mistakes)
    return settings


def _missing(variables: Mapping[str, Any], slack: bool) -> Iterator[str]:
    bot, *others = (name in variables for name in TOKENS)
    if slack and not bot:
        yield "SLACK_BOT_TOKEN is not set: copy the Bot User OAuth Token (xoxb-…) from the app's page at Slack."
    if slack and not any(others):
        yield "Neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP) is set: set one of them."
    if "PAIRKEEPER_CONFIG" not in variables:
        yield "PAIRKEEPER_CONFIG is not set: give it the path of the pairs file, as in /etc/pairkeeper.toml."


def _sentence(error: Mapping[str, Any]) -> str:
    name, *index = error["loc"]
    place = f"{name}: number {index[0] + 1}" if index else name
    return f"{place} {worded(error, place)}"


def _password(url: str) -> str:
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return ""
