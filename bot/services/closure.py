"""What people decide of a run: to stop waiting for its command, and to say how a run of unknown outcome has ended."""

from bot.domain.approval import Person, check_member, closers
from bot.domain.errors import Reason, Refusal, RefusalCode, Remark
from bot.domain.pair import Pair
from bot.domain.request import Phase, RequestView, RunView
from bot.domain.text import People
from bot.services.approvals import check_may_stop
from bot.services.base import Desk
from bot.services.crash_recovery import keep_pace
from bot.services.observation import observe, shown
from bot.store import closure, requests, run_progress, runs


def stop_waiting(desk: Desk, run_id: int, who: Person) -> None:
    """Stop waiting for the end of a command that is at work. The run's outcome is then unknown, and people decide it.

    The connection is not cut: what was sent goes on at the server, as long as this process lives. Raises Refusal where
    the command is not at work yet, has ended, or is no longer waited for.
    """
    run = runs.get(desk.store, run_id)
    check_may_stop(desk, run, who)
    if run_progress.stop_waiting(desk.store, run_id, who.id):
        return
    now = runs.get(desk.store, run_id)
    if now.given_up_by and now.phase is Phase.SENDING:
        raise Refusal(RefusalCode.LEFT_ALREADY, person=People((now.given_up_by,)))
    if now.phase in (Phase.INTENT, Phase.SENDING):
        raise Refusal(RefusalCode.NOT_AT_WORK)
    raise Refusal(RefusalCode.RUN_ENDED, ended=now.state)


def _check_over(desk: Desk, run: RunView) -> None:
    """Raise Refusal while the command may still be running, since nobody can say yet how it ended."""
    if run.phase is Phase.UNKNOWN and not run.decidable(desk.now()):
        raise Refusal(RefusalCode.MAY_STILL_RUN, at=run.decidable_at)


def _pair_if_there(desk: Desk, name: str) -> Pair | None:
    """Return the pair, or None where it was taken out of the settings.

    Raises Refusal where the settings cannot be read.
    """
    try:
        return desk.pair(name)
    except Refusal as refusal:
        if refusal.reason is Reason.NO_SUCH_PAIR:
            return None
        refusal.and_then(Remark.PRESS_AGAIN)
        raise


def _check_may_close(desk: Desk, request: RequestView, pair: Pair | None, who: Person) -> None:
    """Check that this person may say how the run ended: a person of the pair who is not the requester.

    Where the settings no longer have the pair, any full member of the workspace but the requester may.
    """
    asked = who.id == request.requester
    if not pair:
        if asked:
            raise Refusal(RefusalCode.REQUESTER_OF_LEFT_PAIR, pair=request.pair)
        return
    can = closers(pair, request.requester, desk.members)
    people = People(tuple(sorted(can)))
    if asked:
        raise Refusal(RefusalCode.REQUESTER_MAY_NOT_CLOSE, people=people)
    if who.id not in can:
        raise Refusal(RefusalCode.MAY_NOT_CLOSE, pair=request.pair, people=people)


def close(desk: Desk, run_id: int, who: Person, phase: Phase | None) -> RunView:
    """Record what a person other than the requester says about a run of unknown outcome, and return the run.

    `phase` is how it ended. None means "still looking": the bot observes the pair again and shows the result. Raises
    Refusal where the person may not decide, where the command may still be running, or where somebody has closed the
    run already.
    """
    run = runs.get(desk.store, run_id)
    request, pair = requests.get(desk.store, run.request_id), _pair_if_there(desk, run.pair)
    check_member(who)
    _check_may_close(desk, request, pair, who)
    if phase:
        keep_pace(desk)
        _check_over(desk, runs.get(desk.store, run_id))
    after = shown(desk, observe(desk, pair)) if pair else None
    if phase:
        done = closure.close(desk.store, run_id, who.id, phase, after) is not None
    elif after:
        done = closure.looked_again(desk.store, run_id, who.id, after)
    else:
        addresses = " and ".join(address for _, address in request.plan.addresses)
        raise Refusal(RefusalCode.PAIR_LEFT_SETTINGS, pair=run.pair, addresses=addresses)
    now = runs.get(desk.store, run_id)
    if not done:
        raise Refusal(RefusalCode.RUN_CLOSED, person=People((now.closed_by or "",)), ended=now.state)
    return now
