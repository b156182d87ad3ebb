"""Replacement servers: the new host key is shown, compared with the console, and approved by a second person."""

from dataclasses import replace

from bot.domain.approval import Person, check_approver, check_requester
from bot.domain.errors import Refusal, RefusalCode
from bot.domain.pair import Role
from bot.domain.pin import PinView, Stage
from bot.domain.plan import LAST, fingerprint
from bot.domain.status import is_address, same_address
from bot.domain.text import Decision
from bot.domain.transport import Unreachable, UnreachableReason
from bot.services.approvals import check_concerned
from bot.services.base import Desk
from bot.store import host_keys, runs, sightings
from bot.store.conflicts import busy_now

OFFER_SECONDS = 10.0


def offer(desk: Desk, who: Person, pair_name: str, role: Role, host: str, port: int, address: str) -> PinView:
    """Ask a replacement server for its host key, and have a second person asked to approve it. The bot does not log in.

    Raises Refusal for an address that cannot be right, while a run is open on the pair, or where no key is offered.
    """
    pair, host, address = desk.pair(pair_name), host.strip(), address.strip()
    check_requester(pair, who, desk.members)
    if runs.open_run(desk.store, pair.name):
        raise busy_now(desk.store, pair.name)
    if not host or not 0 < port < 65536 or not address:
        raise Refusal(RefusalCode.SERVER_INCOMPLETE)
    if not is_address(address):
        raise Refusal(RefusalCode.NO_ADDRESS, address=address)
    if pair.floating_ip and any(same_address(pair.floating_ip, own) for own in (host, address)):
        raise Refusal(RefusalCode.FLOATING_ADDRESS)
    if same_address(address, pair.server(role.peer).address):
        raise Refusal(RefusalCode.PEER_ADDRESS, address=address, peer=role.peer.word)
    new = replace(pair.server(role), host=host, port=port, address=address)
    try:
        key = desk.wire.offered_key(new, OFFER_SECONDS, new.jump)
    except Unreachable as silence:
        if silence.why is UnreachableReason.ELSEWHERE:
            raise Refusal(RefusalCode.NO_KEY_OFFERED, host=host, port=port, why=silence.words) from None
        raise Refusal(RefusalCode.NO_KEY_OFFERED_YET, host=host, port=port, why=silence.words) from None
    return host_keys.offer(
        desk.store, desk.file(pair_name), pair.server(role), role, replace(new, host_key=key), who.id
    )


def check_can_decide(desk: Desk, pin_id: int, who: Person) -> PinView:
    """Return the offered key if this person may approve it now, or raise Refusal."""
    pin = host_keys.get(desk.store, pin_id)
    if pin.stage is not Stage.OFFERED:
        decision = Decision(pin.decided_by, pin.decided_at)
        raise Refusal(RefusalCode.KEY_DECIDED, stage=pin.stage, decision=decision)
    check_approver(desk.pair(pin.pair), who, pin.asked_by, desk.members)
    return pin


def approve(desk: Desk, pin_id: int, who: Person, typed: str) -> PinView:
    """Pin the key, if the last characters of the fingerprint were typed correctly.

    A pair that was armed stays armed, since two people vouch for the new server.
    """
    pin = check_can_decide(desk, pin_id, who)
    before = desk.pair(pin.pair)
    if typed.strip() != fingerprint(pin.host_key)[-LAST:]:
        raise Refusal(RefusalCode.WRONG_FINGERPRINT)
    armed = sightings.armed(desk.store, before)
    decided = host_keys.decide(desk.store, pin_id, Stage.APPROVED, who.id)
    if decided is None:
        raise Refusal(RefusalCode.KEY_JUST_DECIDED)
    if armed:
        sightings.arm(desk.store, desk.pair(pin.pair))
    return decided


def refuse(desk: Desk, pin_id: int, who: Person) -> PinView:
    """Refuse the key: the fingerprint is not the one on the console, or it is the wrong server."""
    pin = host_keys.get(desk.store, pin_id)
    check_concerned(desk, desk.pair(pin.pair), who)
    decided = host_keys.decide(desk.store, pin_id, Stage.REFUSED, who.id)
    if decided is None:
        raise Refusal(RefusalCode.KEY_JUST_DECIDED)
    return decided
