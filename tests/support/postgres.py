"""A real PostgreSQL for tests: Debian's or anybody's binaries, in a folder of its own, on a socket only."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/lib/postgresql*/bin",  # SUSE
    "/usr/libexec/postgresql*",  # Alpine
    "/usr/pgsql-*/bin",  # Red Hat, the project's own packages
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
USER = "nobody"  # PostgreSQL refuses to run as root
LONGEST_SOCKET = 107  # bytes
READY = 30.0  # seconds
# Nothing here has to outlive the machine; the zone is one that nobody lives in by accident.
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "shared_buffers": "16MB",
    "max_connections": "200",
    "timezone": "Asia/Kathmandu",
}


@cache
def binaries() -> Path | None:
    """The newest installation's folder of binaries, or None."""
    on_path = shutil.which("postgres")
    found = [path for place in PLACES for path in Path("/").glob(place.lstrip("/"))]
    found += [Path(on_path).resolve().parent] if on_path else []
    whole = [path for path in found if (path / "initdb").exists() and (path / "postgres").exists()]
    return max(whole, key=_version, default=None)


def _version(path: Path) -> tuple[int, ...]:
    said = subprocess.run([path / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=10)
    number = next(word for word in said.stdout.split() if word[0].isdigit())
    return tuple(int(part) for part in number.split(".") if part.isdigit())


def missing() -> str | None:
    """Why no PostgreSQL can be had here, or None."""
    if binaries() is None:
        return "PostgreSQL is not installed (Debian: postgresql)"
    if os.geteuid() == 0 and USER not in {entry.pw_name for entry in pwd.getpwall()}:
        return f"PostgreSQL refuses to run as root, and there is no user {USER}"
    return None


class Postgres:
    """One server with databases made by the dozen; `url` names a database by its SQLAlchemy address."""

    def __init__(self) -> None:
        folder = binaries()
        assert folder is not None, missing()
        self._binaries = folder
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir=_short_folder()))
        self._as_root = os.geteuid() == 0
        if self._as_root:
            shutil.chown(self.folder, USER)
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)

    def start(self) -> "Postgres":
        """Make the cluster where there is none, and wait until the server answers."""
        if not (self.folder / "data").exists():
            self._initdb()
        options = [f"--{name}={value}" for name, value in OPTIONS.items()]
        self._process = self._spawn("postgres", "-D", "data", "-k", str(self.folder), *options)
        until = time.monotonic() + READY
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL did not come up: {self.log}")
            time.sleep(0.02)
        return self

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it, at once and with every connection unless told otherwise; its data stays."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        if process.poll() is None:
            process.kill()
            process.wait(10)

    def freeze(self) -> None:
        """Stop it in its tracks, with all that it has started: it keeps its connections, and does nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        postmaster = self._process.pid
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *map(int, children)):  # each in a session of its own
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def clear_away(self) -> None:
        """Stop it and remove all of it."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The address of a database, as it stands in DATABASE_URL."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """A fresh database, made like the template; its name."""
        name = f"test_{next(self._numbers)}"
        self._do("CREATE DATABASE {} TEMPLATE {}", name, template)
        return name

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected."""
        self._do("DROP DATABASE {} WITH (FORCE)", database)

    @property
    def log(self) -> str:
        """What it has said."""
        return (self.folder / "log").read_text(errors="replace")

    def _do(self, words: str, *names: str) -> None:
        with psycopg.connect(f"host={self.folder} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute(sql.SQL(words).format(*map(sql.Identifier, names)))

    def _answers(self) -> bool:
        try:
            psycopg.connect(f"host={self.folder} user=postgres dbname=postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _initdb(self) -> None:
        locale = "C.UTF-8" if sys.platform == "linux" else "C"
        words = ["-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", f"--locale={locale}", "--no-sync"]
        if self._spawn("initdb", *words).wait(60):
            raise RuntimeError(f"initdb failed: {self.log}")

    def _spawn(self, name: str, *words: str) -> "subprocess.Popen[bytes]":
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(self._binaries / name), *words],
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=USER if self._as_root else None,
                group=pwd.getpwnam(USER).pw_gid if self._as_root else None,
                extra_groups=[] if self._as_root else None,
            )


def _short_folder() -> str | None:
    """Where the folder goes: the usual place, unless a socket's path would be too long or nobody could enter it."""
    usual = Path(tempfile.gettempdir()).resolve()
    long = len(os.fsencode(usual)) + len("/pg-12345678/.s.PGSQL.5432.lock") > LONGEST_SOCKET
    shut = os.geteuid() == 0 and any(not path.stat().st_mode & 0o001 for path in (usual, *usual.parents))
    return "/tmp" if long or shut else None
