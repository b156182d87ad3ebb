"""Look at both servers at once, and fold in what people have stated."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from bot.desk.base import Desk
from bot.desk.replaced import watch_replaced
from bot.domain.observation import Look, Observation, own_state
from bot.domain.pair import Pair, Role
from bot.domain.reply import Ending, Reply, Session, Silence
from bot.domain.request import Phase, RunView
from bot.domain.snapshot import Snapshot, snapshot
from bot.domain.statement import Statement
from bot.domain.status import State, parse
from bot.domain.verdict import SILENT_LOOKS
from bot.store import evidence, incidents, runs

FLAPPING = timedelta(minutes=10)
AROUND = timedelta(minutes=5)  # what other pairs looked like longer ago says nothing about now
PAUSE = 1.0  # seconds between two looks at a server that gave no answer


def read(pair: Pair, role: Role, reply: Reply, at: datetime) -> Look:
    """One answer of `ha-status`, as a look; an answer that did not end is none."""
    if reply.ending is not Ending.EXITED:
        return Look(role, at, words=reply.ending.value, silent_looks=1)
    return Look(role, at, parse(reply.text, pair.labels))


def look_once(desk: Desk, pair: Pair, role: Role) -> Look:
    """Ask one server once, over a connection that is kept open."""
    line, server = pair.typed(pair.status, role), pair.server(role)
    try:
        reply = desk.wire.probe(server, line, pair.status.time_limit)
    except Silence as silence:
        return Look(role, desk.now(), None, silence.why, silence.words, silent_looks=1)
    return read(pair, role, reply, desk.now())


def look_in(desk: Desk, pair: Pair, role: Role, session: Session) -> Look:
    """Ask a server in the session that is to send the command: who answers here is who will be told."""
    reply = session.run(pair.typed(pair.status, role), pair.status.time_limit)
    return read(pair, role, reply, desk.now())


def look(desk: Desk, pair: Pair, role: Role, looks: int = SILENT_LOOKS) -> Look:
    """Ask one server, and again while it is silent: one silent look is a hiccup."""
    found = look_once(desk, pair, role)
    for count in range(2, looks + 1):
        if found.report:
            break
        desk.sleep(PAUSE)
        again = look_once(desk, pair, role)
        found = again if again.report else Look(role, again.at, None, again.why, again.words, count)
    return found


def both(ask: Callable[[Role], Look]) -> tuple[Look, Look]:
    """Both servers at once: one that hangs must not age the other's answer."""
    with ThreadPoolExecutor(2, "look") as pool:
        primary, secondary = pool.map(ask, Role)
        return primary, secondary


def observe(desk: Desk, pair: Pair, looks: int = SILENT_LOOKS) -> Observation:
    """Look at both servers, keep what was seen, and give it with what was stated."""
    primary, secondary = both(lambda role: look(desk, pair, role, looks))
    seen = fold(desk, pair, primary, secondary)
    if looks >= SILENT_LOOKS:  # a single look, as after a command, is no reason to raise an alarm
        keep_incident(desk, seen)
        watch_replaced(desk, pair)
    return seen


def keep_incident(desk: Desk, seen: Observation, who: str | None = None) -> Snapshot:
    """Bring the pair's incident in line with what is seen; the snapshot that it was brought in line with."""
    found = shown(desk, seen)
    incidents.keep(desk.store, found, seen.pair.channel, who)
    return found


def fold(desk: Desk, pair: Pair, primary: Look, secondary: Look) -> Observation:
    """Two looks and the statements that count, as one observation, kept as evidence."""
    past = runs.latest(desk.store, pair.name)
    seen = Observation(
        pair,
        primary,
        secondary,
        _still_true(desk, pair, past),
        after_split=_after_split(desk, pair, past),
        flapping=_flapping(desk, pair, past, (own_state(pair, primary), own_state(pair, secondary))),
        others_gone=evidence.others_gone(desk.store, pair.name, desk.now() - AROUND),
    )
    evidence.see(desk.store, snapshot(seen))
    return seen


def _flapping(desk: Desk, pair: Pair, past: list[RunView], now: tuple[State, State]) -> bool:
    """To and fro between two states, three changes in ten minutes, and no command of ours behind it."""
    since = max([desk.now() - FLAPPING, *(run.ended_at for run in past if run.sent_at and run.ended_at)])
    before = evidence.own_states(desk.store, pair.name, since)
    last = [*before, *([now] if before[-1:] != [now] else [])][-4:]
    return len(last) == 4 and last[0] == last[2] != last[1] == last[3]


def _still_true(desk: Desk, pair: Pair, past: list[RunView]) -> tuple[Statement, ...]:
    """The statements that count: one made before the last command was about another world."""
    sent = [run.ended_at for run in past if run.sent_at and run.ended_at]
    stated = evidence.statements(desk.store, pair.name)
    return tuple(s for s in stated if not sent or s.at > max(sent))


def _after_split(desk: Desk, pair: Pair, past: list[RunView]) -> bool:
    """Whether this pair was demoted out of a split brain since it was last healthy."""
    healthy_until, _ = evidence.window(desk.store, pair.name)
    for run in past:
        if healthy_until and (run.sent_at or run.started_at) < healthy_until:
            return False
        action = desk.actions.get(run.action)
        if action and action.after_split and run.sent_at and run.phase not in (Phase.FAILED, Phase.DID_NOT):
            return True
    return False


def shown(desk: Desk, seen: Observation) -> Snapshot:
    """The observation as it is shown, with the bounds of when it stopped being healthy."""
    return snapshot(seen, *evidence.window(desk.store, seen.pair.name))


def status(desk: Desk, pair: Pair) -> Observation:
    """What `/ha-status` shows."""
    return observe(desk, pair)
