"""`python -m tests.browser.screenshots FOLDER`: what people see at each turn, on desks and phones, light and dark."""

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Locator, expect

from bot.__main__ import demo_parts
from bot.simulator.demo import Demo
from tests.browser.visitor import DESK, PHONE, Visitor, sticking_out
from tests.support.chromium import browser

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
        """The README's picture, bot/simulator/page/demo.png."""
        who.page.set_viewport_size({"width": 1160, "height": 960})
        expect(who.page.get_by_role("heading", name="Behind the scenes")).to_be_visible()
        who.page.wait_for_timeout(250)
        who.page.screenshot(path=self.folder / "demo.png")
        who.page.set_viewport_size(DESK)  # type: ignore[arg-type]


def play(camera: Camera, alice: Visitor, bob: Visitor) -> None:
    """From the split brain to BAU."""
    camera.take(alice, "start")
    alice.page.get_by_label("Message #pam-ops").fill("/ha")
    camera.take(alice, "commands")
    alice.types("/ha-status london")
    status = alice.told("london: split brain")
    camera.take(alice, "status")
    alice.press("Ask to demote the Primary", status)
    alice.dialog("Why?").get_by_label("Why?").fill("the link failed, the Secondary has today's changes")
    camera.take(alice, "ask-modal")
    alice.press("Ask")
    alice.finishes("Asked: ha-demote-primary")
    card = bob.card("ha-demote-primary", "london")
    camera.take(bob, "approval")
    camera.frontispiece(bob)
    alice.press("Approve demote-primary on london…", alice.card("ha-demote-primary", "london"))
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
    bob.finishes("Approved")
    thread = bob.follow(bob.asked("ha-demote-primary", "london"))
    expect(thread.get_by_text("⏳ running").last).to_be_visible()
    camera.take(bob, "running")
    expect(thread.get_by_text("✅ ha-demote-primary on london is done")).to_be_visible()
    expect(thread.get_by_role("figure")).to_be_visible()
    camera.take(bob, "ended", lambda: thread.get_by_role("article").last)


def refuse_and_deny(camera: Camera, alice: Visitor, bob: Visitor, olivia: Visitor) -> None:
    """Somebody who may not, and somebody who will not."""
    alice.types("/ha-failback london the link is mended")
    olivia.press("Approve failback on london…", olivia.card("ha-failback", "london"))
    olivia.told("You are not an approver of london.")
    camera.take(olivia, "outsider")
    bob.page.goto(bob.page.url.split("#")[0] + "#/C0PAMOPS")
    bob.press("Deny…", bob.card("ha-failback", "london"))
    form = bob.dialog("Deny")
    form.get_by_role("textbox").fill("not before six, people work on it")
    camera.take(bob, "deny-modal")
    bob.press("Deny", form)
    bob.finishes("Denied")
    denied = bob.asked("ha-failback", "london")
    expect(denied).to_contain_text("Denied by")
    camera.take(bob, "denied", lambda: denied)


def silent_primary(camera: Camera, alice: Visitor) -> None:
    """A Primary that gives no answer, what has to be stated before a failover, and the Primary back again."""
    alice.types("/ha-status")
    camera.take(alice, "overview", lambda: alice.told("3 pairs need"))
    alice.types("/ha-summary")
    camera.take(alice, "summary", lambda: alice.told("PAM health"))
    alice.types("/ha-status paris")
    alice.told("paris: Primary not answering")
    camera.take(alice, "silent")
    alice.types("/ha-failover paris the disk of the Primary died")
    alice.press("Go on…", alice.told("ha-failover on paris is not asked for yet"))
    alice.press("Ask", alice.dialog("Why?"))
    alice.dialog("You state:")
    camera.take(alice, "statement")
    alice.closes()
    alice.fault("paris", "Primary", "Bring back")
    expect(alice.truth("paris", "Pair")).to_contain_text("healthy")


def replace_a_secondary(camera: Camera, alice: Visitor, bob: Visitor) -> None:
    """A frozen Primary, then a new Secondary: its key, and its joining code."""
    alice.fault("tokyo", "Primary", "Freeze")
    alice.types("/ha-status tokyo")
    camera.take(alice, "frozen", lambda: alice.told("tokyo: Primary not answering"))
    alice.fault("tokyo", "Primary", "Thaw")
    alice.fault("tokyo", "Secondary", "Replace by a fresh server")
    panel = alice.behind("tokyo").get_by_role("group", name="tokyo Secondary")
    code = panel.get_by_text("Its console shows the joining code").inner_text().split()[-1]
    camera.take(alice, "faults", lambda: panel if panel.is_visible() else alice.page.get_by_label("Message #pam-ops"))
    alice.fault("tokyo", "Secondary", "Write its key into the pairs file")
    expect(panel.get_by_text("Its host key is not")).to_have_count(0)
    alice.types("/ha-initialise tokyo the new Secondary is up")
    alice.press("Go on…", alice.reads("It needs the address of the new Secondary"))
    alice.press("Ask", alice.dialog("Why?"))
    alice.dialog().get_by_label("Address of the new Secondary").fill("10.0.2.12")
    alice.press("Ask")
    bob.approve(bob.card("ha-initialise", "tokyo"), "tokyo")
    alice.finishes("Asked: ha-initialise")
    alice.press("Enter joining code…", alice.reads("waits for the joining code"))
    alice.dialog("starts as soon as you send this").get_by_label("Joining code").fill(code)
    camera.take(alice, "joining-code")
    alice.closes()


def look_around(camera: Camera, alice: Visitor, url: str) -> None:
    """The other places: App Home, direct messages, the panel of faults."""
    for path, name in (("app/home", "home"), ("app/messages", "messages"), ("lab", "lab"), ("", "list")):
        alice.page.goto(f"{url}?as=U0ALICE#/{path}")
        if name == "home":
            expect(alice.page.get_by_role("tabpanel", name="Home")).to_contain_text("looks after")
        alice.page.wait_for_timeout(1500)
        camera.take(alice, name)


def take_all(folder: Path, chromium: Browser) -> None:
    """Play the demo, and take pictures at each turn."""
    camera = Camera(folder)
    with Demo(demo_parts(), seconds=5.0) as demo:
        demo.wait()
        alice, bob, olivia = (Visitor(chromium, demo.url, name) for name in ("alice", "bob", "olivia"))
        play(camera, alice, bob)
        refuse_and_deny(camera, alice, bob, olivia)
        silent_primary(camera, alice)
        replace_a_secondary(camera, alice, bob)
        look_around(camera, alice, demo.url)
        for visitor in (alice, bob, olivia):
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
