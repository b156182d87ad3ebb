"""Every message that Pairkeeper sends, drawn by its own views of made-up things, by the channel it is shown in."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.errors import Refusal, RefusalCode
from bot.domain.incident import IncidentView
from bot.domain.observation import Probe
from bot.domain.pair import Role
from bot.domain.pin import PinView
from bot.domain.pin import Stage as PinStage
from bot.domain.request import Phase, RequestView, RunView, Stage, Step
from bot.domain.situation import SituationCode
from bot.domain.snapshot import Snapshot, snapshot
from bot.domain.statement import StatementKind
from bot.domain.status import State
from bot.registry import load_commands
from bot.services.requests import DetailsNeeded
from bot.simulator.cast import ALICE, APPROVERS, BOB, CAROL, OPS
from bot.slack.commands import needed_words
from bot.views import blocks, card, help, incident, plan, run, status
from bot.views.message_context import MessageContext
from bot.views.wording import mention
from tests.charts import made_up
from tests.domain import build
from tests.store import given

Block = blocks.Block
Message = tuple[str, list[Block]]
NOW = datetime.now(UTC)
REASON = "split brain after the switch failed, the Secondary has today's changes"
STATES = {
    name: made_up.KINDS[name]
    for name in (
        SituationCode.HEALTHY, SituationCode.SPLIT_BRAIN, SituationCode.PRIMARY_SILENT, SituationCode.NO_STANDBY,
        SituationCode.FAILED_OVER, SituationCode.PRIMARY_REPLACED, SituationCode.BOTH_GONE, SituationCode.UNKNOWN,
    )
}  # fmt: skip
TRANSCRIPT = "$ ha-demote-primary\nAre you sure you want to continue? [y/N] y\nPrimary is DEMOTED\n"


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def seen(name: SituationCode = SituationCode.SPLIT_BRAIN, pair: str = "london", **age: float) -> Snapshot:
    """A pair as it was seen just now, or so long ago."""
    own = dict(zip(Role, STATES[name], strict=True))
    primary, secondary = (_look(role, own[role], own[role.peer]) for role in Role)
    at = ago(**(age or {"seconds": 8}))
    found = build.seen(replace(primary, at=at), replace(secondary, at=at - timedelta(seconds=1)))
    kept = snapshot(found, ago(minutes=26), ago(minutes=25))
    return replace(kept, pair=pair)


def _look(role: Role, own: State, peer: State) -> Probe:
    found = build.look(role, own)
    return replace(found, report=replace(found.report, peer=peer)) if found.report else found


def request(stage: Stage = Stage.PENDING, **changes: Any) -> RequestView:
    """Alice's request to demote the Primary."""
    sent = replace(given.plan(action="ha-demote-primary"), role="primary", address="10.0.0.11", host_key=build.KEY)
    decided = {} if stage is Stage.PENDING else {"decided_at": ago(minutes=1), "decided_by": BOB.id}
    known: dict[str, Any] = {
        "id": 12, "pair": "london", "action": "ha-demote-primary", "requester": ALICE.id, "reason": REASON,
        "stage": stage, "plan": sent, "digest": sent.digest(), "seen": seen(), "needed": 1,
        "approved_by": (BOB.id,) if stage in (Stage.STARTED, Stage.APPROVED, Stage.WAITING) else (),
        "created_at": ago(minutes=2),
        "expires_at": NOW + timedelta(minutes=13), "decided_at": None, "decided_by": None, "why": "", "channel": OPS,
        "acknowledgement": "", "reminded": False,
    }  # fmt: skip
    return RequestView(**(known | decided | changes))


def ran(phase: Phase, **changes: Any) -> RunView:
    """The run of that request."""
    over = phase not in (Phase.INTENT, Phase.SENDING)
    steps = list(Step)[: 6 if over else 4]
    known: dict[str, Any] = {
        "id": 5, "request_id": 12, "pair": "london", "action": "ha-demote-primary", "role": Role.PRIMARY,
        "phase": phase, "started_at": ago(seconds=31), "sent_at": ago(seconds=29), "answered_at": ago(seconds=27),
        "stopped_by": None, "ended_at": NOW if over else None, "words": "", "lost": False,
        "steps": tuple((step, ago(seconds=30)) for step in steps),
        "before": seen(), "after": seen(SituationCode.FAILED_OVER),
        "transcript": TRANSCRIPT, "closed_by": None, "closed_at": None,
    }  # fmt: skip
    return RunView(**(known | changes))


def facts(of: RequestView, its: RunView | None = None) -> MessageContext:
    by_hand = "on 10.0.0.11 (Primary): `ha-demote-primary`, answer y"
    took = "1 to 3 s the last 4 times"
    action = build.ACTIONS[of.action]
    return MessageContext(of, its, action, build.ACTIONS, mention(APPROVERS), by_hand, took, NOW)


def statuses() -> list[Message]:
    return [
        (status.headline(one), status.status_text(one, build.ACTIONS, NOW)) for one in (seen(name) for name in STATES)
    ]


WHY = {
    Stage.EXPIRED: "Nobody decided it in time.",
    Stage.DENIED: "The Primary still holds orders of this morning.",
    Stage.VOID: "The pair has changed since this was asked for: Secondary ACTIVE, now no answer. Nothing was sent.",
}


def cards() -> list[Message]:
    """A request at every stage, and what is said beside its card."""
    pending = facts(request())
    found: list[Message] = [(card.card_text(pending), card.card(pending)), card.reminder(pending)]
    found.append(card.asked(request(), mention(APPROVERS)))
    for stage in Stage:
        why = WHY.get(stage, "")
        action = "ha-initialise" if stage is Stage.WAITING else "ha-demote-primary"
        one = facts(request(stage, why=why, action=action))
        if stage is not Stage.PENDING:
            found.append((card.card_text(one), card.card(one)))
    denied = facts(request(Stage.DENIED, why="Wait for the network team."))
    return [*found, card.told(denied)]


def runs() -> list[Message]:
    """A run under way, and its ends."""
    of = request(Stage.STARTED)
    found = [run.steps(facts(of, one), one) for one in (ran(Phase.INTENT, steps=()), ran(Phase.SENDING))]
    ends = {
        Phase.SUCCEEDED: ("Both servers are as they should be.", seen(SituationCode.FAILED_OVER)),
        Phase.FAILED: ("The command returned, but the Primary is still ACTIVE.", seen()),
        Phase.UNKNOWN: ("The connection broke before an exit status came back.", seen(SituationCode.PRIMARY_SILENT)),
        Phase.NOT_SENT: (
            "The pair has changed since this was approved. Nothing was sent.",
            seen(SituationCode.NO_STANDBY),
        ),
        Phase.TOOK_EFFECT: ("The line broke 6 s after it was sent.", seen(SituationCode.FAILED_OVER)),
        Phase.DID_NOT: ("The line broke 6 s after it was sent.", seen()),
    }
    for phase, (words, after) in ends.items():
        closed = {"closed_by": CAROL.id, "closed_at": NOW} if phase in (Phase.TOOK_EFFECT, Phase.DID_NOT) else {}
        one = ran(phase, words=words, after=after, lost=phase is Phase.UNKNOWN, **closed)
        found.append(run.end(facts(of, one), one))
    return found


def view(name: SituationCode = SituationCode.SPLIT_BRAIN, **changes: Any) -> IncidentView:
    """An incident on london."""
    known: dict[str, Any] = {
        "id": 7, "pair": "london", "channel": OPS, "opened_at": ago(minutes=25), "opened_by": None, "first": seen(),
        "latest": seen(name), "told": seen(name), "healthy_until": ago(minutes=26), "owner": None, "owned_at": None,
        "closed_at": None,
    }  # fmt: skip
    return IncidentView(**(known | changes))


def offered(**changes: Any) -> PinView:
    """A replacement's host key that Alice has asked for."""
    old = {"host": "10.0.0.11", "address": "10.0.0.11", "host_key": build.KEY}
    known: dict[str, Any] = {
        "id": 3, "pair": "london", "role": Role.PRIMARY, "host": "10.0.0.31", "port": 22, "address": "10.0.0.11",
        "host_key": build.KEY, "replaced": old, "stage": PinStage.OFFERED, "channel": OPS, "asked_by": ALICE.id,
        "asked_at": ago(minutes=3), "decided_by": None, "decided_at": None,
    }  # fmt: skip
    return PinView(**(known | changes))


def incidents() -> list[Message]:
    """An incident from its beginning to its end, and a replacement server on the way."""
    mine = {"owner": ALICE.id, "owned_at": ago(minutes=20)}
    heads = [
        view(),
        view(SituationCode.FAILED_OVER, **mine),
        view(SituationCode.PRIMARY_SILENT, **mine),
        view(SituationCode.BOTH_GONE),
    ]
    heads.append(view(SituationCode.HEALTHY, closed_at=NOW, **mine))
    found: list[Message] = [
        (incident.head_text(one, build.ACTIONS), incident.head(one, build.ACTIONS)) for one in heads
    ]
    found.append(incident.nudge(view(), build.ACTIONS, NOW))
    found += [incident.worse(view(owner=who), build.ACTIONS, "<@U0BOB> and <@U0CAROL>") for who in (None, BOB.id)]
    report = replace(made_up.report(), incident=view(SituationCode.HEALTHY, closed_at=NOW, **mine))
    found.append(incident.closed(report))
    key = offered()
    decided = {"decided_by": BOB.id, "decided_at": NOW}
    stages = (PinStage.APPROVED, PinStage.REFUSED)
    found += [incident.pin_card(one) for one in (key, *(replace(key, stage=stage, **decided) for stage in stages))]
    return [*found, incident.returned(replace(key, stage=PinStage.APPROVED, **decided))]


def answers() -> list[Message]:
    """What one person is told: help, history, what if, refusals."""
    commands = load_commands()
    past = [(request(Stage.STARTED), ran(Phase.SUCCEEDED)), (request(Stage.DENIED, why="Not now."), None)]
    split = build.seen(State.ACTIVE, State.ACTIVE)
    silent = build.seen(State.SILENT, State.STANDBY)
    took = "1 to 3 s the last 4 times"
    needed = DetailsNeeded(build.pair(), build.FAILOVER, snapshot(silent), ((StatementKind.OFF,),))
    refusals = (
        Refusal(RefusalCode.SELF_APPROVAL, approvers="Bob and Carol"),
        Refusal(RefusalCode.PAIR_MISSPELT, name="londn", guess="london", names="london, paris and tokyo"),
    )
    return [
        help.help_text(commands),
        help.help_text(commands, "ha-failback"),
        help.history_text("london", past),
        plan.what_if(build.DEMOTE, build.ACTIONS, split, snapshot(split), took),
        plan.what_if(build.FAILOVER, build.ACTIONS, silent, snapshot(silent), ""),
        plan.what_if(build.FAILBACK, build.ACTIONS, split, snapshot(split), ""),
        needed_words(needed, REASON),
        *map(help.refused, refusals),
    ]


KINDS: Mapping[str, Any] = {
    "status": statuses,
    "requests": cards,
    "runs": runs,
    "incidents": incidents,
    "answers": answers,
}
