"""`pairkeeper demo`: up at once, beside another one, deaf to the environment, and gone without a trace."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import demo_parts
from bot.simulator.demo import Demo
from bot.simulator.stage import CHECKS

UP = 30.0  # seconds, on a busy machine
LEAKS = {
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
    "SLACK_BOT_TOKEN": "xoxb-somebody-elses",
    "SLACK_API_URL": "http://127.0.0.1:9/",
    "DATABASE_URL": "postgresql://nowhere.invalid/x",
    "PAIRKEEPER_CONFIG": "/nowhere.toml",
}
Start = Callable[..., "Running"]


class Running:
    """A demo that was started from a shell."""

    def __init__(self, tmp: Path, *words: str) -> None:
        self.tmp = tmp
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", "--no-browser", *words],
            env={**os.environ, **LEAKS, "TMPDIR": str(tmp), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self.url = self.until(r"(http://127\.0\.0\.1:\d+/)")

    def until(self, pattern: str) -> str:
        """Read on until a line fits; its group."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError("".join(self.lines))

    def get(self, path: str) -> str:
        """What the demo answers."""
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.url + path, timeout=10) as answer:
            return str(answer.read().decode())

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, and wait."""
        self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    there: list[Running] = []

    def begin(*words: str) -> Running:
        folder = tmp_path / str(len(there))
        folder.mkdir()
        there.append(Running(folder, *words))
        return there[-1]

    yield begin
    for one in there:
        if one.process.poll() is None:
            one.end()


def states(demo: Running) -> dict[str, Any]:
    """Once it is up: what each pair really is, and what is believed."""
    until = time.monotonic() + UP
    while (shown := json.loads(demo.get("lab/pairs")))["note"] != "ready":
        assert shown["note"] == "starting", shown["note"]
        assert time.monotonic() < until
        time.sleep(0.1)
    return {one["truth"]["name"]: one for one in shown["pairs"]}


def pairkeeper(environ: dict[str, str], *words: str) -> str:
    """What the command line says with these set."""
    line = [sys.executable, "-m", "bot", *words]
    return subprocess.run(line, env={**os.environ, **environ}, capture_output=True, text=True, check=False).stderr


def children(of: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    told = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    found = [of]
    for pid, parent in sorted(tuple(map(int, line.split())) for line in told.splitlines()):
        if parent in found:
            found.append(pid)
    return found[1:]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.proof
def test_two_demos_beside_each_other_end_without_a_trace(start: Start) -> None:
    first = start("--port", "0")
    port = first.url.rsplit(":", 1)[1].strip("/")
    second = start("--port", port)
    assert f"Port {port} is taken" in "".join(second.lines)
    assert second.url != first.url
    told = first.until(r"in another shell: export (.*)")
    environ = dict(one.split("=", 1) for one in told.split())
    assert "I have no record of incident 99." in pairkeeper(environ, "incident", "99")
    for demo, number in ((first, signal.SIGTERM), (second, signal.SIGINT)):
        found = states(demo)
        assert found["london"]["truth"]["serving"] == ["primary", "secondary"]
        assert found["london"]["believed"]["situation"] in ("🟢 healthy", "🔴 split brain")  # it looks by itself
        assert not found["paris"]["truth"]["primary"]["powered"]
        assert found["tokyo"]["truth"]["replicating"]
        bot = children(demo.process.pid)
        assert bot, "the bot is a process of its own"
        assert demo.end(number) == 0
        assert list(demo.tmp.iterdir()) == []
        assert not any(map(alive, bot))


def test_the_page_and_all_its_parts_are_served_and_need_nobody_else(start: Start) -> None:
    demo = start("--port", "0")
    page = demo.get("")
    parts = re.findall(r'(?:src|href)="/(page/[^"]+)"', page)
    assert len(parts) >= 6
    seen: set[str] = set()
    while parts:
        name = parts.pop()
        text = demo.get(name)
        seen.add(name)
        more = {f"page/{each}" for each in re.findall(r'from "\./([\w.]+)"', text)}
        parts += sorted(more - seen - set(parts))
        assert not re.search(r"(src|href|url\()\W{0,2}https?://|@import|fetch\(.https?:", text), name
    assert len(seen) > 15
    for outside in ("page/../__init__.py", "page/__init__.py", "page/nothing.js"):
        with pytest.raises(urllib.error.HTTPError):
            demo.get(outside)


def test_a_demo_that_is_ended_while_it_starts_leaves_nothing(start: Start) -> None:
    demo = start("--port", "0")
    assert demo.end(signal.SIGINT) == 0
    assert list(demo.tmp.iterdir()) == []


def test_an_install_without_the_extra_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "aiohttp.py").write_text('raise ModuleNotFoundError("No module named aiohttp", name="aiohttp")')
    found = subprocess.run(
        [sys.executable, "-m", "bot", "demo"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert found.returncode == 2
    assert found.stderr == "⛔ The demo needs two more packages: pip install 'pairkeeper[demo]'\n"


@pytest.mark.parametrize("late", [2, 9])
def test_an_answer_that_comes_too_late_is_waited_for_a_few_times(late: int) -> None:
    parts = demo_parts()
    checked: list[str] = []

    def check(environ: Mapping[str, str], pair: str) -> None:
        checked.append(pair)
        if len(checked) <= late:
            raise RuntimeError("ha-status: no end within its time")
        parts.check(environ, pair)

    with Demo(replace(parts, check=check), states={"london": "bau"}) as demo:
        if late < CHECKS:
            demo.wait()
            return
        with pytest.raises(RuntimeError, match="did not come up: RuntimeError: ha-status: no end within its time"):
            demo.wait()
    assert len(checked) == CHECKS
