"""The demo as a command: its address, a browser where there is one, and a clean end."""

import os
import signal
import sys
import threading
import webbrowser
from collections.abc import Callable

from bot.end_signal import EndSignal
from bot.simulator.demo import READY, Demo
from bot.simulator.stage import scrubbed

SHOWING = ("DISPLAY", "WAYLAND_DISPLAY", "XDG_", "DBUS_SESSION_BUS_ADDRESS", "BROWSER")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def serve(make: Callable[[], Demo], port: int, *, browser: bool, say: Callable[[str], None]) -> None:
    """Run a demo until Ctrl-C, SIGTERM or the end of the terminal; `say` prints a line."""
    _scrub()
    ending = EndSignal(*SIGNALS)
    demo = make()
    try:
        demo.start(port)
        if port and not demo.url.endswith(f":{port}/"):
            say(f"Port {port} is taken, so the page is at a free one.")
        say(f"Pairkeeper's demo is at {demo.url} (Ctrl-C ends it; nothing leaves this machine)")
        if browser and has_browser():
            threading.Thread(target=webbrowser.open, args=(demo.url,), daemon=True).start()
        _tell_when_up(demo, ending, say)
        ending.wait()
        say("Ending: the bot, the pairs and the temporary folder go.")
    finally:
        demo.stop()


def has_browser() -> bool:
    """Whether there is a screen for a browser; without one, only one for the terminal would be found."""
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _tell_when_up(demo: Demo, ending: EndSignal, say: Callable[[str], None]) -> None:
    while not ending.wait(0.1) and demo.coming_up:
        pass
    if demo.note == READY:
        say("Pairkeeper is connected: type /ha-status london in #pam-ops.")
        say(f"For `pairkeeper incident 1` and the like, in another shell: export {demo.on_the_command_line}")
    elif not ending.wait(0):
        say(f"⛔ It did not come up: {demo.note}")


def _scrub() -> None:
    """Forget proxies, tokens and databases of whoever started it; what a browser needs to show itself stays."""
    kept = scrubbed(os.environ)
    for name in list(os.environ):
        if name not in kept and not name.startswith(SHOWING):
            del os.environ[name]
