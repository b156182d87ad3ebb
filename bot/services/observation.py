"""Probe both servers of a pair at once, and combine the result with what people have stated."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.errors import Refusal
from bot.domain.observation import Observation, Probe, answered, own_state
from bot.domain.pair import Pair, Role
from bot.domain.policy import SILENT_LOOKS
from bot.domain.request import RunView
from bot.domain.situation import ROWS, Fact, SituationCode
from bot.domain.snapshot import Snapshot, snapshot
from bot.domain.statement import Statement, StatementKind, sentence
from bot.domain.status import State, parse
from bot.domain.timeline import Span
from bot.domain.transport import PROVED, Ending, Reply, Session, Unreachable, UnreachableReason, fault
from bot.services.base import Desk
from bot.services.decommissioned import BUILT, changed_something, new_primary_since, watch_replaced
from bot.services.half_failover import interrupted
from bot.store import incidents, requests, runs, sightings

FLAPPING = timedelta(minutes=10)
REST = timedelta(minutes=3)  # a pair that has shown one state for this long no longer counts as flapping
AROUND = timedelta(minutes=5)  # pairs that went out of reach further apart than this have nothing in common
SAYS_OFF = {
    Role.PRIMARY: (StatementKind.OFF, StatementKind.PRIMARY_DEPLOYED),
    Role.SECONDARY: (StatementKind.SECONDARY_DEPLOYED,),
}
PAUSE = 1.0  # seconds between two probes of a server that gave no answer
ANSWERS = frozenset(State) - {State.SILENT, State.UNASKED}
AT_WORK = frozenset({State.ACTIVE, State.STANDBY, State.DEMOTED})
# For each statement, the servers whose own report refutes it for good, and the states that do so. A new server may
# answer without refuting it, as long as it is in no pair.
REFUTED_BY: dict[StatementKind, tuple[tuple[Role, ...], frozenset[State]]] = {
    StatementKind.OFF: ((Role.PRIMARY,), ANSWERS),
    StatementKind.PRIMARY_DEPLOYED: ((Role.PRIMARY,), AT_WORK),
    StatementKind.SECONDARY_DEPLOYED: ((Role.SECONDARY,), AT_WORK),
    StatementKind.RESTORED: ((Role.PRIMARY,), AT_WORK),
    StatementKind.BACKUP: (tuple(Role), AT_WORK),
    StatementKind.INTERRUPTED: (tuple(Role), frozenset({State.ACTIVE})),
}


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
    found = Probe(role, at, None, silence.why, silence.words, silent_looks=1)
    return _not_understood(found) if silence.why in PROVED else found


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
    found = look_once(desk, pair, role)
    for _ in range(looks - 1):
        if found.report and found.report.text:
            break
        desk.sleep(PAUSE)
        again = look_once(desk, pair, role)
        if not again.asked:
            break
        found = again if again.report else replace(again, silent_looks=found.silent_looks + again.silent_looks)
    return found


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
        watch_replaced(desk, pair)
    return seen


def keep_incident(desk: Desk, seen: Observation, who: str | None = None, together: bool = False) -> Snapshot:
    """Bring the pair's incident in line with the observation, and return the snapshot.

    Nothing changes where the observation is no evidence, unless the person `who` asks for it. `together` lets the
    incident join an incident group.
    """
    found = shown(desk, seen)
    if who or _counts(desk, seen.pair, seen.primary, seen.secondary):
        incidents.keep(desk.store, found, seen.pair.channel, who, together)
    return found


def fold(desk: Desk, pair: Pair, primary: Probe, secondary: Probe) -> Observation:
    """Combine two probes and the statements that count into one observation. Store it if it is evidence."""
    past = runs.latest(desk.store, pair.name)
    new_since = new_primary_since(desk, pair, past)
    healthy_until, _ = sightings.window(desk.store, pair.name)
    seen = Observation(
        pair,
        primary,
        secondary,
        _still_true(desk, pair, past, new_since, healthy_until, primary, secondary),
        after_split=_after_split(desk, pair, past, healthy_until),
        flapping=_flapping(desk, pair, past, (own_state(pair, primary), own_state(pair, secondary))),
        last_split=_last_split(desk, pair, healthy_until, primary, secondary),
        interrupted=interrupted(desk, pair.name, past),
        new_primary=new_since is not None and _says_one_thing(desk, pair, new_since, primary),
    )
    if _hangs_on_others(seen):
        seen = replace(seen, others_gone=sightings.others_gone(desk.store, pair.name, AROUND))
    if _counts(desk, pair, primary, secondary):
        sightings.see(desk.store, snapshot(seen), pair.gap)
    return seen


def _hangs_on_others(seen: Observation) -> bool:
    """Whether the situation for these two states may depend on the other pairs.

    Finding that out reads much from the store.
    """
    primary, secondary = seen.state(Role.PRIMARY), seen.state(Role.SECONDARY)
    return any(row.fact is Fact.OTHERS_GONE and primary in row.primary and secondary in row.secondary for row in ROWS)


def keep_silence(desk: Desk, pair: Pair, role: Role, silence: Unreachable, peer: Probe) -> None:
    """Store that a server could not be reached, so that its earlier report no longer counts as current."""
    found = _without_answer(role, silence, desk.now())
    primary, secondary = (found, peer) if role is Role.PRIMARY else (peer, found)
    fold(desk, pair, primary, secondary)


def _asked(*looks: Probe) -> bool:
    """Whether each server was asked at all.

    A probe that waited too long in the bot's own queue is no evidence and no alarm.
    """
    return all(one.asked for one in looks)


def _counts(desk: Desk, pair: Pair, *looks: Probe) -> bool:
    """Whether these probes are evidence.

    They are not where a server was not asked. Nor are they where a probe met another host key than the pinned one, if
    the pin has changed since.
    """
    if not (_asked(*looks) and any(look.why is UnreachableReason.WRONG_KEY for look in looks)):
        return _asked(*looks)
    try:
        now = desk.pair(pair.name)
    except Refusal:
        return True
    return all(now.server(role).host_key == pair.server(role).host_key for role in Role)


def _flapping(desk: Desk, pair: Pair, past: list[RunView], now: tuple[State, State]) -> bool:
    """Whether the pair goes to and fro between two states and is not at rest yet.

    That means three changes within FLAPPING, none by a command of this bot, and the last one less than REST ago.
    """
    # A run that is still at work changes the states until now.
    ends = [run.ended_at or desk.now() for run in past if run.sent_at]
    since = max([desk.now() - FLAPPING, *ends])
    before = sightings.own_states(desk.store, pair.name, since)
    last = [*before, *([(desk.now(), now)] if not before or before[-1][1] != now else [])][-4:]
    states = [seen for _, seen in last]
    return len(last) == 4 and states[:2] == states[2:] and desk.now() - last[-1][0] < REST


def _still_true(
    desk: Desk,
    pair: Pair,
    past: list[RunView],
    new_since: datetime | None,
    healthy_until: datetime | None,
    *looks: Probe,
) -> tuple[Statement, ...]:
    """Return the statements that count. A statement made before the last command no longer describes the pair.

    Two kinds differ. The statement that the Primary's data must be kept counts until the pair is healthy again. The
    statement that the Primary is newly deployed also outlives a command that was refused and changed nothing.
    """
    changed = [run.ended_at for run in past if run.ended_at and changed_something(run)]
    sent = [run.ended_at for run in past if run.sent_at and run.ended_at]

    def counts(said: Statement) -> bool:
        if said.kind is StatementKind.KEEP_PRIMARY:
            return healthy_until is None or said.at > healthy_until
        if said.kind is StatementKind.PRIMARY_DEPLOYED and new_since:
            return (not changed or said.at > max(changed)) and not _refuted(desk, pair, said, (), new_since)
        return (not sent or said.at > max(sent)) and not _refuted(desk, pair, said, looks)

    return tuple(said for said in sightings.statements(desk.store, pair.name) if counts(said))


def _refuted(desk: Desk, pair: Pair, said: Statement, looks: tuple[Probe, ...], until: datetime | None = None) -> bool:
    """Whether a statement no longer holds.

    That is so where it names a server that the pair no longer has, where a step was done by hand since, or where the
    server has since reported a state that contradicts it. With `until`, when a new server took the old one's place,
    only reports up to then count.
    """
    if said.sentence not in ("", sentence(said.kind, pair)):
        return True
    if requests.done_by_hand(desk.store, pair.name, said.at):
        return True
    if said.kind not in REFUTED_BY:
        return False
    roles, states = REFUTED_BY[said.kind]
    since = sightings.own_since(desk.store, pair.name, said.at, until)
    now = {look.role: own_state(pair, look) for look in looks}
    return any(states & (since[role] | ({now[role]} if role in now else set())) for role in roles)


def _says_one_thing(desk: Desk, pair: Pair, since: datetime, primary: Probe) -> bool:
    """Whether a new Primary has reported only ACTIVE, or only DEMOTED, since its key was approved, including now.

    Then nobody has promoted or demoted it.
    """
    said = sightings.own_since(desk.store, pair.name, since)[Role.PRIMARY] | {own_state(pair, primary)}
    return len(said & BUILT) < len(BUILT)


def _after_split(desk: Desk, pair: Pair, past: list[RunView], healthy_until: datetime | None) -> bool:
    """Whether both servers were seen active since the pair was last healthy, other than on the way of a command.

    Whoever demoted the Primary then, data that only the Primary has is lost at the failback.
    """
    both_active = sightings.both_active(desk.store, pair.name, healthy_until)
    return any(not any(_on_the_way(run, span) for run in past) for span in both_active)


def _last_split(desk: Desk, pair: Pair, healthy_until: datetime | None, *looks: Probe) -> bool:
    """Whether both servers were active when the server that is silent now last answered.

    False where somebody has stated since that it is off. An old report counts too, as long as nothing was heard of that
    server since.
    """
    silent = [look.role for look in looks if look.report is None]
    until = sightings.split_until(desk.store, pair.name, silent[0], healthy_until) if len(silent) == 1 else None
    return until is not None and not sightings.stated_since(desk.store, pair.name, until, SAYS_OFF[silent[0]])


def _on_the_way(run: RunView, seen: Span) -> bool:
    """Whether this span of two active servers was only a step of this run's command.

    A failover promotes one server first, then demotes the other. So the span must lie within the run, and the run must
    not have ended in a split brain.
    """
    start, end = seen
    during = run.sent_at is not None and run.sent_at < start and (run.ended_at is None or end <= run.ended_at)
    return during and not (run.after and run.after.situation is SituationCode.SPLIT_BRAIN)


def shown(desk: Desk, seen: Observation) -> Snapshot:
    """Return the observation as a snapshot for display, with the times between which the pair stopped being healthy."""
    return snapshot(seen, *sightings.window(desk.store, seen.pair.name))


def status(desk: Desk, pair: Pair) -> Observation:
    """Return the observation that `/ha-status` shows."""
    return observe(desk, pair)
