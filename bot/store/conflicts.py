"""Say what is open on a pair, by whom and since when. Every refusal because a pair is busy uses these words."""

from sqlmodel import Session, col, select

from bot.domain.errors import Refusal, RefusalCode, Remark
from bot.domain.manual_steps import still_by_hand
from bot.domain.plan import Plan
from bot.domain.request import OPEN_PHASES, OPEN_STAGES, Phase
from bot.domain.text import Channel, People
from bot.store.base import Store
from bot.store.tables import Request, Run


def busy_now(store: Store, pair: str) -> Refusal:
    """Return the refusal that names the run or the request which holds the pair."""
    with store.reading() as session:
        return busy(session, pair)


def busy(session: Session, pair: str) -> Refusal:
    """Return the same refusal within an open session."""
    run = session.exec(select(Run).where(Run.pair == pair, col(Run.phase).in_(OPEN_PHASES))).first()
    if run:
        return _run(run, session.exec(select(Request).where(Request.id == run.request_id)).one())
    request = session.exec(select(Request).where(Request.pair == pair, col(Request.stage).in_(OPEN_STAGES))).first()
    if request:
        return _request(request)
    return Refusal(RefusalCode.BUSY_UNTIL_NOW, pair=pair)


def _run(run: Run, request: Request) -> Refusal:
    over = run.phase is Phase.UNKNOWN
    refusal = Refusal(
        RefusalCode.RUN_NOT_CLOSED if over else RefusalCode.RUN_UNDER_WAY,
        action=run.action,
        pair=run.pair,
        run=run.id,
        requester=People((request.requester,)),
        at=run.started_at,
    )
    if over:
        addresses = " and ".join(address for _, address in Plan.from_json(request.plan).addresses)
        refusal.and_then(Remark.ONLY_LOOK, addresses=addresses)
    else:
        refusal.and_then(Remark.TYPE_NOTHING)
    return refusal.and_then(Remark.THREAD, channel=Channel(request.channel))


def _request(request: Request) -> Refusal:
    return Refusal(
        RefusalCode.REQUEST_OPEN,
        requester=People((request.requester,)),
        action=request.action,
        pair=request.pair,
        at=request.created_at,
        stage=request.stage,
        channel=Channel(request.channel),
    ).and_then(Remark.BY_HAND, how=still_by_hand(Plan.from_json(request.plan)))
