"""The local Slack with its page, and somebody who takes pictures of it: on a desk, on a phone, light and dark."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from playwright.sync_api import Browser
from slack_sdk import WebClient

from bot.manifest import manifest
from bot.registry import load_commands
from bot.simulator import cast
from bot.simulator.page import page_routes
from bot.simulator.slack import Channel, LocalSlack
from tests.browser.screenshots import LOOKS
from tests.browser.visitor import sticking_out

TALLEST = 12_000  # pixels
# There is no bot behind this Slack, and a picture of everything needs no place to write.
PLAIN = ".banner, .composer, .day { display: none !important }"
HEIGHT = """() => {
  const [inner, outer] = [document.querySelector(".posts, .home .blocks"), document.querySelector(".log, .home")];
  const padding = outer.matches(".home") ? 48 : 8;
  return Math.ceil(innerHeight - outer.clientHeight + inner.scrollHeight + padding);
}"""
STYLE = "(css) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet] }"
LOADED = "() => [...document.images].every((one) => one.complete && one.naturalWidth)"


class Theatre:
    """A Slack in which one thing after another is shown and photographed."""

    def __init__(self, slack: LocalSlack, browser: Browser, folder: Path) -> None:
        self.slack, self.folder = slack, folder
        self.client = WebClient(slack.bot_token, base_url=slack.api_url)
        self._browser = browser
        self.wrong: list[str] = []

    def say(self, channel: str, text: str, blocks: Sequence[dict[str, Any]], under: str | None = None) -> str:
        """Post a message as the bot does; Slack's judgement of its blocks is this Slack's, too."""
        sent = self.client.chat_postMessage(channel=channel, text=text, blocks=list(blocks), thread_ts=under)
        return str(sent["ts"])

    def upload(self, channel: str, name: str, picture: bytes, words: str) -> None:
        self.client.files_upload_v2(channel=channel, file=picture, filename=name, title=name, alt_txt=words)

    def image(self, name: str, picture: bytes, words: str) -> dict[str, Any]:
        """A picture given to Slack, as a block that shows it."""
        sent = self.client.files_upload_v2(file=picture, filename=f"{name}.png", title=name, alt_txt=words)
        return {"type": "image", "slack_file": {"id": sent["files"][0]["id"]}, "alt_text": words}

    def publish(self, person: str, view: dict[str, Any]) -> None:
        self.client.views_publish(user_id=person, view=view)

    def take(self, name: str, path: str, person: str = cast.ALICE.id) -> None:
        """Four pictures of a place, each as high as what is shown there."""
        for look, (scheme, size) in LOOKS.items():
            context = self._browser.new_context(
                viewport=size, color_scheme=scheme, locale="en-GB", timezone_id="Europe/London",  # type: ignore[arg-type]
            )  # fmt: skip
            page = context.new_page()
            page.on("pageerror", lambda error: self.wrong.append(f"{name}: {error}"))
            page.add_init_script("localStorage.setItem('lab', 'closed')")
            page.goto(f"{self.slack.url}/?as={person}#/{path}")
            page.evaluate(STYLE, PLAIN)
            page.wait_for_selector(".posts > article, .home .blocks > *", state="attached")
            page.wait_for_function(LOADED)
            height = min(page.evaluate(HEIGHT), TALLEST)
            page.set_viewport_size({"width": size["width"], "height": max(height, 300)})
            page.wait_for_timeout(150)
            page.screenshot(path=self.folder / f"{name}-{look}.png")
            self.wrong += [f"{name}-{look}: {one} sticks out" for one in sticking_out(page)]
            context.close()


@contextmanager
def theatre(browser: Browser, folder: Path, channels: Sequence[str]) -> Iterator[Theatre]:
    """A Slack with these channels, everybody in each."""
    everybody = (*(person.id for person in cast.FIVE), cast.BOT)
    rooms = [Channel(identity(name), name, members=everybody) for name in channels]
    slack = LocalSlack(cast.FIVE, [*cast.channels(), *rooms], cast.groups(), manifest(load_commands()))
    slack.serve_also([*page_routes(), web.get("/lab/pairs", _nothing)])
    slack.start()
    try:
        yield Theatre(slack, browser, folder)
    finally:
        slack.stop()


def identity(channel: str) -> str:
    """The id of a channel."""
    return f"C0{channel.upper().replace('-', '')}"


async def _nothing(_: web.Request) -> web.Response:
    return web.json_response({"note": "ready", "pairs": [], "states": [], "guide": []})
