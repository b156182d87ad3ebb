"""What some tests need of the machine: without it they are deselected and named at the end; in CI that fails.

Mark with `@pytest.mark.needs("sshd")`. tests/conftest.py imports the hooks, which switches this on.
"""

import os
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any

import pytest

from tests.support import checkout, chromium, netns, postgres, sshd


def _pip() -> str | None:
    return None if find_spec("ensurepip") else "python3 cannot make a venv with pip (Debian: python3-venv)"


PROBES: dict[str, Callable[[], str | None]] = {
    "sshd": sshd.missing,
    "netns": netns.missing,
    "postgres": postgres.missing,
    "pip": _pip,
    "checkout": checkout.missing,
    "chromium": chromium.missing,
}
PACKAGES = {
    "sshd": "openssh-server",
    "netns": "iproute2",
    "postgres": "postgresql",
    "pip": "python3-venv",
    "checkout": "git",
    "chromium": "chromium fonts-noto-color-emoji",
}
_deselected: dict[str, int] = {}  # tests left out, by what they need


@cache
def missing(need: str) -> str | None:
    """Why this need is not met here, or None."""
    return PROBES[need]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*what): deselected where the machine lacks it; fails under CI=true")
    if os.environ.get("CI") == "true" and (reasons := list(filter(None, map(missing, PROBES)))):
        raise pytest.UsageError("CI must have everything: " + "; ".join(reasons))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        needs = [need for mark in item.iter_markers("needs") for need in mark.args]
        lacking = [need for need in needs if missing(need)]
        for need in lacking:
            _deselected[need] = _deselected.get(need, 0) + 1
        (dropped if lacking else kept).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=dropped)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if output := getattr(session.config, "workeroutput", None):
        output["deselected"] = _deselected


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Several processes share the tests out: each has deselected the same, and only this one can tell."""
    _deselected.update(getattr(node, "workeroutput", {}).get("deselected", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if seed := getattr(terminalreporter.config.option, "randomly_seed", None):
        terminalreporter.write_line(f"The order and the samples were those of --randomly-seed={seed}")
    if not _deselected:
        return
    terminalreporter.write_line("Left out, as this machine lacks what they need:")
    for need, number in _deselected.items():
        terminalreporter.write_line(f"  {number} tests: {missing(need)}")
    packages = " ".join(PACKAGES[need] for need in _deselected)
    terminalreporter.write_line(f"What brings them on Debian and Ubuntu: apt-get install {packages}")
