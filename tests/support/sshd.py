"""Real OpenSSH servers in front of a simulated pair: the same appliance, another SSH implementation."""

import asyncio
import contextlib
import os
import pwd
import shlex
import signal
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from bot.simulator.pair import Role, SimulatedPair, relay
from bot.simulator.pair.door import Site
from bot.simulator.stage import free_port
from tests.support.netns import Namespace

SSHD = Path("/usr/sbin/sshd")  # sshd starts itself anew for each connection, and wants an absolute path
PRIVILEGE_SEPARATION = Path("/run/sshd")


def missing() -> str | None:
    """Why no sshd can be had here, or None."""
    return None if SSHD.exists() else f"{SSHD} is not installed (Debian: openssh-server)"


def this_user() -> str:
    """The only user that an sshd of ours can let in."""
    return pwd.getpwuid(os.geteuid()).pw_name


class OpenSSH:
    """A simulated pair behind one real sshd per server, on loopback or in a namespace each.

    On loopback all faults of the pair work as ever. In namespaces clients talk to sshd directly: use
    `partition`, `heal`, `stop`, `resume` and `kill_sessions` of this class for what happens on the way;
    power and `cut_from_bot` do not reach there.
    """

    def __init__(self, name: str = "london", *, netns: bool = False, **options: Any) -> None:
        self._doors: list[SshdDoor] = []
        self._netns = netns
        self.pair = SimulatedPair(name, user=this_user(), door=self._door, **options)

    def _door(self) -> "SshdDoor":
        self._doors.append(SshdDoor(Namespace() if self._netns else None))
        return self._doors[-1]

    def start(self) -> "OpenSSH":
        """Start the pair and both servers."""
        try:
            self.pair.start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop them and take the namespaces away."""
        self.pair.stop()
        for door in self._doors:
            door.clear_away()

    def __enter__(self) -> "OpenSSH":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def door(self, role: Role | str) -> "SshdDoor":
        """The sshd of this server."""
        return self._doors[Role(role) is Role.SECONDARY]

    def partition(self, role: Role | str, *, requests: bool = True, replies: bool = True) -> None:
        """Lose the packets between this side and the server; only with `netns`."""
        namespace = self.door(role).namespace
        assert namespace is not None, "a partition needs netns=True"
        namespace.partition(requests=requests, replies=replies)

    def heal(self, role: Role | str) -> None:
        """End the partition."""
        namespace = self.door(role).namespace
        assert namespace is not None, "a partition needs netns=True"
        namespace.heal()


class SshdDoor:
    """One sshd with a configuration in a temporary folder; its port stays the same when it restarts."""

    def __init__(self, namespace: Namespace | None = None) -> None:
        self.namespace = namespace
        self.direct = namespace is not None
        self._folder = tempfile.TemporaryDirectory(prefix="sshd-")
        self._process: subprocess.Popen[bytes] | None = None
        self._host = namespace.address if namespace else "127.0.0.1"
        self._port = 22 if namespace else free_port()

    async def open(self, site: Site) -> tuple[str, int]:
        """Start sshd with the site's key and wait until it listens."""
        config = self._configure(site)
        words = [str(SSHD), "-D", "-e", "-f", str(config)]
        words = self.namespace.command(*words) if self.namespace else words
        with (config.parent / "log").open("ab") as log:
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        await self._listening()
        return self._host, self._port

    async def close(self) -> None:
        """End sshd and its sessions."""
        process, self._process = self._process, None
        if process is not None:
            for pid in [process.pid, *_descendants(process.pid)]:
                _signal(pid, signal.SIGKILL)
            process.wait(10)

    def clear_away(self) -> None:
        """Remove its folder and its namespace, once closed."""
        self._folder.cleanup()
        if self.namespace is not None:
            self.namespace.delete()

    def stop(self) -> None:
        """SIGSTOP: TCP is the kernel's and stays alive, nobody answers."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._signal_all(signal.SIGCONT)

    def kill_sessions(self) -> None:
        """SIGKILL to sshd's process of each connection; commands without a pty run on."""
        if self._process is not None:
            for pid, parent in _processes():
                if parent == self._process.pid:
                    _signal(pid, signal.SIGKILL)

    @property
    def log(self) -> str:
        """What sshd has said."""
        return (Path(self._folder.name) / "log").read_text()

    def _signal_all(self, number: signal.Signals) -> None:
        if self._process is not None:
            for pid in [self._process.pid, *_descendants(self._process.pid)]:
                _signal(pid, number)

    def _configure(self, site: Site) -> Path:
        folder = Path(self._folder.name)
        key, admitted, config = folder / "host_key", folder / "authorized_keys", folder / "config"
        key.touch(0o600)
        key.write_text(site.host_key)
        admitted.write_text("".join(line.strip() + "\n" for line in site.authorised))
        role = site.appliance.role
        command = shlex.join([sys.executable, "-I", "-S", relay.__file__, str(site.relay), role])
        config.write_text(
            f"Port {self._port}\nListenAddress {self._host}\nHostKey {key}\nAuthorizedKeysFile {admitted}\n"
            "PidFile none\nUsePAM no\nStrictModes no\nUseDNS no\nPermitRootLogin yes\nLogLevel ERROR\n"
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPrintMotd no\nPrintLastLog no\n"
            f"MaxStartups 200:30:400\n{_penalties()}ForceCommand exec {command}\n"
        )
        return config

    async def _listening(self) -> None:
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection(self._host, self._port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
        raise RuntimeError(f"sshd did not come up: {self.log}")


@cache
def _penalties() -> str:
    """From OpenSSH 9.8 on, faults would get us banned; older versions refuse the keyword."""
    if sys.platform == "linux" and os.geteuid() == 0:
        PRIVILEGE_SEPARATION.mkdir(exist_ok=True)
    line = "PerSourcePenalties no\n"
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config"
        config.write_text(line)
        # It ends badly either way, for want of a host key; what it says about the keyword counts.
        told = subprocess.run([SSHD, "-t", "-f", config], capture_output=True, timeout=10).stderr
    return "" if b"Bad configuration option" in told else line


def _processes() -> list[tuple[int, int]]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, check=True, timeout=10).stdout
    return [(int(pid), int(parent)) for pid, parent in (line.split() for line in listed.splitlines())]


def _descendants(root: int) -> list[int]:
    family = {root}
    for pid, parent in sorted(_processes()):
        if parent in family:
            family.add(pid)
    return sorted(family - {root})


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
