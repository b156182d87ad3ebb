"""Gather what is waiting for people: at one pair, or for one person, by the same rules that check the clicks."""

from bot.domain.approval import closers, others
from bot.domain.pair import Pair
from bot.domain.pending import OwnRequest, PendingItems, PendingWork
from bot.domain.request import Phase, RequestView, RunView, Stage
from bot.services.base import Desk
from bot.store import host_keys, requests, runs


def ahead_of(desk: Desk, pair: str) -> PendingWork:
    """Return what of this pair must be finished before anything else can be requested."""
    run = runs.open_run(desk.store, pair)
    request = None if run else requests.open_request(desk.store, pair)
    if request and request.expires_at <= desk.now():
        request = None
    settings = desk.pairs().get(pair)
    approvers = _approvers(settings, request) if settings and request else ()
    keys = tuple(pin for pin in host_keys.offered(desk.store) if pin.pair == pair)
    return PendingWork(run, request, keys, approvers=approvers)


def waiting_for(desk: Desk, user: str) -> PendingItems:
    """Return what is waiting for this person, with what expires first at the top.

    Raises Refusal when Slack cannot say who is in a user group.
    """
    pairs = desk.pairs()
    known = [(pair, request) for pair in pairs.values() if (request := requests.open_request(desk.store, pair.name))]
    open_requests = sorted(
        ((pair, request) for pair, request in known if desk.now() < request.expires_at),
        key=lambda entry: entry[1].expires_at,
    )
    offered = [pin for pin in host_keys.offered(desk.store) if pin.pair in pairs]
    return PendingItems(
        approve=tuple(request for pair, request in open_requests if _may_approve(desk, pair, request, user)),
        codes=tuple(
            request for _, request in open_requests if request.stage is Stage.WAITING and user in request.approved_by
        ),
        ends=tuple(run for pair in pairs.values() if (run := _unknown(desk, pair, user))),
        keys=tuple(pin for pin in offered if user in others(pairs[pin.pair], pin.asked_by, desk.members)),
        asked=tuple(_asked(pair, request) for pair, request in open_requests if request.requester == user),
    )


def _may_approve(desk: Desk, pair: Pair, request: RequestView, user: str) -> bool:
    wanted = request.stage is Stage.PENDING and user not in request.approved_by
    return wanted and user in others(pair, request.requester, desk.members)


def _unknown(desk: Desk, pair: Pair, user: str) -> RunView | None:
    """Return the pair's run of unknown outcome, if this person may say how it ended; else None."""
    run = runs.open_run(desk.store, pair.name)
    if run is None or run.phase is not Phase.UNKNOWN:
        return None
    requester = requests.get(desk.store, run.request_id).requester
    return run if user in closers(pair, requester, desk.members) else None


def _asked(pair: Pair, request: RequestView) -> OwnRequest:
    return OwnRequest(request, _approvers(pair, request))


def _approvers(pair: Pair, request: RequestView) -> tuple[str, ...]:
    return tuple(person for person in pair.approvers if person not in (request.requester, *request.approved_by))
