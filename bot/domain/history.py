"""A pair's recent history as one value, and what the rules read from it. The store reads it in one visit."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from bot.domain.observation import Observation, Probe, own_state
from bot.domain.pair import Pair, Role
from bot.domain.pin import PinView
from bot.domain.request import Phase, RunView
from bot.domain.situation import ROWS, Fact, SituationCode
from bot.domain.snapshot import Snapshot
from bot.domain.statement import Statement, StatementKind, sentence
from bot.domain.status import State
from bot.domain.timeline import Stretch

FLAPPING = timedelta(minutes=10)
REST = timedelta(minutes=3)  # a pair that has shown one state for this long no longer counts as flapping
AROUND = timedelta(minutes=5)  # pairs that went out of reach further apart than this have nothing in common
LONG_AGO = datetime.min.replace(tzinfo=UTC)
FAILOVER = "ha-failover"
ENDED = (Phase.FAILED, Phase.TOOK_EFFECT, Phase.DID_NOT)  # ended without the expected states, or closed by a person
NEW_SERVER = (
    StatementKind.PRIMARY_DEPLOYED,
    StatementKind.SECONDARY_DEPLOYED,
    StatementKind.RESTORED,
    StatementKind.BACKUP,
)
# The statements by which a silent server is off, or gives way to a newly deployed one.
SAYS_OFF = {
    Role.PRIMARY: (StatementKind.OFF, StatementKind.PRIMARY_DEPLOYED),
    Role.SECONDARY: (StatementKind.SECONDARY_DEPLOYED,),
}
BUILT = {State.ACTIVE, State.DEMOTED}  # the states that a Primary may report right after it was built
BOTH_ACTIVE = (State.ACTIVE, State.ACTIVE)
# States that do not tell whether a server serves users.
DIM = (State.SILENT, State.UNASKED, State.UNKNOWN, State.CONFLICT)
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
OUT_OF_REACH = (
    SituationCode.PRIMARY_SILENT,
    SituationCode.PRIMARIES_SILENT,
    SituationCode.SECONDARY_NEW,
    SituationCode.BOTH_GONE,
    SituationCode.MY_NETWORK,
)
# Situations that a bad network may make a pair show now and then.
IN_DOUBT = (SituationCode.FLAPPING, SituationCode.UNKNOWN, SituationCode.PRIMARY_UNCLEAR)


@dataclass(frozen=True)
class Standing:
    """What must be known of a pair before it is observed: its approved replacement servers and three more things.

    `at_work`: a command of this bot is at work on it. `told`: what people were last told in its open incident. `blind`:
    its channel was told that it cannot be observed.
    """

    pins: tuple[PinView, ...]
    at_work: bool
    told: Snapshot | None
    blind: bool


@dataclass(frozen=True)
class Sighting(Stretch):
    """A time in which a pair showed the same thing. `own` is what both servers reported of themselves."""

    own: tuple[State, State]


@dataclass(frozen=True)
class History:
    """What the rules need of a pair's past, as it was stored at `now`.

    `runs` are the newest runs, newest first, and `pins` the approved replacement servers. `statements` are those that
    nobody took back, oldest first and of any age; `stated_at` is when anything but a plan was last stated, even if it
    was taken back. `by_hand_at` is when a person last said that a step was done by hand, and
    `healthy_until` when the pair was last seen healthy.

    `sightings` are oldest first, from `horizon` on. Where there are too many, only the newest are here and `cut` is
    set: before them, anything may have been seen, and each rule then assumes what makes the bot offer less.
    """

    now: datetime
    runs: tuple[RunView, ...] = ()
    pins: tuple[PinView, ...] = ()
    statements: tuple[Statement, ...] = ()
    stated_at: datetime | None = None
    by_hand_at: datetime | None = None
    healthy_until: datetime | None = None
    sightings: tuple[Sighting, ...] = ()
    cut: bool = False

    @property
    def recent_statements(self) -> tuple[Statement, ...]:
        """Return the statements that are recent enough to count. A plan is used up by whatever happens after it."""
        recent = (statement for statement in self.statements if statement.counts(self.now))
        return tuple(
            statement
            for statement in recent
            if statement.kind is not StatementKind.PLANNED or not _used(self, statement.at)
        )

    def knows(self, moment: datetime) -> bool:
        """Whether everything that was seen after this moment is here."""
        return not self.cut or moment >= self.sightings[0].start

    def own_since(self, since: datetime, until: datetime | None = None) -> dict[Role, frozenset[State]]:
        """Return the states that each server has reported of itself since then: all states, where the history is cut.

        With `until`, only observations that had begun by then count.
        """
        if not self.knows(since):
            return dict.fromkeys(Role, frozenset(State))
        seen = [
            sighting.own
            for sighting in self.sightings
            if sighting.end > since and (until is None or sighting.start <= until)
        ]
        return {role: frozenset(own[number] for own in seen) for number, role in enumerate(Role)}

    def stated_since(self, since: datetime, kinds: Collection[StatementKind]) -> bool:
        """Whether one of these kinds was stated after that moment and not taken back. Its age does not matter."""
        return any(statement.at > since and statement.kind in kinds for statement in self.statements)

    def by_hand_since(self, since: datetime) -> bool:
        """Whether somebody has said since then that they did by hand what was requested."""
        return self.by_hand_at is not None and self.by_hand_at >= since


def horizon(history: History) -> datetime:
    """Return from when on the rules ask what was seen of the pair; `sightings` need not be there yet."""
    kinds = (*REFUTED_BY, StatementKind.PLANNED)
    stated = [
        statement.at for statement in history.statements if statement.kind in kinds and statement.counts(history.now)
    ]
    moments = [_untouched_since(history), _failover_over(history), *stated]
    return min([history.now - FLAPPING, history.healthy_until or LONG_AGO, *filter(None, moments)])


def with_history(history: History, pair: Pair, primary: Probe, secondary: Probe) -> Observation:
    """Return two probes with what the history adds to them; `others_gone` is not known yet."""
    new_since = new_primary_since(history, pair)
    return Observation(
        pair,
        primary,
        secondary,
        statements_in_force(history, pair, new_since, primary, secondary),
        after_split=after_split(history),
        flapping=flapping(history, (own_state(pair, primary), own_state(pair, secondary))),
        last_split=last_split(history, primary, secondary),
        interrupted=interrupted(history),
        new_primary=new_since is not None and _says_one_thing(history, new_since, own_state(pair, primary)),
    )


def flapping(history: History, own_now: tuple[State, State]) -> bool:
    """Whether the pair keeps changing between two states and has not settled yet.

    That means three changes within FLAPPING, none by a command of this bot, and the last one less than REST ago.
    """
    # A run that is still at work changes the states until now.
    ends = [run.ended_at or history.now for run in history.runs if run.sent_at]
    since = max([history.now - FLAPPING, *ends])
    seen = [(sighting.start, sighting.own) for sighting in history.sightings if sighting.end >= since]
    changes = [next(same) for _, same in groupby([*seen, (history.now, own_now)], key=lambda sighting: sighting[1])][
        -4:
    ]
    states = [own for _, own in changes]
    return len(changes) == 4 and states[:2] == states[2:] and history.now - changes[-1][0] < REST


def after_split(history: History) -> bool:
    """Whether both servers were seen active since the pair was last healthy, other than on the way of a command.

    The Primary may then have data that the Secondary does not have. A failback loses that data, whoever demoted the
    Primary. True, too, where the history is cut and does not tell.
    """
    since = history.healthy_until or LONG_AGO
    both_active = [
        sighting
        for sighting in history.sightings
        if (sighting.primary, sighting.secondary) == BOTH_ACTIVE and sighting.end > since
    ]
    return not history.knows(since) or any(
        not any(_on_the_way(run, sighting) for run in history.runs) for sighting in both_active
    )


def _on_the_way(run: RunView, seen: Sighting) -> bool:
    """Whether this time of two active servers was only a step of this run's command.

    A failover promotes one server first, then demotes the other. So the time must lie within the run, and the run must
    not have ended in a split brain.
    """
    during = run.sent_at and run.sent_at < seen.start and (run.ended_at is None or seen.end <= run.ended_at)
    return bool(during) and not (run.after and run.after.situation is SituationCode.SPLIT_BRAIN)


def last_split(history: History, *probes: Probe) -> bool:
    """Whether both servers were active when the server that is silent now last answered.

    False where not exactly one server is silent. False, too, where somebody has stated since that the silent server is
    off or newly deployed. An old report counts as long as nothing was heard of that server since.
    """
    silent = [probe.role for probe in probes if probe.report is None]
    until = _split_until(history, silent[0]) if len(silent) == 1 else None
    return until is not None and not history.stated_since(until, SAYS_OFF[silent[0]])


def _split_until(history: History, role: Role) -> datetime | None:
    """Return when this server last answered, if the pair was in a split brain then; else None.

    It was, if the last thing plainly seen is that both servers reported ACTIVE. A look that the other server did not
    answer, or answered in words that are not understood, does not end a split brain. Only what was seen since the pair
    was last healthy counts. Where the history is cut and does not tell, a split brain is assumed.
    """
    since, heard = history.healthy_until or LONG_AGO, None
    for sighting in (sighting for sighting in reversed(history.sightings) if sighting.end > since):
        states = dict(zip(Role, sighting.own, strict=True))
        own, peer = states[role], states[role.peer]
        if own is State.SILENT:
            continue
        heard = heard or sighting.end
        if own not in DIM and not (own is State.ACTIVE and peer in DIM):
            return heard if sighting.own == BOTH_ACTIVE else None
    return None if history.knows(since) else heard or history.sightings[0].start


def statements_in_force(
    history: History, pair: Pair, new_since: datetime | None, *probes: Probe
) -> tuple[Statement, ...]:
    """Return the statements that count: recent ones that nothing refutes, made after the last command ended.

    Two kinds differ. The statement that the Primary's data must be kept counts until the pair is healthy again. The
    statement that the Primary is newly deployed also outlives a command that was refused and changed nothing.
    """
    changed = max((run.ended_at for run in history.runs if run.ended_at and changed_something(run)), default=LONG_AGO)
    sent = max((run.ended_at for run in history.runs if run.ended_at and run.sent_at), default=LONG_AGO)

    def counts(statement: Statement) -> bool:
        if statement.kind is StatementKind.KEEP_PRIMARY:
            return statement.at > (history.healthy_until or LONG_AGO)
        if statement.kind is StatementKind.PRIMARY_DEPLOYED and new_since:
            return statement.at > changed and not refuted(history, pair, statement, until=new_since)
        return statement.at > sent and not refuted(history, pair, statement, *probes)

    return tuple(filter(counts, history.recent_statements))


def _used(history: History, since: datetime) -> bool:
    """Whether a plan that was stated then is used up.

    It is once a command has run, or anything else has happened to the pair since.
    """
    ended = [run.ended_at for run in history.runs]
    unwell = [sighting.start for sighting in history.sightings if sighting.situation is not SituationCode.HEALTHY]
    happened = (*ended, *unwell, history.by_hand_at, history.stated_at)
    return not history.knows(since) or any(at > since for at in happened if at)


def refuted(history: History, pair: Pair, statement: Statement, *probes: Probe, until: datetime | None = None) -> bool:
    """Whether a statement no longer holds.

    That is so where it names a server that the pair no longer has, where a step was done by hand since, or where the
    server has since reported a state that contradicts it. `until` is when a new server took the old
    one's place: only reports up to then count.
    """
    if statement.sentence not in ("", sentence(statement.kind, pair)) or history.by_hand_since(statement.at):
        return True
    roles, states = REFUTED_BY.get(statement.kind, ((), frozenset()))
    since = history.own_since(statement.at, until) if roles else {}
    now = {probe.role: own_state(pair, probe) for probe in probes}
    return any(states & (since[role] | ({now[role]} if role in now else set())) for role in roles)


def interrupted(history: History) -> bool:
    """Whether the newest command sent was a failover that did not end as expected, and nothing has happened since.

    A failover that a person closed counts as well. Something has happened where a step was done by hand, a
    server was replaced, or a server was seen active after the run was closed.
    """
    over = _failover_over(history)
    return over is not None and not any(State.ACTIVE in states for states in history.own_since(over).values())


def _failover_over(history: History) -> datetime | None:
    """Return when the newest command sent was over, if it was a failover; else None.

    None, too, where a step was done by hand or a server was replaced since it was sent.
    """
    last = next((run for run in history.runs if run.sent_at and run.phase is not Phase.NOT_SENT), None)
    if last is None or last.action != FAILOVER or last.phase not in ENDED:
        return None
    sent = last.sent_at or last.started_at
    if history.by_hand_since(sent) or _replaced(history, sent):
        return None
    return last.closed_at or last.ended_at


def _replaced(history: History, since: datetime) -> bool:
    """Whether a server of the pair was replaced after `since`, by a new host key or by a person's statement."""
    keys = any(pin.decided_at and pin.decided_at >= since for pin in history.pins)
    return keys or history.stated_since(since, NEW_SERVER)


def new_primary_since(history: History, pair: Pair) -> datetime | None:
    """Return when the Primary's new host key was approved, if nothing has been done with that server since.

    That means: no command that changed something, no step by hand, and no Secondary on standby beside it. Nor has the
    server reported both ACTIVE and DEMOTED, which would show that somebody promoted or demoted it.
    Returns None otherwise, or where the Primary was not replaced.
    """
    since, key = _untouched_since(history), pair.primary.host_key
    if since is None or key not in (pin.host_key for pin in history.pins if pin.role is Role.PRIMARY):
        return None
    says = history.own_since(since)
    as_built = len(says[Role.PRIMARY] & BUILT) < len(BUILT) and State.STANDBY not in says[Role.SECONDARY]
    return since if as_built else None


def _untouched_since(history: History) -> datetime | None:
    """Return when a new host key was approved for the Primary; None where a command or a person acted since.

    Only a command that changed something counts, and only a person's word that a step was done by hand.
    """
    new = (pin for pin in history.pins if pin.role is Role.PRIMARY and pin.replaced["host_key"] != pin.host_key)
    since = next((pin.decided_at for pin in new), None)
    if since is None or history.by_hand_since(since):
        return None
    done = any(run.ended_at and run.ended_at > since and changed_something(run) for run in history.runs)
    return None if done else since


def changed_something(run: RunView) -> bool:
    """Whether the run's command was sent and may have changed something.

    False where it was not sent, or where it failed as a whole and both servers stayed as they were.
    """
    if run.sent_at is None or run.phase is Phase.NOT_SENT:
        return False
    refused = run.phase is Phase.FAILED and not run.partly and run.before is not None and run.after is not None
    return not (refused and all(run.before.own(role) is run.after.own(role) for role in Role))  # type: ignore[union-attr]


def _says_one_thing(history: History, since: datetime, now: State) -> bool:
    """Whether a new Primary has reported only ACTIVE, or only DEMOTED, since its key was approved, including now.

    Then nobody has promoted or demoted it.
    """
    return len((history.own_since(since)[Role.PRIMARY] | {now}) & BUILT) < len(BUILT)


def hangs_on_others(seen: Observation) -> bool:
    """Whether the situation for these two states may depend on the other pairs."""
    primary, secondary = seen.state(Role.PRIMARY), seen.state(Role.SECONDARY)
    return any(row.fact is Fact.OTHERS_GONE and primary in row.primary and secondary in row.secondary for row in ROWS)


def shared_outage(history: History, others: Collection[datetime]) -> bool:
    """Whether another pair went out of reach at about the same time as this one.

    `others` holds a time for each other pair that is out of reach now: when that began. A pair that went out of reach
    long before this one says nothing about it.
    """
    began = out_of_reach_since(history.sightings) or history.now
    return any(abs(since - began) <= AROUND for since in others)


def out_of_reach_since(sightings: Collection[Sighting]) -> datetime | None:
    """Return when the pair went out of reach, or None if it is in reach.

    A sighting IN_DOUBT neither begins nor ends a time out of reach.
    """
    first = None
    for sighting in sightings:
        if sighting.situation in OUT_OF_REACH:
            first = first or sighting.start
        elif sighting.situation not in IN_DOUBT:
            first = None
    return first
