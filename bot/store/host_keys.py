"""Replacement servers: an offered host key that a second person has approved takes precedence over the pairs file."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from bot.domain import pin as pins
from bot.domain.errors import Refusal, RefusalCode
from bot.domain.pair import Pair, Role, Server
from bot.domain.pin import PinView, Stage, entry
from bot.store.base import AuditKind, MessageKind, MessageSubject, Store, audit, changed, enqueue_message, post_key
from bot.store.columns import read, value_of
from bot.store.requests import head_of
from bot.store.tables import Incident, OutboxMessage, Pin

APPROVED = select(Pin).where(col(Pin.pair) == bindparam("pair"), col(Pin.stage) == Stage.APPROVED)
PINNED = ("host", "port", "address", "host_key")  # what a pin fixes of a server


def view(row: Pin | Row[Any]) -> PinView:
    """Return the row as the rest of the bot sees it."""
    return value_of(
        PinView,
        row,
        role=Role(row.role),
        replaced=json.loads(row.replaced),
        stage=Stage(row.stage),
    )


def get(store: Store, pin_id: int) -> PinView:
    """Return one replacement. Raises Refusal where there is none."""
    with store.reading() as session:
        row = session.get(Pin, pin_id)
        if row is None:
            raise Refusal(RefusalCode.NO_HOST_KEY)
        return view(row)


def offer(store: Store, file: Pair, now_used: Server, role: Role, new: Server, who: str) -> PinView:
    """Record the key that a replacement server offers, and have its card posted. Nothing is pinned yet."""
    now = store.now()
    old = {"host": now_used.host, "port": str(now_used.port), "address": now_used.address}
    with store.writing() as session:
        row = Pin(
            pair=file.name,
            role=role,
            host=new.host,
            port=new.port,
            address=new.address,
            host_key=new.host_key,
            entry=entry(file.server(role)),
            replaced=json.dumps(old | {"host_key": now_used.host_key}),
            stage=Stage.OFFERED,
            channel=file.channel,
            asked_by=who,
            asked_at=now,
        )
        session.add(row)
        session.flush()
        _told(session, now, row, who)
        return view(row)


def _told(session: Session, now: datetime, row: Pin, who: str | None) -> None:
    where: dict[str, Any] = {name: getattr(row, name) for name in (*PINNED, "role")}
    audit(session, now, AuditKind.HOST_KEY, pair=row.pair, who=who, state=row.stage, pin=row.id, **where)
    ids = select(Incident.id).where(Incident.pair == row.pair, col(Incident.closed_at).is_(None))
    incident = session.exec(ids).first()
    under = head_of(session, incident, row.channel)
    enqueue_message(session, now, MessageKind.PIN, to=row.channel, under=under, pin_id=row.id)


def decide(store: Store, pin_id: int, stage: Stage, who: str) -> PinView | None:
    """Approve or refuse an offered key. Returns None when somebody else was first.

    An approved key supersedes the earlier one, and every other offer for that server. Raises Refusal where another
    replacement was approved at the same moment.
    """
    try:
        return _decide(store, pin_id, stage, who)
    except IntegrityError:
        raise Refusal(RefusalCode.KEY_OVERTAKEN) from None


def _decide(store: Store, pin_id: int, stage: Stage, who: str) -> PinView | None:
    now = store.now()
    offered = update(Pin).where(col(Pin.id) == pin_id, col(Pin.stage) == Stage.OFFERED)
    with store.writing() as session:
        if not changed(session, offered.values(decided_by=who, decided_at=now)):
            return None
        row = session.exec(select(Pin).where(Pin.id == pin_id)).one()
        if stage is Stage.APPROVED:
            here = (col(Pin.pair) == row.pair, col(Pin.role) == row.role, col(Pin.id) != pin_id)
            session.execute(update(Pin).where(*here, col(Pin.stage) == Stage.APPROVED).values(stage=Stage.SUPERSEDED))
            for other in session.exec(select(Pin).where(*here, col(Pin.stage) == Stage.OFFERED)):
                other.stage, other.decided_by, other.decided_at = Stage.SUPERSEDED, who, now
                session.add(other)
                _told(session, now, other, who)
        row.stage = stage
        session.add(row)
        session.flush()
        _told(session, now, row, who)
        return view(row)


def approved(store: Store, pair: str) -> list[PinView]:
    """Return the approved replacements, including those that no longer apply because the pairs file has changed."""
    return [view(row) for row in read(store, APPROVED, pair=pair)]


def offered(store: Store) -> list[PinView]:
    """Return the keys that wait for somebody to compare them, oldest first."""
    with store.reading() as session:
        rows = select(Pin).where(Pin.stage == Stage.OFFERED).order_by(col(Pin.id))
        return [view(row) for row in session.exec(rows)]


def overlay(store: Store, file: Pair) -> Pair:
    """Return the pair with its approved replacements in place of what the file says."""
    return pins.overlay(file, approved(store, file.name))


def contradicted(store: Store, file: Pair) -> str:
    """Return why the file and an approved replacement contradict each other; empty when they do not."""
    for pin in approved(store, file.name):
        server = file.server(pin.role)
        if pin.entry != entry(server) and _differs(pin, server):
            return (
                f"The settings file has changed its {pin.role} of {file.name} since a replacement at {pin.address} was "
                "approved, so the two no longer agree."
            )
    return ""


def _differs(pin: PinView, server: Server) -> bool:
    return any(getattr(pin, name) != getattr(server, name) for name in PINNED)


def returned(store: Store, pin: PinView) -> None:
    """Post a message, once, that the server which was replaced answers and reports ACTIVE."""
    key = post_key(MessageKind.RETURNED, MessageSubject(pin_id=pin.id), pin.channel)
    with store.writing() as session:
        if session.exec(select(OutboxMessage.id).where(OutboxMessage.key == key)).first():
            return
        audit(session, store.now(), AuditKind.RETURNED, pair=pin.pair, pin=pin.id, address=pin.replaced["address"])
        enqueue_message(session, store.now(), MessageKind.RETURNED, to=pin.channel, pin_id=pin.id)


def yield_to_file(store: Store, used: Pair) -> None:
    """Supersede the replacements that differ from what the file says now.

    To be called after the check of the file's access settings has passed.
    """
    for pin in approved(store, used.name):
        server = used.server(pin.role)
        if _differs(pin, server):
            with store.writing() as session:
                old = update(Pin).where(col(Pin.id) == pin.id, col(Pin.stage) == Stage.APPROVED)
                changed(session, old.values(stage=Stage.SUPERSEDED))
                audit(session, store.now(), AuditKind.HOST_KEY, pair=used.name, state=Stage.SUPERSEDED, pin=pin.id)
