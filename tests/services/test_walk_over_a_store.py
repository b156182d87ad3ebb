"""The walk over the real desk: what it offers leads to BAU or to the vendor's support, and says what will be lost.

Real are the desk, the store, the run and what the head of the incident shows; the servers are the simulator's model.
Every step is made by a process that has just started. Between two steps one thing happens: a fault, a command typed at
a console, or a statement that ends.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import cycle

import pytest

from bot.domain.errors import Refusal
from bot.domain.pair import Role
from bot.domain.plan import fingerprint
from bot.domain.request import Phase, RequestView
from bot.domain.runbook import CommandStep, ManualStep, VendorCall, halves
from bot.domain.situation import SituationCode
from bot.domain.snapshot import Snapshot
from bot.domain.statement import StatementKind
from bot.services import Details, DetailsNeeded, approve, ask, close, enter_code, key_approval
from bot.services.incident_handling import guide, revoke, state
from bot.simulator.pair.effects import Command
from bot.simulator.pair.world import Degradation, Sickness, State
from bot.store import history, runs
from bot.views.incident import lead
from bot.views.refusals import words as refusal_words
from tests.proof.database import Database
from tests.proof.far_end import lab
from tests.proof.play import set_up
from tests.proof.theatre import ACTIONS, ALICE, BOB, Bot, Theatre, arm, on_stage
from tests.proof.worlds import ADDRESS, CODE, OWN_ROW, Start, True_, bau, but, fresh, start

P, S = Role.PRIMARY, Role.SECONDARY
MOST = 16  # steps: a longer walk goes in circles
WAITING = {SituationCode.CONFLICT, SituationCode.UNKNOWN, SituationCode.UNSEEN, SituationCode.FLAPPING}
NO_WAY = {SituationCode.NO_ACTIVE, SituationCode.NEWEST_GONE, SituationCode.UNDOCUMENTED}
LOST = "changes made only on the Primary are lost"


@dataclass
class Walk:
    """One recovery; `split` is whether the bot could see both active since the pair was healthy."""

    theatre: Theatre
    split: bool = False
    warned: bool = False
    done: list[str] = field(default_factory=list)

    @property
    def truth(self) -> True_:
        return self.theatre.far.world.pair

    def step(self) -> str | None:
        """Do what is next, with what the head of the incident offers; why the walk is over, or None."""
        bot, seen, offered = self.look()
        if seen.situation is SituationCode.HEALTHY:
            return "BAU"
        by_hand, then = halves(seen.steps)
        if any(self.by_hand(bot, seen.situation, step, offered) for step in by_hand):
            return None
        match then:
            case (VendorCall(), *_):
                assert seen.situation in NO_WAY, f"{seen.situation} is led to support, though a way is documented"
                return "support"
            case (CommandStep(action), *_):
                self.press(f"ask:{action}", offered)
                self.command(bot, action)
            case _:
                raise AssertionError(f"nothing can be done in {seen.situation}: {self.done}")
        return None

    def look(self) -> tuple[Bot, Snapshot, set[str]]:
        """A process that has just started looks: what it sees, and what can be pressed for the recovery."""
        bot = self.theatre.restart()
        self.theatre.clock.passes(60)
        seen, incident = guide(bot.desk, bot.desk.pair("london"))
        if incident is None:
            assert seen.situation is SituationCode.HEALTHY
            self.split = False
            return bot, seen, set()
        blocks = lead(incident, ACTIONS)
        self.check_warning(seen, str(blocks))
        rows = [block["elements"] for block in blocks if block["type"] == "actions"]
        return bot, seen, {one["action_id"] for row in rows for one in row}

    def check_warning(self, seen: Snapshot, text: str) -> None:
        """Whoever demoted the Primary: what only it has is lost where it was split off, and nowhere else."""
        states = {role: self.truth.server(lab(role)) for role in Role}
        if all(one.state is State.ACTIVE and one.up and one.reachable and not one.sick for one in states.values()):
            self.split = True
        own = seen.primary.own.value, seen.secondary.own.value
        if own == ("demoted", "active") and seen.situation is not SituationCode.FLAPPING:
            assert (LOST in text) is self.split, f"{seen.situation}, split: {self.split} ({self.done})"
            self.warned = self.warned or self.split

    def press(self, button: str, offered: set[str]) -> None:
        assert button in offered, f"{button} is next, and not offered but {offered or 'nothing'}: {self.done}"
        self.done.append(button)

    def by_hand(self, bot: Bot, name: SituationCode, step: ManualStep, offered: set[str]) -> bool:
        """Do it, and say so where it can be said; whether the bot should look again before anything else."""
        self.done.append(step.words[:40])
        if name in WAITING:
            self.mend()
            return True
        if name is SituationCode.NOT_IN_STEP:
            self.theatre.far.world.update(lambda pair: replace(pair, degraded=None, linked=True))
            return True
        if step.states is StatementKind.OFF:
            self.theatre.far.power(P, on=False)
        if step.deploys:
            self.press(f"pin:{step.deploys}", offered)
            self.deploy(bot, step.deploys, restored=step.states is StatementKind.RESTORED)
        elif step.states:
            self.press(f"state:{step.states}", offered)
            state(bot.desk, ALICE, bot.desk.pair("london"), step.states, "I stand in front of it")
        return bool(step.deploys or step.states)

    def deploy(self, bot: Bot, role: Role, restored: bool) -> None:
        """Another server at the same address, whose host key two people have compared."""
        far = self.theatre.far
        changes = self.truth.backup if restored else ()
        far.rebuilt(role)
        again = {"changes": changes, "sick": None, "reachable": True, "frozen": False}
        far.world.update(lambda pair: replace(fresh(pair, lab(role), **again), linked=True))
        now = bot.desk.pair("london").server(role)
        if now.host_key == far.keys[role]:
            return  # the second replacement of this walk: its key is known
        pin = key_approval.offer(bot.desk, ALICE, "london", role, now.host, now.port, now.address)
        key_approval.approve(bot.desk, pin.id, BOB, fingerprint(pin.host_key)[-6:])

    def command(self, bot: Bot, action: str) -> None:
        given = Details({"address": ADDRESS[S]} if ACTIONS[action].details else {})
        found = asked(bot, action, given)
        if isinstance(found, DetailsNeeded):
            more = dict.fromkeys(found.ways[0] if found.ways else (), "I stand in front of it")
            after = replace(given, statements=more, acknowledgement="it is the next step" if found.after else "")
            found = asked(bot, action, after)
        if isinstance(found, str) and "doesn't answer me" in found:
            self.theatre.far.power(ACTIONS[action].runs_on, on=True)  # a person goes there
            self.theatre.far.heal()
            return
        assert isinstance(found, RequestView), f"{found}: {self.done}"
        bot.does(lambda: approve(bot.desk, found.id, BOB, "london"))
        if ACTIONS[action].secrets:
            bot.does(lambda: enter_code(bot.desk, found.id, ALICE, {"joining_code": CODE}))
        run = runs.latest(bot.desk.store, "london")[0]
        if run.phase is Phase.UNKNOWN:
            close(bot.desk, run.id, BOB, Phase.TOOK_EFFECT)
        if self.truth.replicating and self.truth.primary.state is State.ACTIVE:
            self.split = False  # its run has seen the pair healthy
        self.done.append(f"{action} {run.phase}")

    def mend(self) -> None:
        """A person mends the way, has the servers say what they are, and waits until it rests."""
        self.theatre.far.heal()
        for role in Role:
            self.theatre.far.alter(role, lambda server: replace(server, sick=None))
        self.theatre.clock.passes(660)


def asked(bot: Bot, action: str, given: Details) -> RequestView | DetailsNeeded | str:
    """What comes of asking; the words of a refusal."""
    try:
        return ask(bot.desk, ALICE, "london", action, "the switch failed", given)
    except Refusal as refusal:
        return refusal_words(refusal)


Mishap = Callable[[Walk], object]


def power(role: Role, on: bool) -> Mishap:
    return lambda walk: walk.theatre.far.power(role, on)


def alter(role: Role, **changes: object) -> Mishap:
    return lambda walk: walk.theatre.far.alter(role, lambda server: replace(server, **changes))  # type: ignore[arg-type]


def typed(command: Command) -> Mishap:
    return lambda walk: walk.theatre.far.outside(ACTIONS[command].runs_on, command)


def expire(walk: Walk) -> None:
    walk.theatre.clock.passes(9 * 3600)


def take_back(walk: Walk) -> None:
    desk = walk.theatre.last.desk
    for said in history.read(desk.store, "london").recent_statements:
        revoke(desk, BOB, desk.pair("london"), said.id)


def degrade(walk: Walk) -> None:
    walk.theatre.far.world.update(lambda pair: replace(pair, degraded=Degradation.REPLICATION))


MISHAPS: dict[str, Mishap] = {
    "nothing": lambda walk: None,
    "Primary loses power": power(P, on=False),
    "Primary comes back": power(P, on=True),
    "Secondary loses power": power(S, on=False),
    "Primary is cut from the bot": alter(P, reachable=False),
    "Secondary is cut from the bot": alter(S, reachable=False),
    "Primary prints nonsense": alter(P, sick=Sickness.GARBAGE),
    "Primary says Failed": alter(P, sick=Sickness.FAILED),
    "replication stops": degrade,
    "what was stated expires": expire,
    "what was stated is taken back": take_back,
    **{f"{command} is typed": typed(command) for command in (Command.FAILOVER, Command.FAILBACK)},
    "ha-demote-primary is typed": typed(Command.DEMOTE_PRIMARY),
    "seen, then ha-demote-primary is typed": lambda walk: (walk.look(), typed(Command.DEMOTE_PRIMARY)(walk)),
}
STARTS: dict[str, Callable[[], True_]] = {
    "Primary off": lambda: start("failed-primary"),
    "Primary cut from all": lambda: replace(but(bau(), lab(P), reachable=False), linked=False),
    "Primary unreadable": lambda: but(bau(), lab(P), sick=Sickness.GARBAGE),
    "split brain": lambda: start("split-brain"),
    "failed over": lambda: start("failed-over"),
    "Secondary off": lambda: start("failed-secondary"),
    "both off": lambda: start("both-failed"),
}
LONGEST = ("Primary off", "split brain", "both off")


@pytest.fixture(scope="module")
def database() -> Database:
    return Database()


def walked(database: Database, name: str, mishap: str, after: int) -> tuple[str, Walk]:
    """Where the walk ends from there, when this happens after so many steps; it begins with the pair seen healthy."""
    database.begin(database.empty)
    begin = Start(name, "", bau, settings=OWN_ROW)
    with on_stage(set_up(database, {}, begin, bau(), 0.0)) as theatre:
        arm(theatre, begin.pair)
        walk = Walk(theatre)
        assert walk.step() == "BAU"
        theatre.far.world.update(lambda _: STARTS[name]())
        for count in range(MOST):
            if count == after:
                MISHAPS[mishap](walk)
            if end := walk.step():
                assert theatre.violations == []
                return end, walk
    raise AssertionError(f"still walking after {MOST} steps: {walk.done}")


@pytest.mark.parametrize(("mishap", "name"), list(zip(MISHAPS, cycle(STARTS), strict=False)))
def test_each_mishap_once_and_each_start_at_least_once(database: Database, mishap: str, name: str) -> None:
    assert walked(database, name, mishap, 1)[0] in ("BAU", "support")


@pytest.mark.proof
@pytest.mark.parametrize("mishap", MISHAPS)
def test_the_desk_leads_to_bau_or_to_support(database: Database, mishap: str) -> None:
    walks = [(name, 1) for name in STARTS] + [(name, 2) for name in LONGEST]
    ends = [walked(database, name, mishap, after)[0] for name, after in walks]
    assert ends.count("BAU") >= len(ends) / 2


def test_a_split_brain_that_somebody_ends_at_the_console_is_warned_of(database: Database) -> None:
    end, walk = walked(database, "split brain", "seen, then ha-demote-primary is typed", 0)
    assert end == "BAU"
    assert walk.warned
    assert walk.done == ["ask:ha-failback", "ha-failback succeeded"]
