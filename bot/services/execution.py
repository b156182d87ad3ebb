"""Carry out an approved run by the steps T1 to V of bot/README.md: observe, send once, observe again.

Every run gets an outcome.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from bot.domain.approval import Person, check_approver, check_requester
from bot.domain.command import Action
from bot.domain.errors import Reason, Refusal
from bot.domain.manual_steps import look_next, still_by_hand
from bot.domain.observation import Observation, Probe
from bot.domain.outcome import ByHand, Judgement, Outcome, give_up, judge, returned_words
from bot.domain.pair import Pair, Role
from bot.domain.plan import Plan, command_line, differences, make_plan, runs_on
from bot.domain.policy import verdict
from bot.domain.request import Note, Phase, RequestView, RunView, Step
from bot.domain.transport import Ending, Reply, Session, Unreachable
from bot.domain.words import esc
from bot.logs import about, also
from bot.services.base import Desk
from bot.services.crash_recovery import BETWEEN, persist, reconcile
from bot.services.observation import fold, keep_silence, look, look_in, observe, shown
from bot.store import host_keys, requests, run_progress, runs, sightings

FRESH = timedelta(seconds=10)  # the server's own report must be younger than this when the command leaves
# An answer may leave this long after its time was recorded, because a slow database takes so long.
WRITTEN = timedelta(seconds=15)
OPENING = 15.0  # seconds for opening a fresh connection
LOST_LOOKS = 3  # observations in a row that must show a lost Primary: its services may only be restarting
MASK = "••••••"

log = logging.getLogger(__name__)


class NotSent(Exception):
    """The run ends, and no byte of the command has left.

    `look` is set where the command may no longer be the right step.
    """

    def __init__(self, words: str, look: bool = False) -> None:
        super().__init__(words)
        self.look = look


@dataclass(frozen=True)
class Execution:
    """One run, with everything that it was approved for. `role` is the server on which the command runs.

    `plan` is what is sent. It is computed from the settings and the observation right before, and the stored one is
    only compared with it: whoever can write to the database cannot choose what is sent.
    """

    run: RunView
    request: RequestView
    pair: Pair
    action: Action
    role: Role
    plan: Plan
    secrets: Mapping[str, str] = field(repr=False)


def execute(desk: Desk, run_id: int, secrets: Mapping[str, str]) -> None:
    """Carry out a claimed run to its outcome. Never raises, and never sends the command twice."""
    with about(run=run_id):
        _execute(desk, run_id, secrets)


def _execute(desk: Desk, run_id: int, secrets: Mapping[str, str]) -> None:
    try:
        run = runs.get(desk.store, run_id)
        also(pair=run.pair, request=run.request_id)
        log.info("run begins: %s", run.action)
        request = requests.get(desk.store, run.request_id)
        _run(desk, run, request, secrets)
    except (NotSent, Unreachable) as stopped:
        judged = _unsent(request, stopped)
        persist(desk, lambda: runs.end(desk.store, run_id, judged, None, ""))
    except Exception as error:
        # Only the store says whether the command was sent, not the kind of error: even a Refusal may come after the
        # command.
        log.error("run %s broke: %s", run_id, type(error).__name__)
        why = _why(desk, error)
        persist(desk, lambda: reconcile(desk, runs.get(desk.store, run_id), why))
    finally:
        desk.held[run_id] = False


def _unsent(request: RequestView, stopped: NotSent | Unreachable) -> Judgement:
    """Return why nothing was sent, and what comes next.

    That is how to do it by hand or, where the command may be the wrong step by now, a new observation.
    """
    if isinstance(stopped, NotSent) and stopped.look:
        words = f"{stopped} Nothing was sent.\n{look_next(request.pair)}"
        return Judgement(Outcome.NOT_SENT, words, by_hand=ByHand.LOOK_FIRST)
    why = str(stopped) if isinstance(stopped, NotSent) else f"The server couldn't be reached: {esc(stopped.words)}."
    return Judgement(Outcome.NOT_SENT, f"{why} Nothing was sent.\n{still_by_hand(request.plan)}")


def _why(desk: Desk, error: Exception) -> str:
    """Return what broke, without a word on whether the command was sent: only the store knows that."""
    if not isinstance(error, Refusal):
        return "I broke down."
    return "My database was away." if error.reason is Reason.STORE else desk.worded(error)


def _run(desk: Desk, run: RunView, request: RequestView, secrets: Mapping[str, str]) -> None:
    pair, action = desk.pair(request.pair), desk.action(request.action)
    _check_authority(desk, pair, request)
    _check_armed(desk, pair)
    job = Execution(run, request, pair, action, runs_on(pair, action), request.plan, secrets)
    peer = look(desk, pair, job.role.peer)
    try:
        _run_beside(desk, job, peer)
    except Unreachable as silence:
        _attempt(job, partial(keep_silence, desk, pair, job.role, silence, peer))
        raise


def _run_beside(desk: Desk, job: Execution, peer: Probe) -> None:
    """Carry out the run in one session with its server, after the peer was probed.

    Raises Unreachable, or NotSent, only where nothing was sent.
    """
    pair = job.pair
    with desk.wire.open(pair.server(job.role), OPENING) as session:
        # The report is as old as the question: a pause after the answer must not make it seem younger.
        asked = desk.now()
        own = look_in(desk, pair, job.role, session)
        primary, secondary = (own, peer) if job.role is Role.PRIMARY else (peer, own)
        before = fold(desk, pair, primary, secondary)
        job = replace(job, plan=_unmoved(desk, job, before))
        reply = _send(desk, job, session, asked)
    _verify(desk, job, before, reply)


def _check_authority(desk: Desk, pair: Pair, request: RequestView) -> None:
    """Raise NotSent unless the requester and enough approvers still have the right to this.

    Slack itself is asked now, since somebody may have lost the right since the click.
    """
    desk.forget()
    _may_still(desk, pair, request.requester, lambda who: check_requester(pair, who, desk.members))
    for approver in request.approved_by:
        _may_still(desk, pair, approver, lambda who: check_approver(pair, who, request.requester, desk.members))
    if len(set(request.approved_by)) < max(request.needed, pair.approvals):
        raise NotSent(f"{pair.name} now needs {pair.approvals} approvals.")


def _may_still(desk: Desk, pair: Pair, who: str, check: Callable[[Person], None]) -> None:
    """Raise NotSent where `check` refuses this person.

    Everybody in the thread reads the message, so the Refusal's own words, which address that person, are not used.
    """
    try:
        check(desk.identify(who) if desk.identify else Person(who, ""))
    except Refusal as refusal:
        if refusal.reason is Reason.SLACK:
            raise NotSent("I could not ask Slack who may do this.") from None
        raise NotSent(f"@{who} may no longer do this on {pair.name}.") from None


def _check_armed(desk: Desk, pair: Pair) -> None:
    """Raise NotSent where the pair is not armed: the access settings may have changed since the click."""
    if words := host_keys.contradicted(desk.store, desk.file(pair.name)):
        raise NotSent(words)
    if not sightings.armed(desk.store, pair):
        raise NotSent(f"The access settings of {pair.name} have changed since their check passed.")


def _unmoved(desk: Desk, job: Execution, before: Observation) -> Plan:
    """Return the plan, computed anew. Raises NotSent unless the pair is as it was approved.

    The plan must be the stored one and have the digest that was approved, and the rule must still allow the action.
    """
    now = make_plan(job.action, before, dict(job.request.plan.details))
    if job.request.altered:
        raise NotSent("What is stored of this request is not what was asked for: somebody has altered it.", look=True)
    if now.digest() != job.request.digest:
        raise NotSent(moved_words(job.request.plan, now), look=True)
    ruling = verdict(job.action, before)
    if not ruling.allowed:
        raise NotSent(f"{job.action.name} is no longer possible: {ruling.words}", look=True)
    run_progress.progress(desk.store, job.run.id, Step.UNCHANGED)
    return now


def moved_words(then: Plan, now: Plan) -> str:
    """Return that the pair has changed since it was approved, with one line for each difference."""
    moved = "\n".join(f"{what}: approved as {before}, now {after}" for what, before, after in differences(then, now))
    return f"The pair has changed since this was asked for, so it was not run.\n{moved}\n"


def _send(desk: Desk, job: Execution, session: Session, seen_at: datetime) -> Reply:
    line = command_line(job.pair, job.action)
    run_progress.progress(desk.store, job.run.id, Step.PROVED)
    _check_in_time(desk, job, seen_at)
    if not runs.sending(desk.store, job.run.id, bool(line.dialogue), _patience(job)):
        raise NotSent(_stopped_words(desk, job), look=True)
    _check_in_time(desk, job, seen_at)  # checked again, since writing may have taken long
    reply = session.converse(
        job.plan.line,
        line.dialogue,
        dict(job.plan.details),
        job.secrets,
        line.time_limit,
        lambda index: _may_answer(desk, job, index),
        lambda words, asks: _heard(desk, job, words, asks),
        lambda: runs.get(desk.store, job.run.id).given_up_by is None,
    )
    if reply.ending is Ending.EXITED:
        _attempt(job, lambda: run_progress.say(desk.store, job.run.id, _masked(job, returned_words(reply))))
        _note(desk, job, Step.RETURNED)
    return replace(reply, text=_masked(job, reply.text))


def _check_in_time(desk: Desk, job: Execution, seen_at: datetime) -> None:
    """Raise NotSent where it is too late to send.

    That is so where the approval has expired, the server's report is older than FRESH, or the clock has jumped.
    """
    now = desk.now()
    if now >= job.request.expires_at:
        raise NotSent("The approval has expired.")
    if not timedelta(0) <= now - seen_at <= FRESH:
        raise NotSent("The last look is too old, or the clock has jumped.")


def _stopped_words(desk: Desk, job: Execution) -> str:
    who = runs.get(desk.store, job.run.id).stopped_by
    return f"@{who} stopped it." if who else "It was ended from elsewhere."


def _may_answer(desk: Desk, job: Execution, index: int) -> bool:
    """Whether the next question may be answered.

    The last answer is the commit point. It is stored before it is sent, and a Stop that came earlier wins.
    """
    try:
        if index < len(job.plan.dialogue) - 1:
            now = runs.get(desk.store, job.run.id)
            return now.stopped_by is None and now.phase is Phase.SENDING and now.holder == desk.store.me
        # Nothing may come between this and the answer: any time spent there would shorten how long people must wait.
        return runs.commit_answer(desk.store, job.run.id, _patience(job))
    except Refusal:
        return False  # an answer that cannot be stored is not sent


def _patience(job: Execution) -> timedelta:
    """Return for how long the command may be at work, including the time its effect may take to show."""
    return WRITTEN + timedelta(seconds=command_line(job.pair, job.action).longest + job.pair.verify_seconds)


def _heard(desk: Desk, job: Execution, words: str, asks: bool) -> None:
    """Show what the command prints after the last answer.

    If it asks something more, people are told, and nobody answers it.
    """
    _attempt(job, lambda: run_progress.say(desk.store, job.run.id, _masked(job, words)))
    if asks:
        _attempt(job, lambda: run_progress.note(desk.store, job.run.id, Note.ASKS))


def _note(desk: Desk, job: Execution, step: Step) -> None:
    """Record a step for people to see."""
    _attempt(job, lambda: run_progress.progress(desk.store, job.run.id, step))


def _attempt(job: Execution, show: Callable[[], object]) -> None:
    """Write something that people should see. A failure is only logged, because it must not change how the run ends."""
    try:
        show()
    except Refusal:
        log.error("run %s: what people should see could not be written down", job.run.id)


def _verify(desk: Desk, job: Execution, before: Observation, reply: Reply) -> None:
    """Observe both servers until the expected states are seen, or until time is up, and record the outcome."""
    until, lost = desk.now() + timedelta(seconds=job.pair.verify_seconds), 0
    # The number of observations is limited too, since the clock may be set back meanwhile.
    left = 2 + int(job.pair.verify_seconds / BETWEEN)
    while True:
        after = persist(desk, lambda: observe(desk, job.pair, looks=1))
        if after is None:
            return
        judged = judge(job.action.aim, reply, before, after)
        lost, left = lost + 1 if judged and judged.lost else 0, left - 1
        if (judged and lost in (0, LOST_LOOKS)) or not left or desk.now() >= until:
            break
        desk.sleep(BETWEEN)
    final = judged or give_up(job.action.aim, job.role, reply, before, after)
    text = transcript(job, reply, before, after)
    _note(desk, job, Step.LOOKED)
    persist(desk, lambda: runs.end(desk.store, job.run.id, final, shown(desk, after), text))
    # With two probes, as always: a server that is only restarting its services is not a new situation.
    persist(desk, lambda: observe(desk, job.pair))


def transcript(job: Execution, reply: Reply, before: Observation, after: Observation) -> str:
    """Return what was typed, what came back, and both servers' reports before and after, with secrets masked."""
    parts = [f"# {job.action.name} on {job.pair.name}, {job.role.word} {job.pair.server(job.role).address}"]
    parts += [f"## {role.word}, before\n{before.look(role).text.strip()}" for role in Role]
    parts.append(f"## sent\n$ {job.plan.line}\n{reply.text.strip()}")
    parts += [f"## {role.word}, after\n{after.look(role).text.strip()}" for role in Role]
    end = "" if reply.ending is Ending.EXITED else f" ({reply.ending.value})"
    parts.append(f"## exit status: {'none' if reply.exit is None else reply.exit}{end}")
    return _masked(job, "\n\n".join(parts) + "\n")


def _masked(job: Execution, text: str) -> str:
    for secret in job.secrets.values():
        text = text.replace(secret, MASK)
    return text
