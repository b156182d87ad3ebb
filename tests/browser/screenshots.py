"""`python -m tests.browser.screenshots FOLDER`: what people see at each turn, on desks and phones, light and dark."""

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Locator, expect

from bot.__main__ import demo_parts
from bot.lab.demo import Demo
from tests.browser.visitor import DESK, PHONE, SLOW, Visitor, sticking_out
from tests.chromium import browser

LOOKS = {"desk": ("light", DESK), "desk-dark": ("dark", DESK), "phone": ("light", PHONE), "phone-dark": ("dark", PHONE)}


class Camera:
    """Takes each picture four times, into one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def take(self, who: Visitor, name: str, at: Callable[[], Locator] | None = None) -> None:
        """Take the page as it is; `at` finds what is to be in sight."""
        for look, (scheme, size) in LOOKS.items():
            who.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            who.page.set_viewport_size(size)  # type: ignore[arg-type]
            who.page.wait_for_timeout(250)
            if at:
                at().scroll_into_view_if_needed()
            who.page.screenshot(path=self.folder / f"{name}-{look}.png")
            assert sticking_out(who.page) == [], f"{name}-{look}"
        who.page.emulate_media(color_scheme="light")
        who.page.set_viewport_size(DESK)  # type: ignore[arg-type]

    def frontispiece(self, who: Visitor) -> None:
        """The README's picture, bot/lab/page/demo.png."""
        who.page.set_viewport_size({"width": 1160, "height": 780})
        who.page.wait_for_timeout(250)
        who.page.screenshot(path=self.folder / "demo.png")
        who.page.set_viewport_size(DESK)  # type: ignore[arg-type]


def play(camera: Camera, alice: Visitor, bob: Visitor) -> None:
    """From the split brain to BAU."""
    camera.take(alice, "start")
    alice.page.get_by_label("Message #pam-ops").fill("/ha")
    camera.take(alice, "commands")
    alice.types("/ha-status london")
    status = alice.told("london · split brain")
    camera.take(alice, "status")
    alice.press("Ask to demote the Primary", status)
    alice.dialog("Why?").get_by_label("Why?").fill("the link failed, the Secondary has today's changes")
    camera.take(alice, "ask-modal")
    alice.press("Ask")
    alice.dialog("Asked: ha-demote-primary")
    alice.closes()
    card = bob.card("ha-demote-primary", "london")
    camera.take(bob, "approval")
    camera.frontispiece(bob)
    alice.press("Approve demote-primary…", alice.card("ha-demote-primary", "london"))
    alice.told("You asked for this one")
    camera.take(alice, "refusal")
    card.get_by_role("button", name=re.compile("^Approve ")).click()
    form = bob.dialog("to approve")
    form.get_by_label("Type london to approve").fill("lodnon")
    bob.press("Approve", form)
    expect(form.get_by_role("alert").filter(has_text="london")).to_be_visible()
    camera.take(bob, "modal")
    form.get_by_label("Type london to approve").fill("london")
    bob.press("Approve", form)
    bob.dialog("Approved")
    bob.closes()
    thread = bob.follow(bob.reads("ha-demote-primary on london"))
    expect(thread.get_by_text("⏳ running").last).to_be_visible(timeout=SLOW)
    camera.take(bob, "running")
    expect(thread.get_by_text("✅ ha-demote-primary on london is done")).to_be_visible(timeout=SLOW)
    expect(thread.get_by_role("figure")).to_be_visible(timeout=SLOW)
    camera.take(bob, "ended", lambda: thread.get_by_role("article").last)


def look_around(camera: Camera, alice: Visitor, url: str) -> None:
    """The other places: App Home, direct messages, a silent Primary, the panel of faults."""
    alice.page.goto(f"{url}?as=U0ALICE#/C0PAMOPS")
    alice.types("/ha-status paris")
    alice.told("paris · Primary gives no answer")
    camera.take(alice, "silent")
    alice.types("/ha-failover paris the disk of the Primary died")
    alice.press("Go on…", alice.told("ha-failover on paris is not asked for yet"))
    alice.press("Ask", alice.dialog("Why?"))
    alice.dialog("You state:")
    camera.take(alice, "statement")
    alice.closes()
    for path, name in (("app/home", "home"), ("app/messages", "messages"), ("lab", "lab"), ("", "list")):
        alice.page.goto(f"{url}?as=U0ALICE#/{path}")
        if name == "home":
            alice.page.wait_for_selector(".home .blocks > *", state="attached", timeout=SLOW)
        alice.page.wait_for_timeout(1500)
        camera.take(alice, name)


def take_all(folder: Path, chromium: Browser) -> None:
    """Play the demo, and take pictures at each turn."""
    camera = Camera(folder)
    with Demo(demo_parts(), seconds=5.0) as demo:
        demo.wait()
        alice, bob = (Visitor(chromium, demo.url, name) for name in ("alice", "bob"))
        play(camera, alice, bob)
        look_around(camera, alice, demo.url)
        for visitor in (alice, bob):
            visitor.leave()


def main() -> None:
    """Play, and say where the pictures are."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="pairkeeper-pictures-"))
    folder.mkdir(parents=True, exist_ok=True)
    with browser() as chromium:
        take_all(folder, chromium)
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    main()
