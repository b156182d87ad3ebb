"""What people do with a request: approve it, deny it, withdraw it, enter its code, do it by hand, stop its run.

Only the first decision that ends a stage counts. Whoever comes later reads who decided, and when.
"""

import logging
from collections.abc import Mapping

from bot.domain.approval import Person, check_approver, check_member, listed, same_name
from bot.domain.errors import Reason, Refusal, RefusalCode, Remark
from bot.domain.manual_steps import still_by_hand
from bot.domain.pair import Pair
from bot.domain.plan import runs_on
from bot.domain.request import OPEN_STAGES, RequestView, RunView, Stage
from bot.domain.text import People
from bot.services.base import UNABLE, Desk, or_by_hand
from bot.services.crash_recovery import BETWEEN, persist, reconcile
from bot.services.execution import execute
from bot.services.late_clicks import decided, expired
from bot.store import requests, run_progress, runs
from bot.store.conflicts import busy_now

log = logging.getLogger(__name__)


def _open(desk: Desk, request_id: int) -> RequestView:
    """Return the request if it is open and has not expired, or raise Refusal."""
    request = requests.get(desk.store, request_id)
    if request.stage not in OPEN_STAGES:
        raise decided(desk, request_id)
    if desk.now() >= request.expires_at:
        raise expired(request)
    return request


def _pair(desk: Desk, request: RequestView) -> Pair:
    """Return the request's pair. Where the settings cannot give it, the refusal says what people can do meanwhile."""
    try:
        return desk.pair(request.pair)
    except Refusal as refusal:
        if refusal.reason in UNABLE:
            refusal.and_then(Remark.ONLY_WITHDRAW, requester=People((request.requester,)))
            refusal.and_then(Remark.BY_HAND, how=still_by_hand(request.plan))
        raise


def check_can_approve(desk: Desk, request_id: int, who: Person) -> RequestView:
    """Return the request if this person may approve it now, or raise Refusal. The modal opens only after this check."""
    request = _open(desk, request_id)
    if request.stage is not Stage.PENDING:
        raise decided(desk, request.id)
    check_approver(_pair(desk, request), who, request.requester, desk.members)
    if request.altered:
        raise Refusal(RefusalCode.REQUEST_ALTERED)
    return request


def _check_goes_on(desk: Desk) -> None:
    """Raise Refusal while this process is being stopped. The request stays as it is, for the next process."""
    if desk.stopping.is_set():
        raise Refusal(RefusalCode.RESTARTING)


def approve(desk: Desk, request_id: int, who: Person, typed: str) -> RequestView:
    """Count this person's approval. The last approval starts the run, or makes the request wait for its code.

    `typed` must be the pair's name. Raises Refusal where it is not, where the person may not approve, or where the
    request is no longer pending. Where the run cannot be started at once, `carry_on` tries again in the background, and
    the person still gets the Refusal.
    """
    _check_goes_on(desk)
    request = check_can_approve(desk, request_id, who)
    pair, action = desk.pair(request.pair), desk.action(request.action)
    if not same_name(typed, pair.name):
        raise Refusal(RefusalCode.WRONG_PAIR_NAME, pair=pair.name)
    next_stage = Stage.WAITING if action.secrets else Stage.APPROVED
    with or_by_hand(still_by_hand(request.plan)):
        approved = _approve(desk, request_id, who, next_stage, pair.approval_minutes)
    if approved.stage is Stage.APPROVED:
        try:
            start(desk, approved, {})
        except Refusal:
            desk.submit(lambda: carry_on(desk, approved))
            raise
    return approved


def _approve(desk: Desk, request_id: int, who: Person, next_stage: Stage, minutes: float) -> RequestView:
    """Store the approval and return the request as it is then. The last approval moves it on to `next_stage`."""
    try:
        approved = requests.approve(desk.store, request_id, who.id, next_stage, minutes)
    except Refusal as refusal:
        if refusal.reason is Reason.STORE:
            desk.submit(lambda: disown(desk, request_id, who))
        raise
    if approved is None:
        raise decided(desk, request_id)
    return approved


def disown(desk: Desk, request_id: int, who: Person) -> None:
    """End a request whose approval the database did not confirm.

    The approval may have been stored all the same. Nothing would then start the run, so the request becomes void.
    """
    desk.sleep(BETWEEN)
    request = persist(desk, lambda: requests.get(desk.store, request_id))
    if request and request.stage is Stage.APPROVED and request.decided_by == who.id:
        why = "My database did not confirm the approval. Nothing was sent. Ask again."
        persist(desk, lambda: requests.decide(desk.store, request_id, Stage.VOID, None, why, start=(Stage.APPROVED,)))


def carry_on(desk: Desk, request: RequestView) -> None:
    """Try again and again to start an approved request, until it starts, expires or is ended otherwise.

    An approved request has no button left with which a person could start it.
    """
    while desk.now() < request.expires_at and not desk.stopping.is_set():
        desk.sleep(BETWEEN)
        try:
            if requests.get(desk.store, request.id).stage is Stage.APPROVED:
                start(desk, request, {})
            return
        except Refusal as refusal:
            log.error("request %s is approved, but could not be started: %s", request.id, refusal.reason.value)


def start(desk: Desk, request: RequestView, secrets: Mapping[str, str]) -> RunView:
    """Claim the request and carry out its run in the background.

    Raises Refusal where the request could not be claimed, such as when somebody else has decided it.
    """
    pair, action = _pair(desk, request), desk.action(request.action)
    try:
        with or_by_hand(still_by_hand(request.plan)):
            run = runs.claim(desk.store, request.id, runs_on(pair, action), request.seen)
    except Refusal as refusal:
        if refusal.reason is Reason.STORE:
            desk.submit(lambda: give_back(desk, request.id))
        raise
    if run is None:
        raise decided(desk, request.id)
    own_secrets = dict(secrets)
    desk.held[run.id] = True  # this process carries the run out
    desk.submit(lambda: execute(desk, run.id, own_secrets))
    return run


def give_back(desk: Desk, request_id: int) -> None:
    """End a run whose claim the database did not confirm.

    The claim may have been stored all the same, and no thread would carry the run out.
    """
    run = persist(desk, lambda: runs.of_request(desk.store, request_id))
    if run and run.holder == desk.store.me and run.id not in desk.held:
        persist(desk, lambda: reconcile(desk, run, "My database did not confirm the start."))


def check_can_enter_code(desk: Desk, request_id: int, who: Person) -> RequestView:
    """Return the request if this person may enter the code that it waits for, or raise Refusal."""
    request = _open(desk, request_id)
    check_member(who)
    if request.stage is not Stage.WAITING:
        raise decided(desk, request.id)
    if who.id != request.requester and who.id not in request.approved_by:
        raise Refusal(RefusalCode.MAY_NOT_ENTER_CODE, people=People((request.requester, *request.approved_by)))
    return request


def enter_code(desk: Desk, request_id: int, who: Person, secrets: Mapping[str, str]) -> RunView:
    """Start the run with the code. The code is never stored, so the run starts at once in this process.

    Raises Refusal where the code is empty or has a character that cannot be typed, or where this person may not enter
    it.
    """
    _check_goes_on(desk)
    request = check_can_enter_code(desk, request_id, who)
    given = {secret.slot: secrets.get(secret.slot, "").strip() for secret in desk.action(request.action).secrets}
    for value in given.values():
        check_secret(value)
    return start(desk, request, given)


def check_secret(value: str) -> None:
    """Raise Refusal for a code that is empty or has a character that cannot be typed."""
    if not value.strip():
        raise Refusal(RefusalCode.CODE_EMPTY)
    if not value.strip().isprintable():
        raise Refusal(RefusalCode.CODE_UNTYPABLE)


def _end(desk: Desk, request: RequestView, to: Stage, who: Person, why: str) -> RequestView:
    ended = requests.decide(desk.store, request.id, to, who.id, why)
    if ended is None:
        raise decided(desk, request.id)
    return ended


def deny(desk: Desk, request_id: int, who: Person, why: str) -> RequestView:
    """End a request as denied by an approver, who must give a reason. Raises Refusal without one, and for others."""
    request = _open(desk, request_id)
    check_approver(_pair(desk, request), who, request.requester, desk.members)
    if not why.strip():
        raise Refusal(RefusalCode.DENIAL_WITHOUT_REASON)
    return _end(desk, request, Stage.DENIED, who, why.strip())


def withdraw(desk: Desk, request_id: int, who: Person) -> RequestView:
    """End a request at the wish of its requester. Raises Refusal for anybody else."""
    request = _open(desk, request_id)
    if who.id != request.requester:
        raise Refusal(RefusalCode.NOT_THE_REQUESTER, requester=People((request.requester,)))
    return _end(desk, request, Stage.WITHDRAWN, who, "")


def check_concerned(desk: Desk, pair: Pair, who: Person) -> None:
    """Raise Refusal unless this person is a full member, and a requester or an approver of the pair."""
    check_member(who)
    concerned = listed(pair.requesters, desk.members) | listed(pair.approvers, desk.members)
    if who.id not in concerned:
        raise Refusal(RefusalCode.NOT_CONCERNED, pair=pair.name, people=People(tuple(sorted(concerned))))


def by_hand(desk: Desk, request_id: int, who: Person) -> RequestView:
    """End a request because somebody did the same by hand at the server.

    A request that has ended without its command being sent can be marked so too. Raises Refusal where a run on the pair
    makes that impossible, or where the request was decided otherwise.
    """
    request = requests.get(desk.store, request_id)
    check_concerned(desk, _pair(desk, request), who)
    ended = requests.note_by_hand(desk.store, request_id, who.id)
    if ended is None:
        run = runs.open_run(desk.store, request.pair)
        if run and run.request_id != request_id:
            raise busy_now(desk.store, request.pair)
        raise decided(desk, request_id)
    return ended


def stop(desk: Desk, run_id: int, who: Person) -> None:
    """Stop a run before its last question is answered. Raises Refusal where that is too late or was done already."""
    check_may_stop(desk, runs.get(desk.store, run_id), who)
    if not run_progress.stop(desk.store, run_id, who.id):
        now = runs.get(desk.store, run_id)
        if now.stopped_by:
            raise Refusal(RefusalCode.STOPPED_ALREADY, person=People((now.stopped_by,)))
        if now.answered_at is None:
            raise Refusal(RefusalCode.RUN_ENDED, ended=now.state)
        raise Refusal(RefusalCode.ANSWERED_ALREADY, action=now.action)


def check_may_stop(desk: Desk, run: RunView, who: Person) -> None:
    """Check that this person may stop the run.

    The requester and the run's approvers may as long as they are full members, whatever the settings say by now. So may
    the other requesters and approvers of the pair. Raises Refusal for anybody else.
    """
    request = requests.get(desk.store, run.request_id)
    if who.id in (request.requester, *request.approved_by):
        check_member(who)
    else:
        check_concerned(desk, desk.pair(run.pair), who)
