"""Real sshds for the tests of the console, with plain shell lines as commands, and a relay that misbehaves."""

import contextlib
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.domain.pair import Login, Server
from bot.simulator.stage import free_port
from tests.support.netns import Namespace
from tests.support.patience import HANG, eventually
from tests.support.sshd import SSHD, _descendants, _penalties, _processes, _signal, this_user

LISTENING = "Server listening on"
KEYS: dict[str, tuple[str, ...]] = {"ed25519": (), "rsa": ("-b", "2048"), "ecdsa": ("-b", "256")}


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> str:
    """A new key pair at this path; gives its public line."""
    words = ["ssh-keygen", "-q", "-t", kind, *KEYS[kind], "-N", passphrase, "-C", "", "-f", str(path)]
    subprocess.run(words, check=True, timeout=20)
    return path.with_name(path.name + ".pub").read_text().strip()


class Sshd:
    """One sshd on loopback, or in a namespace; `folder/truth` is where commands leave what they did."""

    def __init__(self, *kinds: str, namespace: Namespace | None = None, config: str = "") -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="console-")
        self.folder = Path(self._temporary.name)
        self.namespace = namespace
        self.host = namespace.address if namespace else "127.0.0.1"
        self.port = free_port()
        self.truth = self.folder / "truth"
        self.kinds = kinds or ("ed25519",)
        self.host_keys = {kind: make_key(self.folder / f"host_{kind}", kind) for kind in self.kinds}
        self.key = self.folder / "login"
        (self.folder / "admitted").write_text(make_key(self.key) + "\n")
        self._extra = config
        self._process: subprocess.Popen[bytes] | None = None
        for _ in range(5):
            with contextlib.suppress(ConnectionError):
                self.start()
                return
            self.port = free_port()
        raise ConnectionError(self.log)

    def start(self) -> None:
        """Start it and wait until it listens; ConnectionError when another has taken its port meanwhile."""
        config = self.folder / "config"
        config.write_text(self._config())
        words = [str(SSHD), "-D", "-e", "-f", str(config)]
        words = self.namespace.command(*words) if self.namespace else words
        with (self.folder / "log").open("ab") as log:
            before = self.log.count(LISTENING)
            self._process = process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        # Its own word for it: a port that answers may be another's who was quicker to take it.
        eventually(lambda: process.poll() is not None or self.log.count(LISTENING) > before)
        if process.poll() is not None:
            self._process = None
            raise ConnectionError(self.log)

    def _config(self) -> str:
        host_keys = "".join(f"HostKey {self.folder / f'host_{kind}'}\n" for kind in self.kinds)
        # Of this keyword, unlike all others, the last value counts.
        startups = "" if "MaxStartups" in self._extra else "MaxStartups 500:30:1000\n"
        return (
            f"{self._extra}"  # first, as the first value of a keyword counts
            f"Port {self.port}\nListenAddress {self.host}\n{host_keys}"
            f"AuthorizedKeysFile {self.folder / 'admitted'}\n"
            # A home of its own: the user's shell set-up takes its time, and may print.
            f"SetEnv TRUTH={self.truth} HOME={self.folder}\n"
            "PidFile none\nUsePAM no\nStrictModes no\nUseDNS no\nPermitRootLogin yes\nLogLevel INFO\n"
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPrintMotd no\nPrintLastLog no\n"
            f"{startups}{_penalties()}"
        )

    def stop(self) -> None:
        """End it, its sessions and what they run."""
        if self._process:
            self.resume()
            for pid in [self._process.pid, *_descendants(self._process.pid)]:
                _signal(pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    def delete(self) -> None:
        """End it and take its folder and namespace away."""
        self.stop()
        if self.namespace:
            self.namespace.delete()
        self._temporary.cleanup()

    def new_host_key(self, kind: str = "ed25519") -> str:
        """Start again with another host key, as a rebuilt server has."""
        self.stop()
        for old in self.folder.glob(f"host_{kind}*"):
            old.unlink()
        self.host_keys[kind] = make_key(self.folder / f"host_{kind}", kind)
        self.start()
        return self.host_keys[kind]

    def server(self, **changes: Any) -> Server:
        """The way in."""
        base = Server(self.host, this_user(), next(iter(self.host_keys.values())), self.port, str(self.key))
        return replace(base, **changes)

    def login(self, **changes: Any) -> Login:
        """The way in, as a jump host."""
        base = Login(self.host, this_user(), next(iter(self.host_keys.values())), self.port, str(self.key))
        return replace(base, **changes)

    @property
    def done(self) -> list[str]:
        """What the commands wrote down as done."""
        return self.truth.read_text().split() if self.truth.exists() else []

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def family(self) -> list[int]:
        """sshd's process, those of its sessions, and the commands."""
        return [self._process.pid, *_descendants(self._process.pid)] if self._process else []

    def freeze(self) -> None:
        """SIGSTOP to sshd and its sessions: TCP lives on in the kernel, nobody answers."""
        self._sessions_and_self(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._sessions_and_self(signal.SIGCONT)

    def _sessions_and_self(self, number: signal.Signals) -> None:
        assert self._process
        for pid in [self._process.pid, *self.sessions()]:
            _signal(pid, number)

    def sessions(self) -> list[int]:
        """sshd's own process of each connection."""
        assert self._process
        return [pid for pid, parent in _processes() if parent == self._process.pid]

    def kill_sessions(self) -> None:
        """SIGKILL to them: a command without a terminal runs on."""
        for pid in self.sessions():
            _signal(pid, signal.SIGKILL)


@contextlib.contextmanager
def running(*kinds: str, **options: Any) -> Iterator[Sshd]:
    """An sshd for one test."""
    sshd = Sshd(*kinds, **options)
    try:
        yield sshd
    finally:
        sshd.delete()


class Relay:
    """A port on loopback that passes bytes on, until it is told to hold them back or to reset."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._links: list[Link] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                self._links.append(Link(here, socket.create_connection(self._to)))

    @property
    def connections(self) -> int:
        """How many there have been."""
        return len(self._links)

    def hold(self, *, replies_only: bool = False) -> None:
        """Pass nothing more on the connections there are; a new one works."""
        for link in self._links:
            link.hold(replies_only)

    def reset(self) -> None:
        """RST to both sides of the connections there are."""
        for link in self._links:
            link.reset()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts, where close does not
        self._listener.close()
        self.reset()


class Link:
    """One connection through a relay."""

    def __init__(self, here: socket.socket, there: socket.socket) -> None:
        self._socks = (here, there)
        self._over = threading.Event()
        self._held: set[socket.socket] = set()
        self._threads = [
            threading.Thread(target=self._pass, args=pair, daemon=True) for pair in ((here, there), (there, here))
        ]
        for thread in self._threads:
            thread.start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        one.settimeout(0.02)
        with contextlib.suppress(OSError):
            while not self._over.is_set():
                try:
                    data = one.recv(65536)
                except TimeoutError:
                    continue
                while one in self._held and not self._over.is_set():
                    time.sleep(0.01)
                other.sendall(data)
                if not data:
                    other.shutdown(socket.SHUT_WR)
                    return

    def hold(self, replies_only: bool) -> None:
        self._held |= {self._socks[1]} if replies_only else set(self._socks)

    def reset(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(1)  # a socket that another thread reads from sends no RST when it is closed
        for sock in self._socks:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()


@contextlib.contextmanager
def relayed(sshd: Sshd) -> Iterator[Relay]:
    """A relay before this sshd."""
    relay = Relay(sshd.host, sshd.port)
    try:
        yield relay
    finally:
        relay.close()


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fails when the block hangs, which should take so long; that it is 2 s late at most is for the proofs to show."""
    start = time.monotonic()
    yield
    took = time.monotonic() - start
    assert took <= seconds + HANG, f"took {took:.1f} s of {seconds} s"
