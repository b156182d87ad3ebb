"""Look at both servers at once, and fold in what people have stated."""

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
REST = timedelta(minutes=3)  # a pair that has shown one thing for so long is at rest, and that is its name again
AROUND = timedelta(minutes=5)  # what went out of reach further apart has nothing in common
SAYS_OFF = {
    Role.PRIMARY: (StatementKind.OFF, StatementKind.PRIMARY_DEPLOYED),
    Role.SECONDARY: (StatementKind.SECONDARY_DEPLOYED,),
}
PAUSE = 1.0  # seconds between two looks at a server that gave no answer
ANSWERS = frozenset(State) - {State.SILENT, State.UNASKED}
AT_WORK = frozenset({State.ACTIVE, State.STANDBY, State.DEMOTED})
# Which servers' own words refute a statement for good: a fresh one may answer, as long as it is in no pair.
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
    """One answer of `ha-status`, as a look; an answer that did not end is not understood, but it was one."""
    if answered(pair, reply):
        return Probe(role, at, parse(reply.text, pair.labels))
    if reply.ending in (Ending.LOST, Ending.CLOSED):
        return Probe(role, at, words=reply.ending.value, silent_looks=1)
    return _not_understood(Probe(role, at, words=reply.ending.value))


def _not_understood(look: Probe) -> Probe:
    """It has shown the pinned host key, so it runs: what it would say is unknown, but it is not switched off."""
    return replace(look, report=parse(""))


def look_once(desk: Desk, pair: Pair, role: Role) -> Probe:
    """Ask one server once, over a connection that is kept open; what breaks here says nothing of the server."""
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
    """Ask a server in the session that is to send the command: who answers here is who will be told."""
    reply = session.run(pair.typed(pair.status, role), pair.status.time_limit)
    return read(pair, role, reply, desk.now())


def look(desk: Desk, pair: Pair, role: Role, looks: int = SILENT_LOOKS) -> Probe:
    """Ask one server, and again while it says nothing: one silent look is a hiccup, and so is one without a word."""
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
    """Both servers at once: one that hangs must not age the other's answer."""
    with ThreadPoolExecutor(2, "look") as pool:
        primary, secondary = pool.map(ask, Role)
        return primary, secondary


def observe(desk: Desk, pair: Pair, looks: int = SILENT_LOOKS) -> Observation:
    """Look at both servers, keep what was seen, and give it with what was stated."""
    primary, secondary = both(lambda role: look(desk, pair, role, looks))
    seen = fold(desk, pair, primary, secondary)
    # A single look, as after a command, is no reason to raise an alarm.
    if looks >= SILENT_LOOKS and _counts(desk, pair, primary, secondary):
        keep_incident(desk, seen)
        watch_replaced(desk, pair)
    return seen


def keep_incident(desk: Desk, seen: Observation, who: str | None = None, together: bool = False) -> Snapshot:
    """Bring the pair's incident in line with what is seen, where that is evidence or `who` says so; its snapshot."""
    found = shown(desk, seen)
    if who or _counts(desk, seen.pair, seen.primary, seen.secondary):
        incidents.keep(desk.store, found, seen.pair.channel, who, together)
    return found


def fold(desk: Desk, pair: Pair, primary: Probe, secondary: Probe) -> Observation:
    """Two looks and the statements that count, as one observation, kept as evidence."""
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
    """Whether what these two states are called may depend on the other pairs, for which much has to be read."""
    primary, secondary = seen.state(Role.PRIMARY), seen.state(Role.SECONDARY)
    return any(row.fact is Fact.OTHERS_GONE and primary in row.primary and secondary in row.secondary for row in ROWS)


def keep_silence(desk: Desk, pair: Pair, role: Role, silence: Unreachable, peer: Probe) -> None:
    """Keep as evidence that a server could not be reached: what it said before is not so any more."""
    found = _without_answer(role, silence, desk.now())
    primary, secondary = (found, peer) if role is Role.PRIMARY else (peer, found)
    fold(desk, pair, primary, secondary)


def _asked(*looks: Probe) -> bool:
    """Whether each server was asked at all: a look that stood in our own queue is no evidence and no alarm."""
    return all(one.asked for one in looks)


def _counts(desk: Desk, pair: Pair, *looks: Probe) -> bool:
    """Whether they are evidence: a look that met another key than the pinned one says nothing once that is pinned."""
    if not (_asked(*looks) and any(look.why is UnreachableReason.WRONG_KEY for look in looks)):
        return _asked(*looks)
    try:
        now = desk.pair(pair.name)
    except Refusal:
        return True
    return all(now.server(role).host_key == pair.server(role).host_key for role in Role)


def _flapping(desk: Desk, pair: Pair, past: list[RunView], now: tuple[State, State]) -> bool:
    """To and fro between two states, three changes in ten minutes, none by a command of ours, and no rest yet."""
    ends = [run.ended_at or desk.now() for run in past if run.sent_at]  # one that is at work moves them still
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
    """The statements that count: one made before the last command was about another world.

    That the Primary's data must survive is no word about the world: it stands until the pair is healthy again. Of a new
    Primary a command that was refused has changed nothing.
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
    """Whether it is about a server that the pair no longer has, or that has answered since (before `until`, when a new
    one took its place), or older than a step that was done by hand: then the world is another one.
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
    """Whether a new Primary says now what it has said since it is there: nobody has promoted or demoted it."""
    said = sightings.own_since(desk.store, pair.name, since)[Role.PRIMARY] | {own_state(pair, primary)}
    return len(said & BUILT) < len(BUILT)


def _after_split(desk: Desk, pair: Pair, past: list[RunView], healthy_until: datetime | None) -> bool:
    """Whether both servers were seen active since the pair was last healthy: whoever demoted the Primary then,
    what only it has is lost at the failback.
    """
    both_active = sightings.both_active(desk.store, pair.name, healthy_until)
    return any(not any(_on_the_way(run, span) for run in past) for span in both_active)


def _last_split(desk: Desk, pair: Pair, healthy_until: datetime | None, *looks: Probe) -> bool:
    """Whether both were active when the one that is silent now last answered, and nobody has said since that it is
    off: an old word counts here too, as long as nothing was heard of that server.
    """
    silent = [look.role for look in looks if look.report is None]
    until = sightings.split_until(desk.store, pair.name, silent[0], healthy_until) if len(silent) == 1 else None
    return until is not None and not sightings.stated_since(desk.store, pair.name, until, SAYS_OFF[silent[0]])


def _on_the_way(run: RunView, seen: Span) -> bool:
    """Whether it was seen only while this command ran, which did not end so: a failover promotes, then demotes."""
    start, end = seen
    during = run.sent_at is not None and run.sent_at < start and (run.ended_at is None or end <= run.ended_at)
    return during and not (run.after and run.after.situation is SituationCode.SPLIT_BRAIN)


def shown(desk: Desk, seen: Observation) -> Snapshot:
    """The observation as it is shown, with the bounds of when it stopped being healthy."""
    return snapshot(seen, *sightings.window(desk.store, seen.pair.name))


def status(desk: Desk, pair: Pair) -> Observation:
    """What `/ha-status` shows."""
    return observe(desk, pair)
