"""Logs on stderr: readable lines, or one JSON object a line.

Both name the pair, request, run or incident that a line is about. Both mask secrets.
"""

import json
import logging
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote, urlsplit

MASK = "••••••"
SHORTEST = 6  # characters of the shortest secret that is masked: masking less would blacken innocent words
OPAQUE = 8  # a part of a URL with a digit in it is taken for a key from so many characters on
NOISY = ("alembic", "urllib3", "requests", "markdown")

_about: ContextVar[Mapping[str, object]] = ContextVar("about", default=MappingProxyType({}))


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """Add these ids (`pair`, `request`, `run`, `incident`) to everything that is logged inside.

    Empty ones are left out.
    """
    token = _about.set({**_about.get(), **{name: one for name, one in ids.items() if one}})
    try:
        yield
    finally:
        _about.reset(token)


def also(**ids: object) -> None:
    """Add ids that became known meanwhile, until the surrounding `about` ends."""
    _about.set({**_about.get(), **{name: one for name, one in ids.items() if one}})


def begin(form: str, verbose: bool, secrets: Iterable[str]) -> None:
    """Log to stderr in this form, "plain" or "json"."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json(secrets) if form == "json" else Plain(secrets))
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("bot.wiring").setLevel(logging.INFO)  # that the bot is connected, and that it stops
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("bot.bolt").setLevel(logging.ERROR)
    for quoting in ("apprise", "slack_sdk"):  # these quote what they sent and where to; the bot itself logs what failed
        logging.getLogger(quoting).setLevel(logging.CRITICAL)
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # it repeats an error each second; the bot logs it once


class Plain(logging.Formatter):
    """Formats a line for people: time, level, logger and message, with the ids at the end."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._mask = Mask(secrets)

    def formatMessage(self, record: logging.LogRecord) -> str:
        ids = ", ".join(f"{name} {one}" for name, one in _about.get().items())
        return super().formatMessage(record) + (f" ({ids})" if ids else "")

    def format(self, record: logging.LogRecord) -> str:
        return self._mask(super().format(record))


class Json(logging.Formatter):
    """Formats a JSON object on one line: time, level, logger, message, the ids, and the error if there is one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._mask = Mask(secrets)

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {"time": at, "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        error = {"error": self.formatException(record.exc_info)} if record.exc_info else {}
        return self._mask(json.dumps({**said, **_about.get(), **error}, ensure_ascii=False, default=str))


class Mask:
    """Masks known secrets, as they are and as JSON writes them. This is the last line of defence, not the first."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {one for one in secrets if len(one) >= SHORTEST}
        known |= {json.dumps(one, ensure_ascii=False)[1:-1] for one in known}
        self._secrets = sorted(known, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text


def parts(url: str) -> set[str]:
    """Return what may be secret in a URL: all of it, its password, and every part that looks like a key."""
    try:
        split = urlsplit(url)
        words = [split.username or "", split.hostname or "", *split.path.split("/")]
        found = {url, split.password or ""}
    except ValueError:
        return {url}
    words += [value for _, value in parse_qsl(split.query)]
    found |= {one for one in words if len(one) >= OPAQUE and "." not in one and any(map(str.isdigit, one))}
    return {form for one in found if one for form in (one, unquote(one))}
