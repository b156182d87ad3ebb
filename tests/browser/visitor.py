"""Somebody at the page, as one of the cast: sees what is drawn, finds things by role and label."""

import re

from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.patience import HANG

SLOW = HANG * 1000  # milliseconds that something on the page may take to appear
expect.set_options(timeout=SLOW)
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
THREAD = re.compile(r"repl(y|ies)|open the thread")
# What can be seen, is wider than the window, and is not inside something that scrolls by itself.
STICKING_OUT = """() => [...document.querySelectorAll("body *")].filter((node) => {
  const box = node.getBoundingClientRect();
  return box.width > 1 && box.right > innerWidth + 1 && !node.closest("pre, .hidden") && node.checkVisibility();
}).map((node) => `${node.tagName}.${node.className} ${node.textContent.slice(0, 40)}`)"""


def sticking_out(page: Page) -> list[str]:
    """What is wider than the window."""
    found: list[str] = page.evaluate(STICKING_OUT)
    return found


class Visitor:
    """One person in a browser of their own."""

    def __init__(self, browser: Browser, url: str, name: str, at: str = "#/C0PAMOPS", **context: object) -> None:
        options = {"viewport": DESK, "locale": "en-GB", "timezone_id": "Europe/London"} | context
        self.context = browser.new_context(**options)  # type: ignore[arg-type]
        self.context.set_default_timeout(SLOW)
        self.page: Page = self.context.new_page()
        self.mistakes: list[str] = []
        self.page.on("pageerror", lambda error: self.mistakes.append(str(error)))
        self.page.on("console", lambda said: self.mistakes.append(said.text) if said.type == "error" else None)
        self.page.goto(f"{url}?as=U0{name.upper()}{at}")
        expect(self.page.get_by_label("Act as")).to_be_visible()

    def leave(self) -> None:
        """Close the browser; nothing may have gone wrong in the page."""
        self.context.close()
        assert self.mistakes == []

    def types(self, line: str) -> None:
        """Write into the message box, and send."""
        box = self.page.get_by_label("Message #pam-ops")
        box.fill(line)
        box.press("Enter")

    def reads(self, words: str | re.Pattern[str]) -> Locator:
        """The newest message with these words, once it is there."""
        found = self.page.get_by_role("article").filter(has_text=words).last
        expect(found).to_be_visible()
        return found

    def told(self, words: str | re.Pattern[str]) -> Locator:
        """The newest message with these words that only this person sees."""
        mine = self.page.get_by_role("article", name=re.compile("only visible to you$"))
        found = mine.filter(has_text=words).last
        expect(found).to_be_visible()
        return found

    def press(self, name: str, where: Locator | None = None) -> None:
        """Press a button."""
        (where or self.page).get_by_role("button", name=name, exact=True).last.click()

    def dialog(self, words: str = "") -> Locator:
        """The dialog that is open, once it says this."""
        found = self.page.get_by_role("dialog")
        expect(found).to_contain_text(words)
        return found

    def approve(self, card: Locator, pair: str) -> None:
        """Approve a card: press, type the pair's name, send; the dialog goes by itself."""
        card.get_by_role("button", name=re.compile("^Approve ")).click()
        asked = self.dialog("to approve")
        asked.get_by_label(f"Type {pair} to approve").fill(pair)
        self.press("Approve", asked)
        self.finishes("Approved")

    def finishes(self, words: str | re.Pattern[str], timeout: float = SLOW) -> None:
        """The dialog goes by itself. Where the answer came too late for that, it says what it did, and is closed."""
        dialog = self.page.get_by_role("dialog")
        expect(dialog.filter(has_not_text=words)).to_have_count(0, timeout=timeout)
        if dialog.count():
            self.closes()

    def app_home(self) -> Locator:
        """Pairkeeper's App Home; its link leads to the messages instead while one is unread."""
        self.page.get_by_role("link", name="Pairkeeper").click()
        self.page.get_by_role("tab", name="Home").click()
        return self.page.get_by_role("tabpanel", name="Home")

    def closes(self) -> None:
        """Close the dialog with Escape."""
        self.page.keyboard.press("Escape")
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def card(self, action: str, pair: str) -> Locator:
        """The newest card of this action."""
        return self.reads(re.compile(f"{pair}: [^?]*\\?.*Runs {action} on ", re.DOTALL))

    def asked(self, action: str, pair: str) -> Locator:
        """The newest card of this action, decided or not; a long command has other messages in the channel too."""
        card = self.page.get_by_role("article").filter(has_text=re.compile(f"{pair}: .*Runs {action} on ", re.DOTALL))
        found = card.filter(has=self.page.get_by_role("button", name=THREAD)).last
        expect(found).to_be_visible()
        return found

    def follow(self, card: Locator) -> Locator:
        """Open the thread under a message; the thread."""
        card.get_by_role("button", name=THREAD).click()
        thread = self.page.get_by_role("complementary", name="Thread")
        expect(thread).to_be_visible()
        return thread

    def behind(self, pair: str) -> Locator:
        """The panel of faults, with this pair chosen."""
        panel = self.page.get_by_role("complementary", name="Guide and faults")
        panel.get_by_role("tab", name=pair, exact=True).click()
        return panel

    def fault(self, pair: str, who: str, name: str) -> None:
        """Order a fault, or undo one; it is done when this returns."""
        group = self.behind(pair).get_by_role("group", name=f"{pair} {who}")
        with self.page.expect_response(lambda found: found.request.method == "POST"):
            self.press(name, group)

    def truth(self, pair: str, role: str) -> Locator:
        """The row that tells what a server is, and what is believed of it."""
        return self.behind(pair).get_by_role("row", name=re.compile(f"^{role}"))
