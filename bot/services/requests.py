"""Request an action.

The result is a refusal, a question for what is missing, or a stored request for somebody else to approve.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.approval import Person, check_requester, expires_at, others
from bot.domain.command import Action
from bot.domain.errors import Reason, Refusal, RefusalCode, Remark
from bot.domain.history import BUILT
from bot.domain.incomplete_line import IncompleteLine
from bot.domain.manual_steps import by_hand_at, look_by_hand
from bot.domain.observation import Observation
from bot.domain.pair import Pair, Role
from bot.domain.plan import make_plan
from bot.domain.policy import next_steps, step_words, verdict
from bot.domain.request import Phase, RequestView
from bot.domain.runbook import CommandStep, next_action
from bot.domain.situation import SituationCode, assess
from bot.domain.snapshot import Snapshot
from bot.domain.statement import StatementKind, sentence
from bot.domain.status import State
from bot.domain.text import Text
from bot.services.base import Desk, or_by_hand
from bot.services.observation import observe, shown
from bot.store import host_keys, requests, runs, sightings
from bot.store.conflicts import busy_now

LONGEST = 250  # characters of a reason: with more, a phone does not show the form to approve on one screen
SHORTEST_STATEMENT = 8  # characters: a plain "yes" does not say how a person knows
DUE_AFTER = (Phase.FAILED, Phase.UNKNOWN, Phase.TOOK_EFFECT, Phase.DID_NOT)


@dataclass(frozen=True)
class Details:
    """What a person gave with a request.

    `details` are by slot, `statements` have the person's own words, and `acknowledgement` is the extra reason.
    """

    details: Mapping[str, str] = field(default_factory=dict)
    statements: Mapping[StatementKind, str] = field(default_factory=dict)
    acknowledgement: str = ""


@dataclass(frozen=True)
class DetailsNeeded:
    """What a person still has to give before the request can be stored.

    `ways` has the sets of statements of which one set must be given. `details` is set where details are missing.
    `after` says why one more command needs a reason of its own; it is None where it does not.
    """

    pair: Pair
    action: Action
    seen: Snapshot
    ways: tuple[tuple[StatementKind, ...], ...] = ()
    details: bool = False
    after: Text | None = None


def ask(
    desk: Desk, who: Person, pair_name: str, action_name: str, reason: str, given: Details | None = None
) -> RequestView | DetailsNeeded:
    """Request an action on a pair. Returns the stored request, or what is still needed for it.

    Raises Refusal where the action may not be requested. Nothing is ever sent from here.
    """
    action, pair = desk.action(action_name), desk.pair(pair_name)
    with or_by_hand(look_by_hand(pair)):
        return _ask(desk, who, pair, action, reason, given or Details())


def _ask(
    desk: Desk, who: Person, pair: Pair, action: Action, reason: str, given: Details
) -> RequestView | DetailsNeeded:
    check_requester(pair, who, desk.members)
    _check_reason(pair, action, reason)
    _check_able(desk, pair, action, who)
    check_free(desk, pair)
    _check_details(pair, action, given)
    for kind, words in given.statements.items():
        _check_statement(kind, words)
    for kind, words in given.statements.items():
        sightings.state_it(desk.store, pair.name, kind, who.id, words, sentence(kind, pair))
    seen = observe(desk, pair)
    if needed := _needed(desk, pair, action, seen, given):
        return needed
    return _record(desk, who, action, seen, reason, given)


def _record(desk: Desk, who: Person, action: Action, seen: Observation, reason: str, given: Details) -> RequestView:
    pair = seen.pair
    return requests.ask(
        desk.store,
        make_plan(action, seen, given.details),
        shown(desk, seen),
        requester=who.id,
        reason=reason.strip(),
        channel=pair.channel,
        needed=pair.approvals,
        expires_at=expires_at(pair, desk.now()),
        acknowledgement=given.acknowledgement,
    )


def _needed(desk: Desk, pair: Pair, action: Action, seen: Observation, given: Details) -> DetailsNeeded | None:
    ruling = verdict(action, seen)
    if not ruling.allowed and not ruling.needs:
        raise not_now(desk, action, seen, ruling.words)
    after = None if given.acknowledgement else acknowledgement_due(desk, pair, action, seen)
    details = bool(action.details) and not given.details
    ways = _new_primary_again(seen, given) or (() if ruling.allowed else ruling.needs)
    if not ways and not details and after is None:
        return None
    return DetailsNeeded(pair, action, shown(desk, seen), ways, details, after)


def _new_primary_again(seen: Observation, given: Details) -> tuple[tuple[StatementKind, ...], ...]:
    """Return the statement that must be made once more for a new Primary; empty where none must.

    It is needed where a Primary that answers counts as new only because a person said so.
    """
    by_word = seen.own(Role.PRIMARY) in BUILT and seen.state(Role.PRIMARY) is State.UNPAIRED
    return (
        ()
        if not by_word or StatementKind.PRIMARY_DEPLOYED in given.statements
        else ((StatementKind.PRIMARY_DEPLOYED,),)
    )


def not_now(desk: Desk, action: Action, seen: Observation, why: str) -> Refusal:
    """Return the refusal in three parts: why, the facts, and what comes next instead."""
    return Refusal(
        RefusalCode.NOT_POSSIBLE_NOW,
        action=action.name,
        pair=seen.pair.name,
        why=why,
        facts=", ".join(f"{role.word} {seen.state(role).value}" for role in Role),
        situation=assess(seen).name,
        instead=_instead(desk, action, seen),
    )


def _instead(desk: Desk, action: Action, seen: Observation) -> str:
    """Return the next step. If that is the requested action itself, say how a person does it by hand."""
    steps = next_steps(seen)
    if not steps:
        return "Nothing needs to be done."
    first = steps[0]
    if not isinstance(first, CommandStep):
        return f"Next: {step_words(first, desk.actions)}"
    if first.action == action.name:
        return by_hand_at(seen.pair, action, _stated_first(action, seen))
    return f"Next: {step_words(first, desk.actions)}. Ask for it with /{first.action} {seen.pair.name} <reason>"


def _stated_first(action: Action, seen: Observation) -> tuple[tuple[StatementKind, ...], ...]:
    """Return the sets of statements of which one must be true first; empty where one set is stated already."""
    ways = action.allowed.get(assess(seen).name, ())
    return () if any(seen.stated_all(kinds) for kinds in ways) else ways


def acknowledgement_due(desk: Desk, pair: Pair, action: Action, seen: Observation) -> Text | None:
    """Return why one more command needs a reason of its own, or None when it does not."""
    if assess(seen).name is SituationCode.HALF_OVER:
        return Text(f"{assess(seen).says} That {action.name} is the way on is an inference, documented nowhere.")
    last = next((run for run in runs.latest(desk.store, pair.name) if run.phase is not Phase.NOT_SENT), None)
    if last is None or last.ended_at is None:
        return None
    if last.phase in DUE_AFTER:
        words = "The last command on {pair}, {action}, ended as: {ended}."
        return Text(words, pair=pair.name, action=last.action, ended=last.state)
    healthy_until, _ = sightings.window(desk.store, pair.name)
    # The pair was observed during the run, too: "healthy until its end" describes what the run began from, not its
    # result.
    same_recovery = healthy_until is None or healthy_until <= last.ended_at
    if same_recovery and last.action != action.name and next_action(assess(seen).name) == action.name:
        return None
    age = desk.now() - last.ended_at
    if age < timedelta(minutes=pair.cool_down_minutes):
        return Text(f"{last.action} ran on {pair.name} only {int(age.total_seconds() // 60)} minutes ago.")
    return None


def _check_reason(pair: Pair, action: Action, reason: str) -> None:
    if not reason.strip():
        line = IncompleteLine(action.name, pair.name)
        raise Refusal(RefusalCode.REASON_MISSING, action=action.name, pair=pair.name).because_of(line)
    if len(reason) > LONGEST:
        raise Refusal(RefusalCode.REASON_TOO_LONG, length=len(reason), most=LONGEST)


def _check_able(desk: Desk, pair: Pair, action: Action, who: Person) -> None:
    """Raise Refusal where the bot cannot carry the action out now, though the action may be right.

    The bot observes the pair to find out whether the action is right. If so, the refusal says how a person does it by
    hand.
    """
    try:
        _check_quorum(desk, pair, who)
        _check_armed(desk, pair)
    except Refusal as refusal:
        if refusal.reason not in (Reason.NO_QUORUM, Reason.NOT_ARMED):
            raise
        seen = observe(desk, pair)
        ruling = verdict(action, seen)
        if ruling.allowed or ruling.needs:
            refusal.and_then(Remark.BY_HAND, how=by_hand_at(pair, action, ruling.needs))
        else:
            refusal.and_then(Remark.NO_STEP_OUT, why=ruling.words, instead=_instead(desk, action, seen))
        raise


def _check_quorum(desk: Desk, pair: Pair, who: Person) -> None:
    can = others(pair, who.id, desk.members)
    if len(can) < pair.approvals:
        raise Refusal(RefusalCode.TOO_FEW_APPROVERS, pair=pair.name, approvals=pair.approvals, can=len(can))


def _check_armed(desk: Desk, pair: Pair) -> None:
    if words := host_keys.contradicted(desk.store, desk.file(pair.name)):
        raise Refusal(RefusalCode.REPLACEMENT_CONTRADICTED, why=words)
    if not sightings.armed(desk.store, pair):
        raise Refusal(RefusalCode.NOT_ARMED, pair=pair.name)


def check_free(desk: Desk, pair: Pair) -> None:
    """Raise Refusal while a request or a run is open on the pair, and say which."""
    if runs.open_run(desk.store, pair.name) or requests.open_request(desk.store, pair.name):
        raise busy_now(desk.store, pair.name)


def known_details(pair: Pair, action: Action) -> dict[str, str]:
    """Return the details that are known already, by slot.

    The Secondary's address is the one whose host key is pinned.
    """
    return {detail.slot: pair.secondary.address for detail in action.details}


def _check_details(pair: Pair, action: Action, given: Details) -> None:
    for slot, right in known_details(pair, action).items():
        if (value := given.details.get(slot, right)) != right:
            raise Refusal(RefusalCode.OTHER_SECONDARY, pair=pair.name, right=right, given=value)


def _check_statement(kind: StatementKind, words: str) -> None:
    if len(words.strip()) < SHORTEST_STATEMENT:
        raise Refusal(RefusalCode.STATEMENT_SAYS_NOTHING, words=words, kind=kind)
