"""Bots as processes of their own that start in milliseconds: one process imports the bot, and forks for each order.

`start` is the side of the tests; `python -m tests.support.forked_bot SOCKET` is the process that forks. Processes that
share the tests out have one together, which their parent makes by `share`; it ends with who made it. A forked bot is
`python -m bot WORDS` in every other respect: it has a session, a folder, an environment, outputs and an exit status of
its own.
"""

import contextlib
import gc
import json
import os
import random
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from tests.support.checkout import ROOT

LONGEST_ORDER = 65_536  # bytes
NUMBER = 16  # bytes of a process id or an exit status on its way back
HANG = 90.0  # seconds after which something that should take milliseconds is given up
SHARED = "TESTS_FORKED_BOT"  # the variable that names the process which forks for several processes of tests
AT = "@"  # between its address and the checkout whose bots it forks


class ForkedProcess:
    """As much of `subprocess.Popen` as is used; its exit status comes by a socket from the process that forked it."""

    def __init__(self, order: socket.socket, pid: int) -> None:
        self._order = order
        self.pid = pid
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, negative for a signal; raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            self._order.settimeout(timeout)
            try:
                status = self._order.recv(NUMBER)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired("bot", timeout or 0.0) from None
            if not status:
                raise RuntimeError("the process that forks bots has died")
            self.returncode = int(status)
            self._order.close()
        return self.returncode

    def poll(self) -> int | None:
        """The exit status, or None while it runs."""
        try:
            return self.wait(0.0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


class BotForker:
    """The process that forks bots; it ends when this process does, and the bots that run then go on.

    It imports the bot when the first one is ordered.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="bots-")
        self.address = str(Path(self._folder.name) / "s")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(self.address)
            listening.listen(64)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.forked_bot", str(listening.fileno())],
                cwd=ROOT,
                pass_fds=[listening.fileno()],
                stdin=subprocess.PIPE,  # its end tells that this process has ended
            )


@cache
def _made() -> BotForker:
    return BotForker()


def share() -> None:
    """Let the processes that this one starts fork their bots from the same process as this one."""
    os.environ[SHARED] = f"{_made().address}{AT}{ROOT}"


def _address() -> str:
    """The one that is shared, unless it forks bots of another checkout; else one of our own."""
    address, _, root = os.environ.get(SHARED, "").partition(AT)
    return address if root == str(ROOT) else _made().address


def start(
    words: Sequence[str], environ: Mapping[str, str], folder: Path, out: IO[bytes], err: IO[bytes]
) -> ForkedProcess:
    """Start `pairkeeper WORDS` as a process of its own there, with this environment and these outputs."""
    order = json.dumps({"words": list(words), "environ": dict(environ), "folder": str(folder)}).encode()
    assert len(order) < LONGEST_ORDER
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(HANG)
    connection.connect(_address())
    socket.send_fds(connection, [order], [out.fileno(), err.fileno()])
    return ForkedProcess(connection, int(connection.recv(NUMBER)))


def run(words: Sequence[str], environ: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `pairkeeper WORDS` to its end; what it printed is read as UTF-8."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        code = start(words, environ, folder, out, err).wait(HANG)
        for file in (out, err):
            file.seek(0)
        return subprocess.CompletedProcess(words, code, out.read().decode(), err.read().decode())


def _number(number: int) -> bytes:
    return f"{number:{NUMBER}}".encode()


class _Forking:
    """The other side: it has one thread, so that forking is safe."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._selector = selectors.DefaultSelector()
        self._selector.register(listening, selectors.EVENT_READ)
        self._selector.register(sys.stdin, selectors.EVENT_READ)
        self._running: dict[int, socket.socket] = {}
        woken, waking = socket.socketpair()
        for one in (woken, waking):
            one.setblocking(False)
        self._woken, self._waking = woken, waking
        self._selector.register(woken, selectors.EVENT_READ)

    def serve(self) -> list[str]:
        """Fork for each order; comes back in each forked process, with its command line."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waking.fileno())
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is sys.stdin:
                    sys.exit()
                if key.fileobj is self._woken:
                    self._woken.recv(4096)
                elif (words := self._take()) is not None:
                    return words
            self._reap()

    def _take(self) -> list[str] | None:
        connection, _ = self._listening.accept()
        _import_all()
        data, files, _, _ = socket.recv_fds(connection, LONGEST_ORDER, 2)
        if not data:
            connection.close()
            return None
        pid = os.fork()
        if pid == 0:
            return self._become(json.loads(data), files, connection)
        for file in files:
            os.close(file)
        self._running[pid] = connection
        connection.sendall(_number(pid))
        return None

    def _become(self, order: dict[str, object], files: list[int], connection: socket.socket) -> list[str]:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for one in (self._listening, self._woken, self._waking, connection, *self._running.values()):
            one.close()
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for file, place in zip((nothing, *files), (0, 1, 2), strict=True):
            os.dup2(file, place)
            os.close(file)
        os.chdir(str(order["folder"]))
        environ = order["environ"]
        assert isinstance(environ, dict)
        os.environ.clear()
        os.environ.update(environ)
        time.tzset()
        random.seed()
        words = order["words"]
        assert isinstance(words, list)
        return words

    def _reap(self) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            connection = self._running.pop(pid)
            with contextlib.suppress(OSError):  # perhaps nobody waits for it any more
                connection.sendall(_number(os.waitstatus_to_exitcode(status)))
            connection.close()


IMPORTED = (
    "bot.check",
    "bot.report",
    "bot.slack.server",
    "bot.views.report",
    "bot.monitoring.alarm",
    "bot.wiring",
    "matplotlib.backends.backend_agg",
    "matplotlib.figure",
)
IF_THERE = ("psycopg", "psycopg_binary")


@cache
def _import_all() -> None:
    """All that a bot imports and makes of it sooner or later, so that no forked one pays for it.

    The collector then leaves it alone: it would touch, and so copy, every page of it in every forked process.
    """
    for module in (*IMPORTED, *filter(find_spec, IF_THERE)):
        import_module(module)
    import_module("sqlalchemy.orm").configure_mappers()
    gc.collect()
    gc.freeze()


def _run(words: list[str]) -> None:
    from bot.__main__ import main

    sys.argv = ["pairkeeper", *words]
    main()


if __name__ == "__main__":
    _run(_Forking(socket.socket(fileno=int(sys.argv[1]))).serve())
