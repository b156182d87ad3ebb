"""A bot that runs, and its local port."""

import json
import urllib.error
import urllib.request
from typing import Any

from tests.e2e.play import Play
from tests.monitoring.sink import Sink

CANARY = "C0GENERAL"


EVERY = 3  # seconds between two canaries


def get(port: int, path: str) -> tuple[int, str]:
    """Status and body of one of the bot's own pages."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def settings(port: int = 0, sink: Sink | None = None, **more: str) -> dict[str, Any]:
    """An environment in which everything is watched."""
    told = {"PAIRKEEPER_ALARM_URLS": f"json://{sink.place}/alarm"} if sink else {}
    canary = {"PAIRKEEPER_CANARY_CHANNEL": CANARY, "PAIRKEEPER_CANARY_SECONDS": str(EVERY)}
    return {"PAIRKEEPER_METRICS_PORT": str(port), "PAIRKEEPER_LOG": "json", **canary, **told, **more}


def ready(p: Play, port: int) -> dict[str, Any]:
    """What /readyz says once a canary has come back."""

    def look() -> dict[str, Any] | None:
        try:
            status, body = get(port, "/readyz")
        except OSError:
            return None
        said: dict[str, Any] = json.loads(body)
        return said if status == 200 and said["vitals"]["canary"]["back"] is not None else None

    return p.wait(look)
