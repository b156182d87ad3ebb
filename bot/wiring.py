"""The composition root: it puts settings, store, SSH, services and Slack together, and runs the bot."""

import fcntl
import gc
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from bot.domain.approval import Members, Person
from bot.domain.command import Command
from bot.domain.errors import CannotStart, Refusal, RefusalCode
from bot.domain.pair import Pair
from bot.domain.schedule import Schedule
from bot.end_signal import EndSignal
from bot.lease import Lease, release
from bot.pool import Pool
from bot.registry import actions_of
from bot.scheduler import make_scheduler
from bot.self_monitoring import SelfMonitoring, Ticks
from bot.services import Desk, Monitor, RunMonitor, recover, resume_pace
from bot.services.readiness import is_armed
from bot.settings import PairsFile, Settings, SettingsError
from bot.slack.app import Listeners, listener_pool, make_app
from bot.slack.client import make_client
from bot.slack.outbox import Deliverer
from bot.slack.people import People
from bot.slack.server import serve_http
from bot.slack.socket_mode import LastHeard, SocketModeSupervisor
from bot.ssh import SshClient
from bot.store import Store, migration, processes
from bot.views.refusals import plain_words
from bot.views.start import Start, started

RUNS = 16  # runs under way at once, one per pair
WORK = 32  # probes and answers under way at once
CUT = 70  # the exit code if a run was still under way when the time for stopping was up

log = logging.getLogger(__name__)


class DatabaseInUse(CannotStart):
    """Another Pairkeeper runs on this database."""


NO_LOCKS = (
    "{file} cannot be locked ({why}): the file system that it is on takes no locks, as some network shares. Put the "
    "database on a local disk, or use PostgreSQL."
)


def now() -> datetime:
    """Return the time. This is the bot's one clock."""
    return datetime.now(UTC)


def pairs_reader(settings: Settings, commands: Mapping[str, Command]) -> Callable[[], Mapping[str, Pair]]:
    """Return a function that reads the pairs file at each call.

    If the file has become wrong, that function raises Refusal with the file's first mistake.
    """
    file = PairsFile(settings.pairs_file, actions_of(commands))

    def read() -> Mapping[str, Pair]:
        try:
            return file.read().pairs
        except SettingsError as error:
            mistake, more = error.mistakes[0], len(error.mistakes) - 1
            if more:
                raise Refusal(RefusalCode.SETTINGS_WRONG_TWICE, mistake=mistake, more=more) from None
            raise Refusal(RefusalCode.SETTINGS_WRONG, mistake=mistake) from None

    return read


def schedules_reader(settings: Settings, commands: Mapping[str, Command]) -> Callable[[], tuple[Schedule, ...]]:
    """Return a function that reads the summaries' schedules at each call.

    If the file has become wrong, that function returns none: reporting the mistake is left to other parts of the bot.
    """
    file = PairsFile(settings.pairs_file, actions_of(commands))

    def read() -> tuple[Schedule, ...]:
        try:
            return file.read().schedules
        except SettingsError as error:
            log.error("no summaries: %s", error.mistakes[0])
            return ()

    return read


def make_desk(
    settings: Settings,
    commands: Mapping[str, Command],
    members: Members,
    submit: Callable[[Callable[[], None]], None],
    identify: Callable[[str], Person] | None = None,
    forget: Callable[[], None] = lambda: None,
) -> Desk:
    """Build a desk on the real store and the real servers."""
    return Desk(
        store=Store(settings.database_url, now),
        wire=SshClient(settings.only_loopback),
        pairs=pairs_reader(settings, commands),
        actions=actions_of(commands),
        members=members,
        now=now,
        sleep=time.sleep,
        submit=submit,
        worded=plain_words,
        identify=identify,
        forget=forget,
        elapsed=time.monotonic,
    )


def newer_words(version: str | None) -> str:
    """Return the sentence about a database that a newer release has migrated."""
    return f"The database is at version {version}, which a newer release has made and this one does not know."


def because(error: Exception) -> str:
    """Return the first line of the database's own error. It leaves out the URL, which may hold a password."""
    said = str(getattr(error, "orig", "") or "").strip()
    return said.splitlines()[0] if said else type(error).__name__


def place(store: Store) -> str:
    """Return where the database is, without user, password and options."""
    url = store.engine.url
    product = "SQLite" if store.engine.dialect.name == "sqlite" else "PostgreSQL"
    return f"{product} {url.database or ''}".strip() + (f" on {url.host}" if url.host else "")


def database_version(store: Store) -> str | None:
    """Return the version that the database is at, or None for an empty database.

    Raises CannotStart, with a remedy, if the database cannot be opened.
    """
    try:
        return migration.version(store.engine)
    except Exception as error:
        remedy = "See DATABASE_URL, and whether that may be opened from here. Nothing was done."
        raise CannotStart(f"The database cannot be opened ({because(error)}). {remedy}") from None


def bring_up_to_date(store: Store) -> None:
    """Apply every missing migration. Raises CannotStart, with a remedy, if that is not possible."""
    found = database_version(store)
    if not migration.knows(found):
        raise CannotStart(f"{newer_words(found)} Nothing was changed.")
    if words := migration.unfit(store.engine, creates=found != migration.head()):
        raise CannotStart(f"{words} Nothing was changed.")
    try:
        migration.upgrade(store.engine)
    except migration.Unusable as error:
        remedy = "Mend that (who owns it, whether it is read-only, who else holds it), then `pairkeeper migrate` again."
        raise CannotStart(f"The database cannot be brought up to date ({because(error)}). {remedy}") from None


def check_database(store: Store) -> None:
    """Raise CannotStart if the database does not exist, or is not at this release's version.

    A missing SQLite file is not created.
    """
    name = store.engine.url.render_as_string()
    if _not_made_yet(store):
        raise CannotStart(
            f"There is no database at {name}: set DATABASE_URL to the bot's, or make a new one with `pairkeeper "
            "migrate`. Nothing was done."
        )
    found = database_version(store)
    if words := migration.unfit(store.engine, creates=False):
        raise CannotStart(f"{words} Nothing was started.")
    if not migration.knows(found):
        raise CannotStart(f"{newer_words(found)} Run that release here too. Nothing was started.")
    if found is None:
        raise CannotStart(f"The database {name} is not created yet: create it with `pairkeeper migrate`.")
    if found != migration.head():
        raise CannotStart(f"The database {name} is at version {found}: bring it up to date with `pairkeeper migrate`.")


def _not_made_yet(store: Store) -> bool:
    """Whether opening the database would create an empty SQLite file."""
    file = store.engine.url.database if store.engine.dialect.name == "sqlite" else None
    if not file or file == ":memory:":
        return False
    return Path(file).parent.is_dir() and not Path(file).exists()


def lock_sqlite(store: Store) -> IO[str] | None:
    """Lock a SQLite database for this process, and return the open lock file. None for another database, or in memory.

    Only one process may use SQLite: a second one would take over the first one's runs as abandoned. Raises
    DatabaseInUse if another process holds the lock, and CannotStart if the file cannot be locked. From then on only
    this user may read the database.
    """
    database = store.engine.url.database
    if store.engine.dialect.name != "sqlite" or not database or database == ":memory:":
        return None
    try:
        held = Path(f"{database}.lock").open("w")  # noqa: SIM115 - held until the process ends
    except OSError as error:
        remedy = "Let this user write beside the database. Nothing was started."
        raise CannotStart(f"{database}.lock cannot be written ({error.strerror}). {remedy}") from None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        if not isinstance(error, BlockingIOError):
            words = NO_LOCKS.format(file=f"{database}.lock", why=error.strerror)
            raise CannotStart(f"{words} Nothing was started.") from None
        raise DatabaseInUse(
            f"Another Pairkeeper runs on {database}: stop it first, or use PostgreSQL for several."
        ) from None
    for file in (database, f"{database}-wal", f"{database}-shm"):
        with suppress(OSError):  # another user's, or none yet
            Path(file).chmod(0o600)
    return held


class Bot:
    """The whole bot, wired. `run` serves until it is told to stop, then drains."""

    def __init__(self, settings: Settings, commands: Mapping[str, Command]) -> None:
        self.settings = settings
        self._runs = Pool(RUNS, "run")
        self._work = Pool(WORK, "work")
        self._stop = threading.Event()
        self._code = 0
        self._heard = LastHeard()
        ticks = Ticks()
        client = make_client(settings)
        people = People(client)
        who = lambda user: people.identify(user, None)  # noqa: E731
        self.desk = make_desk(settings, commands, people.members, self._runs.submit, who, people.forget)
        self.desk.pairs()  # a mistake in the pairs file stops the start
        check_database(self.desk.store)
        self._lock = lock_sqlite(self.desk.store)
        self.app = make_app(settings, Listeners(self.desk, commands, client, people, self._work.submit_later))
        self._deliverer = Deliverer(self.desk, make_client(settings))
        self.desk.store.woken = self._deliverer.wake
        self._looks = Pool(WORK, "watch")
        watch = Monitor(self.desk, self._looks.submit, self._stop.wait)
        meanwhile = RunMonitor(self.desk, self._looks.submit)
        schedules = schedules_reader(settings, commands)
        self._scheduler = make_scheduler(self.desk, watch, schedules, ticked=ticks.note, meanwhile=meanwhile)
        self._lease = Lease(self.desk.store)
        self._socket_mode = (
            SocketModeSupervisor(self.app, settings.app_token, self._heard) if settings.app_token else None
        )
        queues = {"run": self._runs.waiting, "work": self._work.waiting, "look": self._looks.waiting}
        queues["listener"] = listener_pool(self.app)._work_queue.qsize
        renew = self._socket_mode.renew if self._socket_mode else None
        self._self_monitoring = SelfMonitoring(
            settings, self.desk, self._heard, ticks, queues, lambda: watch.blind, self._end, self._tell_start, renew
        )

    def run(self) -> int:
        """Serve until SIGTERM or SIGINT; then let the runs that are under way end first.

        Returns the exit code: 0, unless the bot ended by itself.
        """
        self._asked = EndSignal(signal.SIGTERM, signal.SIGINT)
        gc.freeze()  # what exists now stays for good: the garbage collector need not go through it
        resume_pace(self.desk)
        self._lease.start()
        self._deliverer.start()
        self._runs.submit(lambda: recover(self.desk))
        self._scheduler.start()
        close = self._serve()
        self._self_monitoring.start()
        self._asked.wait()
        self._stop.set()
        self._drain(close)
        return self._code

    def _tell_start(self, metrics_port: int) -> None:
        pairs = self.desk.pairs()
        armed = [name for name, pair in pairs.items() if is_armed(self.desk, pair)]
        unarmed = [name for name in pairs if name not in armed]
        http_port = 0 if self._socket_mode else self.settings.port
        log.info(started(Start(release(), place(self.desk.store), http_port, metrics_port, armed, unarmed)))

    def _drain(self, close: Callable[[], None]) -> None:
        """Begin nothing new, let the runs end, and deliver their messages."""
        log.info("stopping: no new runs, the running ones end first, within %s s", self.settings.stop_seconds)
        hard = threading.Timer(self.settings.stop_seconds, self._cut)
        hard.daemon = True
        hard.start()
        self.desk.stopping.set()
        self._self_monitoring.rest()
        # If other processes go on, they receive what arrives now. A process that is alone keeps listening, so that no
        # click meanwhile stays without an answer.
        alone = not self._successors()
        if not alone:
            close()
        self._runs.finish()
        if alone:
            close()
        self.app.listener_runner.listener_executor.shutdown(wait=True)
        self._work.close()
        self._scheduler.shutdown(wait=False)
        self._runs.close()
        self._looks.drop()
        if isinstance(self.desk.wire, SshClient):
            self.desk.wire.close()  # a probe that hangs must not keep the process
        self._deliverer.stop()
        self._self_monitoring.stop()
        self._lease.leave()
        log.info("stopped")

    def _end(self, code: int) -> None:
        """End as after SIGTERM, with this exit code."""
        self._code = code
        self._asked.send()

    def _cut(self) -> None:
        """End although a run is under way.

        The next process records the run as unknown, and nobody sends its command again.
        """
        log.error("ending before what was under way: its end is unknown")
        with suppress(Exception):
            self._lease.leave()
        os._exit(self._code or CUT)

    def _successors(self) -> int:
        try:
            processes.stopping(self.desk.store)
            return processes.successors(self.desk.store)
        except Refusal:
            return 0  # the database cannot be asked: act as if this process were alone

    def _serve(self) -> Callable[[], None]:
        settings = self.settings
        if self._socket_mode:
            self._socket_mode.start()
            return self._socket_mode.close
        where = settings.port, self._heard, settings.http_address
        return serve_http(self.app, settings.signing_secret, self.desk.store, *where)
