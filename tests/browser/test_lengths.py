"""Every message, modal and refusal on a phone, with the longest names and reasons: one screen shows it all."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.domain.request import Phase, Stage
from bot.domain.situation import SituationCode
from bot.simulator.cast import ALICE, OPS
from bot.views import card, incident, incident_group, run, status, summary
from bot.views.terminal import plain_blocks
from tests.browser import modals
from tests.browser.longest import NAME, REASON, REKEYED, asked, ran, seen
from tests.browser.visitor import PHONE, Visitor, sticking_out
from tests.charts import alerts, messages
from tests.charts.messages import NOW, Message, ago
from tests.domain.build import ACTIONS

pytestmark = pytest.mark.needs("chromium")

# Draws messages as the page draws them, and tells how high each is.
MEASURE = """async (posts) => {
  const { items } = await import("/page/message.js");
  const log = document.querySelector(".log"), box = document.createElement("div");
  log.replaceChildren(box);
  return posts.map((post) => {
    const made = items([post], false).at(-1).make();
    box.replaceChildren(made);
    return made.getBoundingClientRect().height;
  });
}"""
# The same of modals, as high as they are where nothing inside has to scroll.
MEASURE_MODALS = """async (views) => {
  const { drawModal } = await import("/page/modal.js");
  const { state } = await import("/page/state.js");
  const before = state.view.modals;
  const show = (modals) => (state.view.modals = modals, drawModal());
  const heights = views.map((view, place) => {
    show([{ ...view, id: `V${place}`, hash: "", state: { values: {} } }]);
    const dialog = document.querySelector("dialog[open]");
    dialog.style.maxHeight = "none";
    return dialog.getBoundingClientRect().height;
  });
  show(before);
  return heights;
}"""


def heads() -> dict[str, Message]:
    """What is posted of an incident, by kind and situation."""
    found: dict[str, Message] = {}
    for name in messages.STATES:
        of = messages.view(pair=NAME, latest=seen(name, REKEYED))
        found[f"head, {name}"] = incident.head_text(of, ACTIONS), incident.head(of, ACTIONS)
        found[f"reminder, {name}"] = incident.nudge(of, ACTIONS, NOW)
        found[f"worse, {name}"] = incident.worse(of, ACTIONS, "<@U0BOB> and <@U0CAROL>")
        found[f"escalation, {name}"] = incident_group.escalation(of, ACTIONS, ("S0APPROVERS",), NOW)
    by_hand = messages.view(SituationCode.HEALTHY, pair=NAME, opened_by=ALICE.id)
    found["head, opened by a person"] = "", incident.head(by_hand, ACTIONS, why=REASON[:160])
    return found


def statuses() -> dict[str, Message]:
    """What `/ha-status` and `/ha-recover` show, by situation."""
    found: dict[str, Message] = {}
    for name in messages.STATES:
        one = seen(name, REKEYED)
        found[f"status, {name}"] = status.headline(one), status.status_text(one, ACTIONS, NOW, False, incident=12)
        found[f"recovery, {name}"] = "", incident.lead(messages.view(pair=NAME, latest=one), ACTIONS, "1 to 3 s")
    return found


def requests() -> dict[str, Message]:
    """A card at every stage, and the messages of a run."""
    found: dict[str, Message] = {}
    for stage in Stage:
        of = messages.facts(asked(stage))
        found[f"card, {stage}"] = card.card_text(of), card.card(of)
    silent = messages.facts(asked(name=SituationCode.PRIMARY_SILENT))
    found["card, with a silent Primary"] = card.card_text(silent), card.card(silent)
    for phase in Phase:
        its = ran(phase)
        of = replace(messages.facts(asked(Stage.STARTED), its), since=((ago(seconds=9), its.after),))  # type: ignore[arg-type]
        found[f"progress, {phase}"] = run.steps(of, its)
        if phase not in (Phase.INTENT, Phase.SENDING):
            found[f"end, {phase}"] = run.end(of, its)
    return found


def quiet() -> dict[str, Message]:
    """A day on which all is well, with three incidents that are over."""
    names = [f"{NAME[:-3]}{number:03}" for number in range(14)]
    day = alerts.summed([alerts.pair_now(name) for name in names], [alerts.over(name) for name in names[:3]])
    return {"a quiet day": (summary.summary_text(day), summary.summary(day, ACTIONS))}


SCREEN = PHONE["height"]
BOUNDS: dict[str, tuple[Callable[[], dict[str, Message]], int, float]] = {  # lines, and the pixels that they may take
    "an alert": (heads, 4, SCREEN * 0.6),
    "an answer": (statuses, 10, SCREEN),
    "a request or run": (requests, 10, SCREEN),
    "a summary": (quiet, 4, SCREEN * 0.6),
    "a refusal": (modals.refusals, 10, SCREEN),
}
# Screens that these may take: what has all the rest, all words that are approved, and a form with up to five fields.
LONGER = {"details": 3, modals.WORDY: 1.6, modals.MANY_FIELDS: 1.4}


@pytest.mark.parametrize("kind", BOUNDS)
def test_it_has_no_more_lines_than_somebody_reads_in_ten_seconds(kind: str) -> None:
    draw, most, _ = BOUNDS[kind]
    long = {}
    for name, (_, blocks) in draw().items():
        lines = plain_blocks(block for block in blocks if block["type"] != "actions").splitlines()
        if len(lines) > most:
            long[name] = lines
    assert long == {}
    buttons = [
        len(block["elements"]) for _, blocks in draw().values() for block in blocks if block["type"] == "actions"
    ]
    assert max(buttons, default=0) <= (3 if kind == "an alert" else 5)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_one_screen_of_a_phone_shows_all_of_it(visit: Callable[..., Visitor], scheme: str) -> None:
    page = visit("alice", viewport=PHONE, color_scheme=scheme).page
    for draw, _, most in BOUNDS.values():
        drawn = draw()
        posts = [
            {"user": "U0PAIRKEEPER", "channel": OPS, "ts": f"{NOW.timestamp():.6f}", "text": text, "blocks": blocks}
            for text, blocks in drawn.values()
        ]
        heights = dict(zip(drawn, page.evaluate(MEASURE, posts), strict=True))
        assert {name: found for name, found in heights.items() if found > most} == {}
    assert sticking_out(page) == []


def test_every_modal_is_measured() -> None:
    assert modals.draws_a_modal() == {name.replace(" ", ",").partition(",")[0] for name in modals.forms()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["forms", "answers", "refusals"])
def test_one_screen_of_a_phone_shows_all_of_a_modal(visit: Callable[..., Visitor], kind: str, scheme: str) -> None:
    drawn = {
        "forms": modals.forms,
        "answers": modals.answers,
        "refusals": lambda: modals.as_modals(modals.refusals()),
    }[kind]()
    page = visit("alice", viewport=PHONE, color_scheme=scheme).page
    heights = dict(zip(drawn, page.evaluate(MEASURE_MODALS, list(drawn.values())), strict=True))
    bounds = {name: SCREEN * LONGER.get(name.partition(",")[0], 1) for name in drawn}
    assert {name: height for name, height in heights.items() if height > bounds[name]} == {}
    assert sticking_out(page) == []
