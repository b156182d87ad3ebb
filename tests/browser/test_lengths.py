"""Every kind of message on a phone, with the longest names and reasons: its lines, and that one screen shows it all."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.domain.pair import Role
from bot.domain.request import Phase, RequestView, RunView, Stage
from bot.domain.situation import SituationCode
from bot.domain.snapshot import Snapshot, StatementShown
from bot.domain.statement import StatementKind
from bot.domain.status import State
from bot.simulator.cast import ALICE, BOB, OPS
from bot.views import card, incident, incident_group, run, status, summary
from bot.views.terminal import plain_blocks
from tests.browser.visitor import PHONE, Visitor, sticking_out
from tests.charts import alerts, messages
from tests.charts.messages import NOW, Message, ago
from tests.domain.build import ACTIONS

pytestmark = pytest.mark.needs("chromium")

NAME = "pam-production-frankfurt-payment-cluster"  # 40 characters, the longest that the settings take
ADDRESS = "fd00:1234:5678:9abc:def0:1234:5678:9abc"
REASON = ("the switch between both sites failed at three and the Secondary has today's changes, see INC-4711 " * 6)[
    :500
]
REKEYED = (
    f"its host key is not the pinned one: it showed SHA256:{'q8Zk' * 10}q8Z, and SHA256:{'3fEx' * 10}3fE is pinned"
)
WORDS = StatementShown(
    5,
    StatementKind.OFF,
    f"The Primary of {NAME} ({ADDRESS}) is powered off or isolated from users.",
    BOB.id,
    NOW,
    REASON,
)
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


def seen(name: SituationCode, words: str = "") -> Snapshot:
    """A pair with a long name at long addresses; its silent servers say why at length."""
    found = messages.seen(name, NAME)
    servers = {
        role.value: replace(
            found.seen(role),
            address=ADDRESS,
            words=words if found.own(role) is State.SILENT else found.seen(role).words,
        )
        for role in Role
    }
    return replace(found, statements=(WORDS,), **servers)  # type: ignore[arg-type]


def asked(stage: Stage = Stage.PENDING, name: SituationCode = SituationCode.SPLIT_BRAIN) -> RequestView:
    action = "ha-initialise" if stage is Stage.WAITING else "ha-demote-primary"
    more = {"reason": REASON, "acknowledgement": REASON, "action": action}
    found = messages.request(stage, pair=NAME, seen=seen(name, REKEYED), **more)
    return replace(found, plan=replace(found.plan, address=ADDRESS), why="Nobody decided it in time.")


def ran(phase: Phase, name: SituationCode = SituationCode.FAILED_OVER) -> RunView:
    words = "The connection broke before an exit status came back. Its last words: “" + "x" * 200 + "…”"
    split, after = seen(SituationCode.SPLIT_BRAIN), seen(name)
    return messages.ran(phase, pair=NAME, words=words, before=split, after=after, said="x" * 200)


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
}


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
