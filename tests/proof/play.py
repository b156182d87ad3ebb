"""One schedule, played from its world to its end: request approved, run, crash and restart, and the judge's word."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.errors import Reason, Refusal
from bot.domain.pair import LONGEST
from bot.domain.request import Phase, RequestView, Stage
from bot.scheduler import sweep
from bot.services import Details, approve, ask, close, withdraw
from bot.simulator.pair.world import Pair as Truth
from bot.simulator.pair.world import World
from bot.store import processes, sightings
from tests.proof.database import Content, Database
from tests.proof.events import BY_NAME, Gap
from tests.proof.far_end import FarEnd
from tests.proof.invariants import afterwards, rows, watch
from tests.proof.theatre import ACTIONS, ALICE, BOB, CAROL, Crash, Pruned, Stuck, Theatre, arm, on_stage
from tests.proof.worlds import PLANNED, WORLDS, Start, asked

Placement = tuple[int, str]  # the number of a gap, and what happens in it


@dataclass(frozen=True)
class Opening:
    """A world in which somebody has asked; the database, the truth and the clock at that moment."""

    start: Start
    kept: Content
    truth: Truth
    true: float
    request: int


@dataclass(frozen=True)
class Played:
    """What came of a schedule; `trace` names its gaps."""

    world: str
    happened: tuple[Placement, ...]
    violations: tuple[str, ...]
    trace: tuple[Gap, ...]
    gaps: int
    reached: tuple[str, ...]
    sent: int
    effect: bool
    outcome: str
    words: str


@dataclass
class House:
    """The database of this process, and the worlds made ready on it."""

    database: Database = field(default_factory=Database)
    openings: dict[str, Opening] = field(default_factory=dict)

    def opening(self, start: Start) -> Opening:
        if start.name not in self.openings:
            self.openings[start.name] = self._open(start)
        return self.openings[start.name]

    def _open(self, start: Start) -> Opening:
        self.database.begin(self.database.empty)
        with on_stage(set_up(self.database, {}, start, start.truth(), 0.0)) as theatre:
            arm(theatre, start.pair)
            if start.before:
                history(theatre, start.before)
            for kind, words in start.said_before.items():
                sightings.state_it(theatre.main.desk.store, "london", kind, ALICE.id, words)
            theatre.clock.passes(55 * 60 if start.said_before else 60)
            request = asked(theatre, start).id
            return Opening(start, self.database.keep(), theatre.far.world.pair, theatre.clock.true, request)

    def play(self, start: Start, happens: tuple[Placement, ...] = (), record: bool = False) -> Played | None:
        """Play it; None when an event had nothing to do."""
        opening = self.opening(start)
        self.database.begin(opening.kept)
        plan = {gap: BY_NAME[name].fire for gap, name in happens}
        theatre = set_up(self.database, plan, start, opening.truth, opening.true)
        theatre.trace = [] if record else None
        with on_stage(theatre):
            watch(theatre)
            try:
                perform(theatre, opening)
            except Pruned:
                return None
            except Stuck:
                theatre.wrong("I8", "it waits for ever")
            return result(theatre, start, opening.request, happens)


def set_up(database: Database, plan: Mapping[int, object], start: Start, truth: Truth, true: float) -> Theatre:
    """The stage for this world, with one process of the bot."""
    theatre = Theatre(database, plan)  # type: ignore[arg-type]
    theatre.far = FarEnd(World(truth), start.layout, start.peer_row, start.pty)
    theatre.opening = truth
    theatre.settings, theatre.labels = start.pair, start.pair.labels
    theatre.secondary_first, theatre.secrets = start.secondary_first, start.secrets
    theatre.clock.true = true
    theatre.clock.due.append(theatre.far.settle)
    theatre.bot()
    return theatre


def history(theatre: Theatre, action: str) -> None:
    """What was done on the pair before, by the same means."""
    before = next(start for start in WORLDS if start.action == action)
    request = asked(theatre, before)
    theatre.main.does(lambda: approve(theatre.main.desk, request.id, BOB, "london"))
    theatre.clock.passes(60)


def perform(theatre: Theatre, opening: Opening) -> None:
    """Approve, and see what comes of it; then what comes after."""
    theatre.playing = True
    main = theatre.main
    try:
        main.does(lambda: theatre.approve(opening.request, main))
        if opening.start.approvals > 1:
            main.does(lambda: theatre.approve(opening.request, main, CAROL))
        if opening.start.secrets:
            main.does(lambda: theatre.enter_code(opening.request, main))
        theatre.gap("end")
    except Crash:
        main.alive = False
    come_back(theatre, opening)
    theatre.playing = False
    too_early(theatre, opening)
    end(theatre, opening)


def come_back(theatre: Theatre, opening: Opening) -> None:
    """After a kill: the process starts again, once its settings and its database can be used."""
    for _ in range(3):
        if all(bot.alive for bot in theatre.bots):
            return
        for bot in theatre.bots:
            bot.alive = True
        if not theatre.back_at_once:
            theatre.clock.passes(60)
        theatre.settings = theatre.settings or opening.start.pair
        try:
            if theatre.heir:
                theatre.inherit()
            else:
                theatre.restart()
        except Crash:
            theatre.bots[-1].alive = False


def end(theatre: Theatre, opening: Opening) -> None:
    """Whatever can still happen does; what nobody decides expires."""
    theatre.unwritable_until = theatre.unreadable_until = -1.0
    theatre.losing.clear()
    if theatre.restarted:
        theatre.aside(lambda: processes.bury_others(theatre.last.desk.store))
    theatre.far.heal()
    theatre.clock.passes(600)
    theatre.clock.passes(600)
    one_more(theatre, opening)
    theatre.clock.passes(3 * 3600)
    for bot in theatre.bots:
        bot.work()
    theatre.last.does(lambda: sweep(theatre.last.desk))
    afterwards(theatre, opening.request)
    theatre.outcome = outcome(theatre, opening.request)
    decided(theatre, opening)


def outcome(theatre: Theatre, request: int) -> str:
    """How the run ended, or the request where there was none."""
    found = rows(theatre, "SELECT phase FROM run WHERE request_id = ?", request)
    stage = rows(theatre, "SELECT stage FROM request WHERE id = ?", request)[0]["stage"]
    return str(found[0]["phase"]) if found else f"request {Stage(stage).value}"


def unknown(theatre: Theatre, opening: Opening) -> int:
    """The run of unknown end that came of the request; 0 where there is none."""
    found = rows(theatre, "SELECT id FROM run WHERE request_id = ? AND phase = 'unknown'", opening.request)
    return int(found[0]["id"]) if found else 0


def too_early(theatre: Theatre, opening: Opening) -> None:
    """I7: nobody says how it ended, and nobody asks for more, while the command may still be at work."""
    run = unknown(theatre, opening)
    unseen = (
        theatre.restarted is not theatre.successor and theatre.clock.jumps
    )  # the clock jumped while no process saw it
    until = (
        max(theatre.committed, *(sent.at for sent in theatre.sent), 0.0) + LONGEST + opening.start.pair.verify_seconds
    )
    if not run or not theatre.sent or unseen or theatre.clock.true >= until:
        return
    theatre.clock.passes(until - theatre.clock.true - 1)
    kept, theatre.settings = theatre.settings, opening.start.pair
    theatre.unwritable_until = theatre.unreadable_until = -1.0
    for phase in (Phase.TOOK_EFFECT, Phase.DID_NOT, Phase.FAILED):
        theatre.told(lambda end=phase: close(theatre.last.desk, run, CAROL, end))  # type: ignore[misc]
        if not unknown(theatre, opening):
            theatre.wrong("I7", f"told as {phase} {until - theatre.clock.true:.0f} s before it must have ended")
            return
    theatre.settings = kept


def decided(theatre: Theatre, opening: Opening) -> None:
    """I7 and I10: long afterwards somebody says that it worked in part, and the next command needs a reason."""
    if not (run := unknown(theatre, opening)):
        return None
    theatre.settings, desk = opening.start.pair, theatre.last.desk
    theatre.clock.passes(2 * 24 * 3600)  # also where the clock was set back
    found = theatre.told(lambda: close(desk, run, CAROL, Phase.FAILED))
    if isinstance(found, Refusal):
        return theatre.wrong("I8", f"nobody can ever say how it ended: {found}")
    given = Details(opening.start.details, opening.start.stated)
    for action in ACTIONS:
        more = theatre.told(lambda name=action: ask(desk, ALICE, "london", name, "once more", given))  # type: ignore[misc]
        if isinstance(more, RequestView):
            theatre.wrong("I10", f"{action} needs no acknowledgement after one that worked in part")
            theatre.told(lambda one=more.id: withdraw(desk, one, ALICE))  # type: ignore[misc]
    return None


def one_more(theatre: Theatre, opening: Opening) -> None:
    """I7 and I10: what a next request meets, minutes after the end."""
    phase = [run["phase"] for run in rows(theatre, "SELECT phase FROM run WHERE request_id = ?", opening.request)]
    if phase not in (["unknown"], ["failed"]) and theatre.plan:
        return
    theatre.settings = opening.start.pair
    if phase == ["failed"]:
        theatre.clock.passes(45 * 60)  # past the cool-down
    stated = PLANNED if phase == ["succeeded"] else opening.start.stated
    given = Details(opening.start.details, stated)
    desk = theatre.last.desk
    for action in ACTIONS if len(theatre.plan) < 2 else [opening.start.action]:
        before = rows(theatre, "SELECT count(*) AS n FROM request")
        found = theatre.told(lambda name=action: ask(desk, ALICE, "london", name, "once more", given))  # type: ignore[misc]
        if phase == ["unknown"] and not (isinstance(found, Refusal) and found.reason is Reason.BUSY):
            theatre.wrong("I7", f"{action} can be asked for after an unknown end: {found}")
        if phase == ["failed"] and isinstance(found, RequestView):
            theatre.wrong("I10", f"{action} needs no acknowledgement after a failure")
        if phase == ["succeeded"] and isinstance(found, RequestView) and not is_next(theatre, action):
            theatre.wrong("I10", f"{action} needs no acknowledgement so soon")
        if isinstance(found, RequestView):
            assert before != rows(theatre, "SELECT count(*) AS n FROM request")
            theatre.told(lambda one=found.id: withdraw(desk, one, ALICE))  # type: ignore[misc]


def is_next(theatre: Theatre, action: str) -> bool:
    """Whether it is the next step of the same recovery, as the domain has them."""
    pair = theatre.far.world.pair
    states = (pair.primary.state.value, pair.secondary.state.value)
    steps = {("demoted", "active"): "ha-failback", ("active", "active"): "ha-demote-primary"}
    return steps.get(states) == action


def result(theatre: Theatre, start: Start, request: int, happens: tuple[Placement, ...]) -> Played:
    """What is kept of a play."""
    found = rows(theatre, "SELECT words FROM run WHERE request_id = ?", request)
    effect = any(one.effect for one in theatre.far.world.executions)
    words = found[0]["words"] if found else ""
    return Played(
        world=start.name,
        happened=happens,
        violations=tuple(theatre.violations),
        trace=tuple(gap_of(*one) for one in theatre.trace or ()),
        gaps=theatre.gaps,
        reached=tuple(reason.value for reason, _ in theatre.refusals),
        sent=len(theatre.sent),
        effect=effect,
        outcome=theatre.outcome,
        words=words,
    )


def gap_of(kind: str, state: str) -> Gap:
    name, _, role = kind.partition(" ")
    return Gap(name, role, state)
