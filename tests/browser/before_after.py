"""`python -m tests.browser.before_after FOLDER`: the twenty texts that matter most on a phone, before and after.

"Before" is what the code of commit 36d620c drew, the last one before messages were shortened; before.json keeps it.
One PNG per text and index.html, which shows all of them.
"""

import base64
import json
import sys
from html import escape
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from bot.__main__ import demo_parts
from bot.simulator.cast import OPS
from bot.simulator.demo import Demo
from tests.browser.texts import texts
from tests.browser.visitor import PHONE, Visitor
from tests.support.chromium import browser

BEFORE = Path(__file__).with_name("before.json")
# Draws one text as the page draws it, in full, above everything else; tells how high it is.
DRAW = """async (view) => {
  const [{ items }, { drawModal }, { state }] = await Promise.all(
    ["message", "modal", "state"].map((name) => import(`/page/${name}.js`)));
  document.getElementById("drawn")?.remove();
  const box = document.createElement("div");
  box.id = "drawn";
  box.className = "log";
  box.style = "position: absolute; inset: 0 auto auto 0; width: 390px; overflow: visible; z-index: 9";
  box.style.background = "var(--paper)";
  if (view.type === "modal") {
    state.view.modals = [{ ...view, id: "V", hash: "", state: { values: {} } }];
    drawModal();
    const dialog = document.querySelector("dialog[open]").cloneNode(true);
    dialog.style = "position: static; max-height: none; margin: 8px auto; box-shadow: none";
    box.append(dialog);
    state.view.modals = [];
    drawModal();
  } else {
    const ts = `${Date.now() / 1000}`;
    const post = { user: "U0PAIRKEEPER", channel: "CHANNEL", ts, text: "", blocks: view.blocks };
    box.append(items([post], false).at(-1).make());
  }
  document.body.append(box);
  return box.getBoundingClientRect().height;
}""".replace("CHANNEL", OPS)
STYLE = """body { margin: 16px; font: 15px sans-serif; background: #e8eaee } section { display: grid; gap: 8px 24px;
grid-template-columns: 390px 390px; width: max-content; padding: 16px; align-items: start } h2 { grid-column: 1 / 3;
margin: 0; font-size: 19px } figure { margin: 0 } img { width: 390px; border: 1px solid #aab }
figcaption { margin: 4px 0 }"""


def _picture(page: Page, view: dict[str, Any], label: str) -> str:
    height = page.evaluate(DRAW, view)
    png = base64.b64encode(page.locator("#drawn").screenshot()).decode()
    words = f"{label}: {height:.0f} px, {height / PHONE['height']:.1f} of a screen"
    return f'<figure><figcaption>{words}</figcaption><img alt="{words}" src="data:image/png;base64,{png}"></figure>'


def draw_all(folder: Path, chromium: Browser) -> None:
    """Draw each text as it was and as it is, side by side."""
    before = json.loads(BEFORE.read_text(encoding="utf-8"))
    with Demo(demo_parts(), seconds=5.0) as demo:
        demo.wait()
        phone = Visitor(chromium, demo.url, "alice", viewport=PHONE | {"height": 4000})
        rows = [
            f"<section><h2>{escape(title)}</h2>{_picture(phone.page, before[title], 'before')}"
            f"{_picture(phone.page, view, 'after')}</section>"
            for title, view in texts().items()
        ]
        phone.leave()
    index = folder / "index.html"
    head = f"<!doctype html><meta charset=utf-8><title>Before and after</title><style>{STYLE}</style>"
    index.write_text(head + "".join(rows), encoding="utf-8")
    page = chromium.new_page(viewport={"width": 880, "height": 900})
    page.goto(index.resolve().as_uri())
    for number, title in enumerate(before):
        name = f"{number + 1:02}-{title.lower().replace(': ', '-').replace(' ', '-')}.png"
        page.locator("section").nth(number).screenshot(path=folder / name)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with browser() as chromium:
        draw_all(folder, chromium)
