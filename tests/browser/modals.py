"""Every modal at its longest, and every refusal: what is drawn, by the function that draws it."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from string import Formatter
from typing import Any

import bot
from bot.domain.errors import Refusal, RefusalCode, Remark
from bot.domain.incomplete_line import IncompleteLine
from bot.domain.manual_steps import by_hand_at
from bot.domain.pair import PeerRow, Role
from bot.domain.pending import PendingWork
from bot.domain.policy import own_why_not
from bot.domain.request import Phase, Stage
from bot.domain.situation import SituationCode
from bot.domain.snapshot import snapshot
from bot.domain.statement import SENTENCES, StatementKind
from bot.domain.status import State
from bot.domain.text import Channel, Decision, People, Text
from bot.services.base import and_list
from bot.services.incident_handling import LONGEST_NOTE
from bot.services.requests import DetailsNeeded
from bot.simulator.cast import APPROVERS, BOB, OPS
from bot.slack.request_form import situation_moved
from bot.views import card, incident, plan, status
from bot.views.answers import done, under_way
from bot.views.blocks import Block, modal, section
from bot.views.details import details
from bot.views.forms import pin_approve_modal, pin_modal, state_modal
from bot.views.help import refused
from bot.views.line_forms import VERBS, incident_modal, incident_option, maintenance_modal, plan_modal
from bot.views.modals import answer, approve_modal, code_modal, deny_modal, needed_modal, reason_modal
from bot.views.refusals import TEXTS
from bot.views.wording import mention
from tests.browser.longest import ADDRESS, HOST, NAME, REASON, REKEYED, asked, pair, ran, seen
from tests.charts import messages
from tests.charts.messages import NOW
from tests.domain import build
from tests.domain.build import ACTIONS

PEOPLE = tuple(f"U0{name.upper()}" for name in ("alice", "bob", "carol", "dave", "olivia"))
PAIRS = [f"{NAME[:-3]}{number:03}" for number in range(20)]
CODE = "ha-demote-primary"
DECISIVE = (SituationCode.SPLIT_BRAIN, SituationCode.PRIMARY_SILENT, SituationCode.FAILED_OVER, SituationCode.UNKNOWN)

MANY_FIELDS = "needed_modal with several things to fill in"
WORDY = "approve_modal with a statement and a reason for one more command"

Drawn = dict[str, Block]


def _reasons() -> Drawn:
    found = {f"reason_modal, {name}": reason_modal([NAME], action, REASON) for name, action in ACTIONS.items()}
    moved = situation_moved(SituationCode.HEALTHY, seen(SituationCode.PRIMARY_SILENT, REKEYED))
    found["reason_modal, the situation has moved"] = reason_modal([NAME], ACTIONS[CODE], "the link failed", moved)
    found["reason_modal, of many pairs"] = reason_modal(PAIRS, ACTIONS[CODE], REASON)
    return found


def _lines() -> Drawn:
    shown, names, why = messages.view(pair=NAME), {pair: pair for pair in PAIRS}, REASON * 4
    open_ones = {pair: incident_option(replace(shown, pair=pair)) for pair in PAIRS}
    found = {}
    for kind, name in (("of many pairs", ""), ("of one pair", NAME)):
        line = partial(IncompleteLine, pair=name)
        found[f"line_modal, plan {kind}"] = plan_modal(line("ha-plan"), names, list(ACTIONS))
        found[f"line_modal, maintenance {kind}"] = maintenance_modal(
            line("ha-maintenance"), names, "1h 30m", why, LONGEST_NOTE
        )
        for verb in VERBS:
            found[f"line_modal, incident {verb} {kind}"] = incident_modal(
                line("ha-incident"), open_ones, verb, BOB.id if verb == "give" else "", why, LONGEST_NOTE
            )
    return found


def _needed() -> Drawn:
    after = Text("The last command on {pair}, {action}, ended as: {ended}.", pair=NAME, action=CODE, ended="unknown")
    found = {}
    for name, action in ACTIONS.items():
        for situation, ways in action.allowed.items():
            shown = replace(seen(SituationCode.SPLIT_BRAIN), situation=situation)
            ways = tuple(way for way in ways if way)
            needed = DetailsNeeded(pair(), action, shown, ways)
            kind = MANY_FIELDS if any(len(way) > 1 for way in ways) else "needed_modal"
            found[f"{kind}, {name} in {situation}, stated"] = needed_modal(needed, REASON)
            needed = replace(needed, details=bool(action.details), after=after)
            found[f"{MANY_FIELDS}, {name} in {situation}"] = needed_modal(needed, REASON)
    return found


def _approvals() -> Drawn:
    found, shown = {}, seen(SituationCode.PRIMARY_SILENT)
    for name, action in ACTIONS.items():
        for situation in action.allowed:
            request = replace(asked(), action=name, seen=replace(shown, situation=situation))
            plain = replace(request, acknowledgement="", seen=replace(request.seen, statements=()))
            found[f"approve_modal, {name} in {situation}"] = approve_modal(plain, action)
            found[f"{WORDY}, {name} in {situation}"] = approve_modal(request, action)
    return found


def _details() -> Drawn:
    ahead = PendingWork(request=asked(), approvers=APPROVERS)
    return {
        f"details, {name}": details(seen(name, REKEYED), ACTIONS, PeerRow.UNPROVEN, NOW, "1 to 3 s", False, ahead)
        for name in messages.STATES
    }


def forms() -> Drawn:
    """Every modal that a function of `bot.views` draws, by that function's name."""
    request = asked()
    pin = messages.offered(pair=NAME, address=ADDRESS, host=HOST)
    return {
        "answer": answer("Approve", under_way("One moment…")),
        **_reasons(),
        **_lines(),
        **_needed(),
        **_approvals(),
        "deny_modal": deny_modal(request),
        "code_modal": code_modal(asked(Stage.WAITING), ACTIONS["ha-initialise"]),
        **{f"state_modal, {kind}": state_modal(pair(), kind) for kind in SENTENCES},
        **{f"pin_modal, {role}": pin_modal(pair(), role) for role in Role},
        "pin_approve_modal": pin_approve_modal(pin),
        **_details(),
    }


def draws_a_modal() -> set[str]:
    """The functions of `bot.views` that draw one, found in the source."""
    return {
        function.name
        for file in (Path(bot.__file__).parent / "views").glob("*.py")
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        and any(isinstance(call, ast.Call) and getattr(call.func, "id", "") == "modal" for call in ast.walk(function))
    }


def answers() -> Drawn:
    """What a form or a button answers in a modal, with everything that App Home's buttons show there."""
    found = {}
    for name in messages.STATES:
        one = seen(name, REKEYED)
        found[f"look, {name}"] = status.status_text(one, ACTIONS, NOW, False, incident=12)
        found[f"recover, {name}"] = incident.lead(messages.view(pair=NAME, latest=one), ACTIONS, "1 to 3 s")
        found[f"state, {name}"] = incident.stated(one, ACTIONS)[1]
    for name, action in ACTIONS.items():
        for situation, (own, peer) in messages.STATES.items():
            observation = build.seen(own, peer, name=NAME)
            _, found[f"plan, {name} in {situation}"] = plan.what_if(
                action, ACTIONS, observation, snapshot(observation), "1 to 3 s the last 4 times"
            )
    found["ask"] = card.asked(asked(), mention(PEOPLE))[1]
    for place, sentence in _sentences():
        found[place] = [section(sentence)]
    return {name: modal("Answer", blocks) for name, blocks in found.items()}


def _sentences() -> Iterator[tuple[str, str]]:
    """What a button or a form answers in one sentence, found in the source, with something long in its places."""
    for file in sorted((Path(bot.__file__).parent / "slack" / "interactions").glob("*.py")):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("done", "under_way", "not_done"):
                words = "".join(
                    str(part.value) if isinstance(part, ast.Constant) else status.headline(seen(SituationCode.UNKNOWN))
                    for part in getattr(call.args[0], "values", [call.args[0]])
                )
                yield f"{file.stem}:{call.lineno}", done(words)


def _why_not() -> Iterator[str]:
    """Why an action is not possible, in each situation."""
    return (own_why_not(action, situation) for action in ACTIONS.values() for situation in SituationCode)


def _values(code: RefusalCode | Remark) -> Mapping[str, Any]:
    """The longest value for each place of a refusal's text."""
    names, people = and_list(PAIRS), People(PEOPLE)
    failover, silent = ACTIONS["ha-failover"], seen(SituationCode.PRIMARY_SILENT, REKEYED)
    by_hand = by_hand_at(pair(), failover, failover.allowed[SituationCode.HEALTHY])
    return {
        **dict.fromkeys(("name", "pair", "guess", "first"), NAME),
        **dict.fromkeys(("action", "doing"), CODE),
        **dict.fromkeys(("address", "right", "given"), ADDRESS),
        **dict.fromkeys(("approvers", "people", "requesters", "requester", "person", "owner", "known"), people),
        "names": names, "addresses": f"{ADDRESS} and {ADDRESS}", "verb": NAME, "command": "ha-incident",
        "why": REKEYED if "key" in code else max(_why_not(), key=len), "length": 3000, "most": 1000,
        "standing": "a guest", "approvals": 3, "can": 1,
        "facts": f"Primary {State.CONFLICT.value}, Secondary {State.CONFLICT.value}", "instead": by_hand,
        "how": by_hand,
        "situation": SituationCode.PRIMARY_SILENT, "says": silent.about.says, "incident": 4711, "run": 4711,
        "at": NOW, "stage": Stage.EXPIRED, "channel": Channel(OPS), "decision": Decision(BOB.id, NOW),
        "ended": ran(Phase.UNKNOWN).state, "kind": StatementKind.KEEP_PRIMARY, "words": "x" * 7, "peer": "Secondary",
        "host": HOST, "port": 65535, "days": 400, "mistake": REKEYED, "more": 12,
    }  # fmt: skip


def _filled(code: RefusalCode | Remark) -> Mapping[str, Any]:
    values = _values(code)
    return {name: values[name] for _, name, _, _ in Formatter().parse(TEXTS[code]) if name}


def refusals() -> dict[str, messages.Message]:
    """Each refusal with the longest values, and each remark behind the refusal that it may follow."""
    found = {str(code): refused(Refusal(code, **_filled(code))) for code in RefusalCode}
    line = IncompleteLine("ha-maintenance", NAME, REASON)
    for code in (RefusalCode.WHICH_PAIR, RefusalCode.MAINTENANCE_WITHOUT_BOTH):
        found[f"{code}, with its form"] = refused(Refusal(code, **_filled(code)).because_of(line))
    remarked = {
        RefusalCode.NOT_ARMED: (Remark.NO_STEP_OUT,),
        RefusalCode.TOO_FEW_APPROVERS: (Remark.BY_HAND,),
        RefusalCode.REPLACEMENT_CONTRADICTED: (Remark.BY_HAND,),
        RefusalCode.APPROVAL_EXPIRED: (Remark.ASK_AGAIN, Remark.BY_HAND),
        RefusalCode.SETTINGS_WRONG_TWICE: (Remark.ONLY_WITHDRAW, Remark.BY_HAND),
        RefusalCode.SETTINGS_WRONG: (Remark.PRESS_AGAIN,),
        RefusalCode.RUN_UNDER_WAY: (Remark.TYPE_NOTHING, Remark.THREAD),
        RefusalCode.RUN_NOT_CLOSED: (Remark.ONLY_LOOK, Remark.THREAD),
        RefusalCode.NOTE_TOO_LONG: (Remark.NOTHING_NOTED,),
        RefusalCode.OPENED_WITHOUT_REASON: (Remark.NOTHING_OPENED,),
        RefusalCode.CLOSED_WITHOUT_REASON: (Remark.NOTHING_CLOSED,),
    }
    for code, remarks in remarked.items():
        refusal = Refusal(code, **_filled(code))
        for remark in remarks:
            refusal.and_then(remark, **_filled(remark))
        found[" and ".join((code, *remarks))] = refused(refusal)
    assert {remark for remarks in remarked.values() for remark in remarks} == set(Remark)
    return found


def as_modals(drawn: Mapping[str, messages.Message]) -> Drawn:
    """The same as a modal, in which a form or App Home shows them."""
    return {name: modal("Refused", blocks) for name, (_, blocks) in drawn.items()}
