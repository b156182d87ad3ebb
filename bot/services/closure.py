"""What people decide of a run: to stop waiting for its command, and to say how a run of unknown outcome has ended."""

from bot.domain.approval import Person, check_member, closers
from bot.domain.errors import Reason, Refusal
from bot.domain.pair import Pair
from bot.domain.request import Phase, RequestView, RunView
from bot.domain.text import People
from bot.services.approvals import ENDED_ALREADY, check_may_stop
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
        words = "{person} has stopped waiting already. Your click did nothing."
        raise Refusal(Reason.DECIDED, words, person=People((now.given_up_by,)))
    if now.phase in (Phase.INTENT, Phase.SENDING):
        raise Refusal(Reason.DECIDED, "It is not at work yet: press Stop. Your click did nothing.")
    raise Refusal(Reason.DECIDED, ENDED_ALREADY, ended=now.state)


def _check_over(desk: Desk, run: RunView) -> None:
    """Raise Refusal while the command may still be running, since nobody can say yet how it ended."""
    if run.phase is Phase.UNKNOWN and not run.decidable(desk.now()):
        words = "It may still be running. You can decide from {at}. Nothing was done."
        raise Refusal(Reason.BUSY, words, at=run.decidable_at)


def _pair_if_there(desk: Desk, name: str) -> Pair | None:
    """Return the pair, or None where it was taken out of the settings.

    Raises Refusal where the settings cannot be read.
    """
    try:
        return desk.pair(name)
    except Refusal as refusal:
        if refusal.reason is Reason.NO_SUCH_PAIR:
            return None
        refusal.and_then("Who may close it is read there: press again then.")
        raise


def _check_may_close(desk: Desk, request: RequestView, pair: Pair | None, who: Person) -> None:
    """Check that this person may say how the run ended: a person of the pair who is not the requester.

    Where the settings no longer have the pair, any full member of the workspace but the requester may.
    """
    people: People | str = f"any other full member of this workspace, since the settings no longer have {request.pair}"
    may = who.id != request.requester
    if pair:
        can = closers(pair, request.requester, desk.members)
        people, may = People(tuple(sorted(can))), who.id in can
    if not may:
        only = f"Only who may ask or approve for {request.pair} can say how it ended, and not who asked"
        words = "You asked for it, so somebody else has to say how it ended" if who.id == request.requester else only
        raise Refusal(Reason.NOT_ALLOWED, "{words}: {people}. Nothing was done.", words=words, people=people)


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
        words = f"The settings no longer have {run.pair}, so I cannot look. By hand: `ha-status` on {addresses}."
        raise Refusal(Reason.NO_SUCH_PAIR, f"{words} Then say whether it took effect. Nothing was done.")
    now = runs.get(desk.store, run_id)
    if not done:
        words = "{person} has closed it already: {ended}."
        raise Refusal(Reason.DECIDED, words, person=People((now.closed_by or "",)), ended=now.state)
    return now
