"""The browser that some tests need: Debian's Chromium, or another one that is there, without a window."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
# As root and in a container there is no sandbox, little shared memory and no graphics card; and it calls nobody.
ARGS = ("no-sandbox", "disable-dev-shm-usage", "disable-gpu", "no-first-run", "disable-background-networking")
ARGS += ("disable-component-update", "disable-sync")


def executable() -> str | None:
    """Where the browser is, or None."""
    return next(filter(None, map(shutil.which, NAMES)), str(MAC) if MAC.exists() else None)


def missing() -> str | None:
    """Why there is no browser to test with, or None."""
    if not find_spec("playwright"):
        return "Playwright is not installed"
    return None if executable() else "no Chromium (Debian: chromium and fonts-noto-color-emoji)"


@contextmanager
def browser() -> Iterator["Browser"]:
    """A running browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        found = player.chromium.launch(executable_path=executable(), args=[f"--{arg}" for arg in ARGS])
        yield found
        found.close()
