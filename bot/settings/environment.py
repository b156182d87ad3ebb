"""The environment: tokens, where the pairs file and the database are, where Slack is."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.settings.mistakes import SettingsError

SLACK = "https://slack.com/api/"


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


def environment() -> Mapping[str, str]:
    """This process's environment, read when asked for."""
    return os.environ


def read_environment(environ: Mapping[str, str], slack: bool = True) -> Settings:
    """The environment's part; raises SettingsError. `slack` False asks for no tokens."""
    said = {name: value.strip() for name, value in environ.items()}
    mistakes = [*(_token_mistakes(said) if slack else ()), *_place_mistakes(said)]
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
    )


def _token_mistakes(said: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the tokens; their values are never shown."""
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
    if "://" not in (said.get("DATABASE_URL") or SLACK):
        yield "DATABASE_URL is no URL: write it as in sqlite:///pairkeeper.db or postgresql://user@host/pairkeeper."
    if not (said.get("SLACK_API_URL") or SLACK).startswith(("https://", "http://")):
        yield "SLACK_API_URL is no URL: it begins with https://, or leave it out to use Slack itself."
    port = said.get("PORT") or "3000"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        yield f'PORT is "{port}": give it a port from 1 to 65535, as in 3000.'
