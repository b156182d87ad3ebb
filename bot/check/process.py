"""Checks how the bot itself is watched, and how the running bot is."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from bot.check.finding import Finding, bad, good, lacking
from bot.domain.errors import Refusal
from bot.monitoring.alarm import mistakes as alarm_mistakes
from bot.settings import Settings
from bot.store import Store, canaries
from bot.views.refusals import plain_words
from bot.wiring import now


def watched(settings: Settings, store: Store | None) -> Iterator[Finding]:
    """Yield how the bot is watched, and what a bot that runs on this machine says of itself."""
    if not settings.canary_channel:
        words = "no PAIRKEEPER_CANARY_CHANNEL: only the connection to Slack is watched, not whether events come"
        yield lacking("canary", words)
    elif store:
        yield _canary(settings, store)
    if not settings.alarm_urls:
        yield lacking("second way out", "no PAIRKEEPER_ALARM_URLS: nobody is told past Slack when Slack is not heard")
    elif wrong := alarm_mistakes(settings.alarm_urls):
        yield from (bad("second way out", trouble, "See PAIRKEEPER_ALARM_URLS.") for trouble in wrong)
    else:
        kinds = ", ".join(url.partition("://")[0] for url in settings.alarm_urls)
        yield good("second way out", f"{len(settings.alarm_urls)} set: {kinds}")
    if settings.heartbeat_url:
        yield good("heartbeat", "set, and requested every minute while all is well")
    else:
        yield lacking("heartbeat", "no PAIRKEEPER_HEARTBEAT_URL: nobody is told when this machine or the bot dies")
    yield _running(settings.metrics_port)


def _canary(settings: Settings, store: Store) -> Finding:
    try:
        flown = canaries.flown(store, settings.canary_channel)
    except Refusal as refusal:
        return bad("canary", plain_words(refusal), "See DATABASE_URL.")
    every = f"every {settings.canary_seconds} s"
    if flown.returned_at is None:
        return good("canary", f"{every}, none has come back yet")
    age = (now() - flown.returned_at).total_seconds()
    return good("canary", f"{every}, the last came back {age:.0f} s ago, after {flown.round_trip or 0:.1f} s")


def _running(port: int) -> Finding:
    """Return what the bot on this machine says of itself.

    It is no mistake if none runs: it may not have been started yet.
    """
    if not port:
        return lacking("bot", "PAIRKEEPER_METRICS_PORT is 0: a running bot cannot be asked how it is")
    try:
        answer = _asked(f"http://127.0.0.1:{port}/readyz")
    except (OSError, ValueError, KeyError, TypeError):  # nothing listens there, or some other program does
        return lacking("bot", f"not running: nothing answers on 127.0.0.1:{port}")
    if answer["ready"]:
        return good("bot", f"ready: {answer['says']}")
    wrong = "; ".join(answer["troubles"]) or f"is not ready: {answer['says']}"
    return bad("bot", wrong, "See its log.")


def _asked(url: str) -> dict[str, Any]:
    """Return what a bot says of itself, whether it is ready or not.

    Raises OSError, ValueError, KeyError or TypeError.
    """
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            said = json.load(answer)
    except urllib.error.HTTPError as error:
        said = json.load(error)
    return {"ready": bool(said["ready"]), "says": str(said["says"]), "troubles": list(said["troubles"].values())}
