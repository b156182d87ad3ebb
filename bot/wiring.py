"""Settings to store, console, desk, Slack and health: the one place that wires, and the bot as a running thing."""

import fcntl
import logging
import signal
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from bot.console import Console
from bot.desk import Desk, recover
from bot.domain.approval import Members, Person
from bot.domain.command import Command
from bot.domain.errors import Reason, Refusal
from bot.domain.pair import Pair
from bot.health import make_scheduler
from bot.presence import Presence
from bot.registry import actions_of
from bot.settings import Settings, SettingsError, read_pairs
from bot.slack.app import Listeners, make_app, make_client
from bot.slack.deliver import Deliverer
from bot.slack.ear import Ear, Heard
from bot.slack.people import People
from bot.slack.serve import serve_http
from bot.store import Store, migrate

RUNS = 16  # commands under way at once, one per pair
WORK = 32  # looks and answers under way at once
YIELD = 0.1  # seconds that an answer waits, so that a burst of commands is acknowledged before it is worked on

log = logging.getLogger(__name__)


class CannotStart(Exception):
    """Why the bot does not start, in a sentence with its remedy."""


def now() -> datetime:
    """The one clock."""
    return datetime.now(UTC)


def pairs_reader(settings: Settings, commands: Mapping[str, Command]) -> Callable[[], Mapping[str, Pair]]:
    """Read the pairs anew at each call; a file that has become wrong refuses, with its first mistake."""
    actions = actions_of(commands)

    def read() -> Mapping[str, Pair]:
        try:
            return read_pairs(settings.pairs_file, actions)
        except SettingsError as error:
            more = f" ({len(error.mistakes) - 1} more: pairkeeper check)" if len(error.mistakes) > 1 else ""
            words = f"My settings cannot be used: {error.mistakes[0]}{more} Nothing was sent."
            raise Refusal(Reason.SETTINGS, words) from None

    return read


def make_desk(
    settings: Settings,
    commands: Mapping[str, Command],
    members: Members,
    submit: Callable[[Callable[[], None]], None],
    identify: Callable[[str], Person] | None = None,
) -> Desk:
    """A desk on the real store and the real servers."""
    return Desk(
        store=Store(settings.database_url, now),
        wire=Console(),
        pairs=pairs_reader(settings, commands),
        actions=actions_of(commands),
        members=members,
        now=now,
        sleep=time.sleep,
        submit=submit,
        identify=identify,
    )


def check_database(store: Store) -> None:
    """Refuse to run on a database that is not at this release's version."""
    try:
        found = migrate.version(store.engine)
    except Exception as error:
        raise CannotStart(f"The database cannot be opened ({type(error).__name__}): see DATABASE_URL.") from None
    if found != migrate.head():
        raise CannotStart(
            f"The database is at version {found or 'none'}: bring it up to date with `pairkeeper migrate`."
        )


def lock_sqlite(store: Store) -> IO[str] | None:
    """SQLite carries one process: a second one would take the first one's runs for left behind."""
    database = store.engine.url.database
    if store.engine.dialect.name != "sqlite" or not database or database == ":memory:":
        return None
    held = Path(f"{database}.lock").open("w")  # noqa: SIM115 - held until the process ends
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.close()
        raise CannotStart(
            f"Another Pairkeeper runs on {database}: stop it first, or use PostgreSQL for several."
        ) from None
    return held


class Bot:
    """The whole bot, wired; `run` serves until it is told to stop, then drains."""

    def __init__(self, settings: Settings, commands: Mapping[str, Command]) -> None:
        self.settings = settings
        self._runs = ThreadPoolExecutor(RUNS, "run")
        self._work = ThreadPoolExecutor(WORK, "work")
        self._stop = threading.Event()
        self._heard = Heard()
        self._ear: Ear | None = None
        client = make_client(settings)
        people = People(client)
        who = lambda user: people.identify(user, None)  # noqa: E731
        self.desk = make_desk(settings, commands, people.members, self._submit(self._runs), who)
        self.desk.pairs()  # a wrong file stops the start
        check_database(self.desk.store)
        self._lock = lock_sqlite(self.desk.store)
        self.app = make_app(settings, Listeners(self.desk, commands, client, people, self._yielding(self._work)))
        self._deliverer = Deliverer(self.desk, make_client(settings))
        self.desk.store.woken = self._deliverer.wake
        self._scheduler = make_scheduler(self.desk)
        self._presence = Presence(self.desk.store)

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; what is running then ends first."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        self._presence.start()
        self._deliverer.start()
        self._runs.submit(recover, self.desk)
        self._scheduler.start()
        close = self._serve()
        log.info("ready")
        self._stop.wait()
        log.info("stopping: no new runs, the running ones end first")
        close()
        self._scheduler.shutdown(wait=False)
        self._work.shutdown(wait=True)
        self._runs.shutdown(wait=True)
        self._deliverer.stop()
        self._presence.leave()

    @classmethod
    def _yielding(cls, pool: ThreadPoolExecutor) -> Callable[[Callable[[], None]], None]:
        submit = cls._submit(pool)

        def after_a_moment(doing: Callable[[], None]) -> None:
            def work() -> None:
                time.sleep(YIELD)
                doing()

            submit(work)

        return after_a_moment

    def _serve(self) -> Callable[[], None]:
        settings = self.settings
        if settings.app_token:
            self._ear = Ear(self.app, settings.app_token, self._heard)
            self._ear.start()
            return self._ear.close
        return serve_http(self.app, settings.signing_secret, self.desk.store, settings.port, self._heard)

    @staticmethod
    def _submit(pool: ThreadPoolExecutor) -> Callable[[Callable[[], None]], None]:
        def submit(doing: Callable[[], None]) -> None:
            pool.submit(doing).add_done_callback(_noted)

        return submit


def _noted(done: "Future[None]") -> None:
    if error := done.exception():
        log.error("background work broke", exc_info=error)
