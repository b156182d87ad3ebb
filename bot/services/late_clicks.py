"""The refusals of a click that came too late: who has decided already, when, and what became of it."""

from datetime import datetime
from typing import Any

from bot.domain.errors import Reason, Refusal
from bot.domain.manual_steps import still_by_hand
from bot.domain.request import Phase, RequestView, RunView, Stage
from bot.domain.text import People
from bot.services.base import Desk
from bot.store import requests, runs


def decided(desk: Desk, request_id: int, reason: Reason = Reason.DECIDED) -> Refusal:
    """Return the refusal which says that somebody else was first, with the request's present state."""
    request, run = requests.get(desk.store, request_id), runs.of_request(desk.store, request_id)
    if request.stage is Stage.EXPIRED:
        return expired(request, "Ask again if it is still needed.")
    if request.stage is Stage.STARTED:
        return _started(request, run, reason)
    by, values = decided_by(request.decided_by, request.decided_at)
    refusal = Refusal(reason, f"It is {{stage}} already{by}. Your click did nothing.", stage=request.stage, **values)
    return refusal.and_then(still_by_hand(request.plan)) if request.stage is Stage.VOID else refusal


def _started(request: RequestView, run: RunView | None, reason: Reason) -> Refusal:
    started = "It was approved already, by {approvers}, and"
    nothing_more = "Your click did nothing more."
    people = People(request.approved_by)
    if run is None:
        return Refusal(reason, f"{started} has been started. {nothing_more}", approvers=people)
    if run.phase in (Phase.INTENT, Phase.SENDING):
        return Refusal(reason, f"{started} is running. {nothing_more}", approvers=people)
    return Refusal(reason, f"{started} has ended: {{ended}}. {nothing_more}", approvers=people, ended=run.state)


def expired(request: RequestView, instead: str = "") -> Refusal:
    """Return the refusal of a request that was not decided or not carried on in time."""
    if request.approved_by:
        words = "It was approved by {approvers}, but not carried on in time. Nothing was sent."
        refusal = Refusal(Reason.EXPIRED, words, approvers=People(request.approved_by))
    else:
        refusal = Refusal(Reason.EXPIRED, "It expired before anybody decided it. Nothing was sent.")
    return refusal.and_then(f"{instead} {still_by_hand(request.plan)}".strip())


def decided_by(who: str | None, at: datetime | None) -> tuple[str, dict[str, Any]]:
    """Return by whom and when, as the end of a refusal's text, with the values for its places."""
    by = " by {person}" if who else ""
    return (by + " at {at}" if at else by), {"person": People((who or "",)), "at": at}
