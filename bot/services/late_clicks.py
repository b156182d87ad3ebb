"""The words for a click that came too late: who has decided already, when, and what became of it."""

from datetime import datetime

from bot.domain.approval import mention
from bot.domain.errors import Reason, Refusal
from bot.domain.manual_steps import still_by_hand
from bot.domain.request import Phase, RequestView, RunView, Stage
from bot.domain.words import when
from bot.services.base import Desk
from bot.store import requests, runs


def decided_words(request: RequestView, run: RunView | None = None) -> str:
    """Return who has decided the request already, and when; with its run, also how far the run has come."""
    if request.stage is Stage.EXPIRED:
        return f"{expired(request)} Ask again if it is still needed. {still_by_hand(request.plan)}"
    if request.stage is Stage.STARTED:
        people = mention(request.approved_by)
        return f"It was approved already, by {people}, and {_how_far(run)}. Your click did nothing more."
    by = decided_by(request.decided_by, request.decided_at)
    how = f" {still_by_hand(request.plan)}" if request.stage is Stage.VOID else ""
    return f"It is {request.stage.value} already{by}. Your click did nothing.{how}"


def _how_far(run: RunView | None) -> str:
    if run is None:
        return "has been started"
    return "is running" if run.phase in (Phase.INTENT, Phase.SENDING) else f"has ended: {run.state}"


def decided(desk: Desk, request_id: int, reason: Reason = Reason.DECIDED) -> Refusal:
    """Return the refusal which says that somebody else was first, with the request's present state."""
    run = runs.of_request(desk.store, request_id)
    return Refusal(reason, decided_words(requests.get(desk.store, request_id), run))


def expired(request: RequestView) -> str:
    """Return that the request was not decided or not carried on in time."""
    if request.approved_by:
        return f"It was approved by {mention(request.approved_by)}, but not carried on in time. Nothing was sent."
    return "It expired before anybody decided it. Nothing was sent."


def decided_by(who: str | None, at: datetime | None) -> str:
    """Return by whom and when, for the end of a sentence."""
    return (f" by <@{who}>" if who else "") + (f" at {when(at)}" if at else "")
