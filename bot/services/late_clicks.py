"""The refusals of a click that came too late: who has decided already, when, and what became of it."""

from bot.domain.errors import Refusal, RefusalCode, Remark
from bot.domain.manual_steps import still_by_hand
from bot.domain.request import Phase, RequestView, RunView, Stage
from bot.domain.text import Decision, People
from bot.services.base import Desk
from bot.store import requests, runs


def decided(desk: Desk, request_id: int) -> Refusal:
    """Return the refusal which says that somebody else was first, with the request's present state."""
    request, run = requests.get(desk.store, request_id), runs.of_request(desk.store, request_id)
    if request.stage is Stage.EXPIRED:
        return expired(request, asks_again=True)
    if request.stage is Stage.STARTED:
        return _started(request, run)
    decision = Decision(request.decided_by, request.decided_at)
    refusal = Refusal(RefusalCode.REQUEST_DECIDED, stage=request.stage, decision=decision)
    if request.stage is Stage.VOID:
        refusal.and_then(Remark.BY_HAND, how=still_by_hand(request.plan))
    return refusal


def _started(request: RequestView, run: RunView | None) -> Refusal:
    people = People(request.approved_by)
    if run is None:
        return Refusal(RefusalCode.STARTED_ALREADY, approvers=people)
    if run.phase in (Phase.INTENT, Phase.SENDING):
        return Refusal(RefusalCode.RUNS_ALREADY, approvers=people)
    return Refusal(RefusalCode.RAN_ALREADY, approvers=people, ended=run.state)


def expired(request: RequestView, asks_again: bool = False) -> Refusal:
    """Return the refusal of a request that was not decided or not carried on in time."""
    if request.approved_by:
        refusal = Refusal(RefusalCode.APPROVAL_EXPIRED, approvers=People(request.approved_by))
    else:
        refusal = Refusal(RefusalCode.REQUEST_EXPIRED)
    if asks_again:
        refusal.and_then(Remark.ASK_AGAIN)
    return refusal.and_then(Remark.BY_HAND, how=still_by_hand(request.plan))
