"""A whole Pairkeeper on one machine: the local Slack, simulated pairs, and the real bot as its own process."""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

import asyncssh

from bot.simulator.pair import SimulatedPair
from bot.simulator.pair.starts import STARTS, healthy
from bot.simulator.slack import LocalSlack

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "VIRTUAL_ENV", "PYTHONPATH", "COVERAGE_PROCESS_START")
UNPAIRED = r"not part of a High Availability pair|not configured$"


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without proxies, tokens and databases: nothing of it may leak into the bot."""
    return {name: value for name, value in environ.items() if name in KEPT}


def make_key(folder: Path) -> tuple[Path, str]:
    """A new key pair for the bot: the private key's path, the public key's line."""
    path = folder / "id_ed25519"
    key = asyncssh.generate_private_key("ssh-ed25519", comment="pairkeeper")
    path.touch(mode=0o600)
    path.write_bytes(key.export_private_key())
    return path, key.export_public_key().decode().strip()


def toml(value: Mapping[str, Any], name: str = "") -> str:
    """A nested mapping as TOML; a JSON string is a TOML string."""
    plain = {key: item for key, item in value.items() if not isinstance(item, Mapping)}
    lines = [f"[{name}]"] if name else []
    lines += [f"{key} = {_value(item)}" for key, item in plain.items() if item is not None]
    for key, item in value.items():
        if isinstance(item, Mapping):
            lines += ["", toml(item, f"{name}.{key}" if name else key)]
    return "\n".join(lines)


def _value(item: Any) -> str:
    if isinstance(item, Mapping):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in item.items()) + " }"
    if isinstance(item, list | tuple):
        return "[" + ", ".join(_value(one) for one in item) + "]"
    return json.dumps(str(item) if isinstance(item, Path) else item, ensure_ascii=False)


def free_port() -> int:
    """A port on loopback that is free now.

    It lies below the ports that a system gives out by itself: nobody who binds to port 0 gets it meanwhile, and
    whoever listens on it takes no simulated server's port.
    """
    while True:
        port = secrets.choice(range(20_000, 32_000))
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


CHECKS = 5  # times that the pairs are checked at most, until all answer in time


def checked(check: Callable[[], None], ending: Callable[[], bool] = lambda: False) -> None:
    """Have the pairs checked; again where a busy machine let one answer come too late, unless all is `ending`."""
    for left in reversed(range(CHECKS)):
        try:
            check()
            return
        except RuntimeError:
            if not left or ending():
                raise


class Process(Protocol):
    """As much of a process as is used here; `subprocess.Popen` has it."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int, /) -> None: ...
    def kill(self) -> None: ...


Start = Callable[[Sequence[str], Mapping[str, str], Path, IO[bytes], IO[bytes]], Process]


def start_process(
    words: Sequence[str], environ: Mapping[str, str], folder: Path, out: IO[bytes], err: IO[bytes]
) -> Process:
    """Start `pairkeeper WORDS` in this folder, with this environment and these outputs."""
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *words], env=environ, cwd=folder, stdout=out, stderr=err, start_new_session=True
    )


class Stage:
    """Start, stop, kill and restart the bot against a local Slack and simulated pairs; paths lie in `folder`."""

    def __init__(
        self,
        folder: Path,
        slack: LocalSlack,
        pairs: Mapping[str, Mapping[str, Any]],
        *,
        http: bool = False,
        environ: Mapping[str, str] | None = None,
        start: Start = start_process,
    ) -> None:
        self._start = start
        self.folder = folder
        self.slack = slack
        self.pairs = {name: dict(table) for name, table in pairs.items()}
        self.summaries: list[Mapping[str, Any]] = []
        self.http = http
        self.words: tuple[str, ...] = ("run", "--verbose")
        self.port = free_port() if http else 0
        self._more = dict(environ or {})
        self.bot: Process | None = None
        self.log = folder / "bot.log"
        self._opened = 0  # sockets that there were before this start

    @property
    def config(self) -> Path:
        return self.folder / "pairs.toml"

    def write(self) -> None:
        """Write the pairs file anew, as `pairs` and `summaries` say now; who reads it meanwhile has the old one."""
        new = self.folder / "pairs.toml.new"
        new.write_text(toml({"summaries": self.summaries, "pairs": self.pairs}), encoding="utf-8")
        new.replace(self.config)

    def environ(self) -> dict[str, str]:
        """The bot's environment: nothing is inherited but what a process needs to start."""
        transport = {"SLACK_SIGNING_SECRET": self.slack.signing_secret, "PORT": str(self.port)}
        if not self.http:
            transport = {"SLACK_APP_TOKEN": self.slack.app_token}
        own = {
            "PAIRKEEPER_CONFIG": str(self.config),
            "DATABASE_URL": f"sqlite:///{self.folder / 'pairkeeper.db'}",
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_API_URL": self.slack.api_url,
            "PAIRKEEPER_METRICS_PORT": "0",
            "PAIRKEEPER_LOOPBACK_ONLY": "1",
        }
        return scrubbed(os.environ) | own | transport | self._more

    def command(self, *words: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run one `pairkeeper` command to its end."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = self._start(words, self.environ(), self.folder, out, err)
            try:
                code = process.wait(seconds)
            finally:
                process.kill()
            for file in (out, err):
                file.seek(0)
            return subprocess.CompletedProcess(words, code, out.read().decode(), err.read().decode())

    def prepare(self) -> None:
        """Settings, database and the check that arms the pairs; raises RuntimeError with what went wrong."""
        self._succeed("migrate")
        self.arm()

    def arm(self) -> None:
        """Settings and the check that arms the pairs, where there is a database; raises as `prepare` does."""
        self.write()
        checked(lambda: self._succeed("check"))

    def _succeed(self, word: str) -> None:
        done = self.command(word)
        if done.returncode:
            raise RuntimeError(f"pairkeeper {word}: {done.stdout}{done.stderr}")

    def start(self, seconds: float = 90) -> None:
        """Start the bot and wait until Slack can reach it."""
        self.launch()
        self.wait(seconds)

    def launch(self) -> None:
        """Start the bot's process."""
        self._opened = self.slack.opened()
        with self.log.open("ab") as log:
            self.bot = self._start(self.words, self.environ(), self.folder, log, log)
        if self.http:
            self.slack.deliver_to(f"http://127.0.0.1:{self.port}/slack/events")

    def wait(self, seconds: float = 90) -> None:
        """Until Slack can reach the bot; raises RuntimeError with its log when it does not come up."""
        until = time.monotonic() + seconds
        while not self._reachable():
            if self.bot is None or self.bot.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the bot did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.02)

    def _reachable(self) -> bool:
        if not self.http:
            return self.slack.opened() > self._opened
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    def interrupt(self) -> None:
        """SIGTERM alone: it begins to stop."""
        if self.bot is not None:
            self.bot.send_signal(signal.SIGTERM)

    def stop(self, seconds: float = 90) -> int | None:
        """SIGTERM, and wait for the drain; the exit code."""
        return self._end(signal.SIGTERM, seconds)

    def kill(self) -> int | None:
        """SIGKILL: what a crash leaves behind."""
        return self._end(signal.SIGKILL, 10)

    def _end(self, number: int, seconds: float) -> int | None:
        if self.bot is None:
            return None
        if self.bot.poll() is None:
            self.bot.send_signal(number)
        try:
            code = self.bot.wait(seconds)
        except subprocess.TimeoutExpired:
            self.bot.kill()
            code = self.bot.wait(10)
        self.bot = None
        return code


def begin(pair: SimulatedPair, state: str) -> None:
    """Bring a running healthy pair into one of the states that a pair can start in."""
    pair.alter(STARTS[state])
    for server in (pair.primary, pair.secondary):
        if not pair.truth()[server.role.value]["powered"]:
            server.power_off()


def restart(pair: SimulatedPair, state: str) -> None:
    """Undo every fault, and bring the pair into one of the states that it can start in."""
    for server in (pair.primary, pair.secondary):
        for undo in (server.power_on, server.thaw, server.heal, server.join_bot, server.forget_faults):
            undo()
    pair.join_link()
    pair.alter(lambda now: healthy(now.primary.address, now.secondary.address, now.floating_ip))
    begin(pair, state)


def settings_of(pairs: Sequence[SimulatedPair], key: Path, **common: Any) -> dict[str, dict[str, Any]]:
    """The pairs file's tables for simulated pairs, by name."""
    tables = {}
    for pair in pairs:
        table = pair.settings(key=key, **common)
        tables[pair.name] = table | {"labels": {"unpaired": UNPAIRED}, "verify_seconds": 15}
    return tables
