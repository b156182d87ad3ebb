"""Probe both servers of a pair at once, and combine the result with what people have stated."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

from bot.domain.errors import Refusal
from bot.domain.history import hangs_on_others, shared_outage, with_history
from bot.domain.observation import Observation, Probe, answered
from bot.domain.pair import Pair, Role
from bot.domain.policy import SILENT_LOOKS
from bot.domain.snapshot import Snapshot, snapshot
from bot.domain.status import parse
from bot.domain.transport import PROVED, Ending, Reply, Session, Unreachable, UnreachableReason, fault
from bot.services.base import Desk
from bot.services.decommissioned import watch_replaced
from bot.store import history, host_keys, incidents, sightings

PAUSE = 1.0  # seconds between two probes of a server that gave no answer

log = logging.getLogger(__name__)


def read(pair: Pair, role: Role, reply: Reply, at: datetime) -> Probe:
    """Return one reply to `ha-status` as a probe.

    An incomplete reply is not understood, but the server has answered. Where the connection was lost before the end,
    the probe counts as silent.
    """
    if answered(pair, reply):
        return Probe(role, at, parse(reply.text, pair.labels))
    if reply.ending in (Ending.LOST, Ending.CLOSED):
        return Probe(role, at, words=reply.ending.value, silent_looks=1)
    return _not_understood(Probe(role, at, words=reply.ending.value))


def _not_understood(look: Probe) -> Probe:
    """Return the probe of a server that showed the pinned host key but could not be understood.

    The server's state is unknown, but it is not switched off.
    """
    return replace(look, report=parse(""))


def look_once(desk: Desk, pair: Pair, role: Role) -> Probe:
    """Probe one server once, over a connection that is kept open. Never raises.

    A failure inside the bot says nothing about the server, so the probe then has `asked` false.
    """
    line, server = pair.typed(pair.status, role), pair.server(role)
    try:
        reply = desk.wire.probe(server, line, pair.status.time_limit)
        return read(pair, role, reply, desk.now())
    except Unreachable as silence:
        return _without_answer(role, silence, desk.now())
    except Exception as error:
        log.error("a look at the %s of %s broke", role.word, pair.name, exc_info=error)
        return _without_answer(role, fault(error), desk.now())


def _without_answer(role: Role, silence: Unreachable, at: datetime) -> Probe:
    if silence.ours:
        return Probe(role, at, None, silence.why, silence.words, asked=False)
    probe = Probe(role, at, None, silence.why, silence.words, silent_looks=1)
    return _not_understood(probe) if silence.why in PROVED else probe


def look_in(desk: Desk, pair: Pair, role: Role, session: Session) -> Probe:
    """Probe a server within the session that will send the command.

    So the server that answers is the one that will get the command.
    """
    reply = session.run(pair.typed(pair.status, role), pair.status.time_limit)
    return read(pair, role, reply, desk.now())


def look(desk: Desk, pair: Pair, role: Role, looks: int = SILENT_LOOKS) -> Probe:
    """Probe one server, and probe it again while it gives no words, up to `looks` times.

    One silent or empty probe may be a hiccup. The silent probes are counted in `silent_looks`.
    """
    probe = look_once(desk, pair, role)
    for _ in range(looks - 1):
        if probe.report and probe.report.text:
            break
        desk.sleep(PAUSE)
        again = look_once(desk, pair, role)
        if not again.asked:
            break
        probe = again if again.report else replace(again, silent_looks=probe.silent_looks + again.silent_looks)
    return probe


def both(ask: Callable[[Role], Probe]) -> tuple[Probe, Probe]:
    """Probe both servers at once, so that a server that hangs does not make the other's answer older."""
    with ThreadPoolExecutor(2, "look") as pool:
        primary, secondary = pool.map(ask, Role)
        return primary, secondary


def observe(desk: Desk, pair: Pair, looks: int = SILENT_LOOKS) -> Observation:
    """Probe both servers, store what was seen, and return it with the statements that count.

    With fewer than SILENT_LOOKS probes the incident is left as it is.
    """
    primary, secondary = both(lambda role: look(desk, pair, role, looks))
    seen = fold(desk, pair, primary, secondary)
    # A single probe, as after a command, is no reason to raise an alarm.
    if looks >= SILENT_LOOKS and _counts(desk, pair, primary, secondary):
        keep_incident(desk, seen)
        watch_replaced(desk, pair, host_keys.approved(desk.store, pair.name))
    return seen


def keep_incident(desk: Desk, seen: Observation, who: str | None = None, together: bool = False) -> Snapshot:
    """Bring the pair's incident in line with the observation, and return the snapshot.

    Nothing changes where the observation is no evidence, unless the person `who` asks for it. `together` lets the
    incident join an incident group.
    """
    seen_now = shown(desk, seen)
    if who or _counts(desk, seen.pair, seen.primary, seen.secondary):
        incidents.keep(desk.store, seen_now, seen.pair.channel, who, together)
    return seen_now


def fold(desk: Desk, pair: Pair, primary: Probe, secondary: Probe) -> Observation:
    """Combine two probes and the statements that count into one observation. Store it if it is evidence."""
    past = history.read(desk.store, pair.name)
    seen = with_history(past, pair, primary, secondary)
    if hangs_on_others(seen):
        seen = replace(seen, others_gone=shared_outage(past, history.outages(desk.store, pair.name)))
    if _counts(desk, pair, primary, secondary):
        sightings.see(desk.store, snapshot(seen), pair.gap)
    return seen


def keep_silence(desk: Desk, pair: Pair, role: Role, silence: Unreachable, peer: Probe) -> None:
    """Store that a server could not be reached, so that its earlier report no longer counts as current."""
    probe = _without_answer(role, silence, desk.now())
    primary, secondary = (probe, peer) if role is Role.PRIMARY else (peer, probe)
    fold(desk, pair, primary, secondary)


def _counts(desk: Desk, pair: Pair, *looks: Probe) -> bool:
    """Whether these probes are evidence.

    They are not where a server was not asked, as when a probe waited too long in the bot's own queue. Nor are they
    where a probe met another host key than the pinned one, if the pin has changed since.
    """
    asked = all(look.asked for look in looks)
    if not (asked and any(look.why is UnreachableReason.WRONG_KEY for look in looks)):
        return asked
    try:
        now = desk.pair(pair.name)
    except Refusal:
        return True
    return all(now.server(role).host_key == pair.server(role).host_key for role in Role)


def shown(desk: Desk, seen: Observation) -> Snapshot:
    """Return the observation as a snapshot for display, with the times between which the pair stopped being healthy."""
    return snapshot(seen, *sightings.window(desk.store, seen.pair.name))
