"""The twenty texts that matter most, drawn today of made-up things: messages, and views of modals and App Home."""

from typing import Any

from bot.domain.errors import Refusal, RefusalCode
from bot.domain.pair import Role
from bot.domain.request import Phase, RequestView, RunView, Stage
from bot.domain.situation import SituationCode
from bot.domain.statement import StatementKind
from bot.registry import load_commands
from bot.views import card, forms, help, incident, modals, run, status, summary
from tests.charts.alerts import bad_pairs, over, pair_now, summed
from tests.charts.homes import homes
from tests.charts.made_up import TOWNS
from tests.charts.messages import NOW, facts, ran, request, seen, view
from tests.domain import build
from tests.domain.build import ACTIONS

Drawn = dict[str, Any]
SPLIT, SILENT = SituationCode.SPLIT_BRAIN, SituationCode.PRIMARY_SILENT
DEMOTE = build.DEMOTE


def texts() -> dict[str, Drawn]:
    """Each as Slack gets it, by its title: the view of a modal or of App Home, or the blocks of a message."""
    return {
        "Alert: split brain": _alert(SPLIT),
        "Alert: Primary not answering": _alert(SILENT),
        "Alert: failed over": _alert(SituationCode.FAILED_OVER),
        "Alert: both out of reach": _alert(SituationCode.BOTH_GONE),
        "Status: split brain": _status(SPLIT),
        "Status: Primary not answering": _status(SILENT),
        "Status: healthy": _status(SituationCode.HEALTHY),
        "Next step: failed over": _message(incident.lead(view(SituationCode.FAILED_OVER), ACTIONS, "1 to 3 s")),
        "Form to ask": modals.reason_modal(["london"], DEMOTE, ""),
        "Form to confirm what cannot be seen": forms.state_modal(build.pair(), StatementKind.OFF),
        "Approval card": _message(card.card(facts(request()))),
        "Form to approve": modals.approve_modal(request(), DEMOTE),
        "Run": _run(ran(Phase.SENDING)),
        "End: done": _end(ran(Phase.SUCCEEDED, words="Both servers are as they should be.")),
        "End: unknown": _end(ran(Phase.UNKNOWN, words="The connection broke.", after=seen(SILENT))),
        "Refusal": _message(help.refused(_not_possible())[1]),
        "Summary of a quiet day": _summary(False),
        "Summary of a bad day": _summary(True),
        "Help": _message(help.help_text(load_commands())[1]),
        "App Home on a bad day": homes()["bad"],
    }


def _message(blocks: list[Drawn]) -> Drawn:
    return {"type": "message", "blocks": blocks}


def _alert(name: SituationCode) -> Drawn:
    return _message(incident.head(view(name), ACTIONS))


def _status(name: SituationCode) -> Drawn:
    return _message(status.status_text(seen(name), ACTIONS, NOW))


def _started() -> RequestView:
    return request(Stage.STARTED)


def _run(its: RunView) -> Drawn:
    return _message(run.steps(facts(_started(), its), its)[1])


def _end(its: RunView) -> Drawn:
    return _message(run.end(facts(_started(), its), its)[1])


def _summary(bad: bool) -> Drawn:
    ended = [over("paris")]
    day = summed(bad_pairs(14), ended, 0.7) if bad else summed([pair_now(name) for name in TOWNS[:14]], ended)
    return _message(summary.summary(day, ACTIONS))


def _not_possible() -> Refusal:
    split = seen(SPLIT)
    return Refusal(
        RefusalCode.NOT_POSSIBLE_NOW,
        action="ha-failback",
        pair="london",
        why=build.FAILBACK.why_not[SPLIT],
        facts=", ".join(f"{role.word} {split.own(role).value}" for role in Role),
        situation=SPLIT,
        instead=f"Next: demote the Primary (`{DEMOTE.name}`). Ask for it with /{DEMOTE.name} london <reason>",
    )
