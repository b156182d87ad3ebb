"""The walk: from every state of the truth, always doing what is next leads to BAU or to the vendor's support.

The truth is the simulator's pure model; what the bot sees of it goes through the real layouts, parser, situations,
runbooks and verdicts. After every step the walk is as good as restarted, since nothing but the truth and the
statements is carried on; and a variant lets one thing happen between two steps: a fault, or a step done by hand.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from bot.domain.command import Action
from bot.domain.observation import Observation, Probe
from bot.domain.pair import Labels, PeerRow, Role
from bot.domain.pair import Pair as Settings
from bot.domain.policy import SILENT_LOOKS, next_steps, verdict
from bot.domain.runbook import CommandStep, ManualStep, VendorCall, halves
from bot.domain.situation import SituationCode, assess
from bot.domain.snapshot import snapshot
from bot.domain.statement import Statement, StatementKind
from bot.domain.status import State as Seen
from bot.domain.status import parse
from bot.domain.transport import UnreachableReason
from bot.registry import actions_of, load_commands
from bot.simulator.pair import layouts
from bot.simulator.pair.effects import Command, Refused, carried_out
from bot.simulator.pair.starts import healthy
from bot.simulator.pair.world import Degradation, Pair, Server, Sickness, State, replicated
from bot.simulator.pair.world import Role as There
from bot.views.status import step_buttons
from tests.reference.worlds import PAIR

AT = datetime(2026, 11, 23, 3, tzinfo=UTC)
ACTIONS = actions_of(load_commands())
MOST = 14  # steps: a longer walk goes in circles
WAITING = {
    SituationCode.CONFLICT,
    SituationCode.UNKNOWN,
    SituationCode.UNSEEN,
    SituationCode.FLAPPING,
    SituationCode.MY_NETWORK,
    SituationCode.PRIMARIES_SILENT,
}
SETTINGS: Settings = replace(PAIR, labels=Labels(unpaired="not part of a High Availability pair|not configured$"))


@dataclass
class Walk:
    """The truth, what was stated, what was done so far; `mishap` happens once, after so many steps."""

    truth: Pair
    peer_row: PeerRow = PeerRow.UNPROVEN
    layout: str = "a"
    curable: bool = True
    flapping: bool = False
    others_gone: bool = False
    after_split: bool = False
    split: set[Role] = field(default_factory=set)  # those that were active beside the other when they last answered
    statements: tuple[Statement, ...] = ()
    done: list[str] = field(default_factory=list)

    def see(self) -> Observation:
        pair = replace(SETTINGS, peer_row=self.peer_row)
        both = self._look(Role.PRIMARY), self._look(Role.SECONDARY)
        seen = Observation(pair, *both, self.statements, self.after_split, self.flapping, self.others_gone)
        own = seen.own(Role.PRIMARY), seen.own(Role.SECONDARY)
        # As the desk remembers it: both were seen active since the pair was last healthy.
        after_split = own == (Seen.ACTIVE, Seen.ACTIVE) or (
            self.after_split and assess(seen).name is not SituationCode.HEALTHY
        )
        self.after_split = after_split
        silent = [role for role in Role if seen.own(role) is Seen.SILENT]
        for role in Role:
            if own == (Seen.ACTIVE, Seen.ACTIVE):
                self.split.add(role)
            elif seen.own(role) not in (Seen.SILENT, Seen.UNKNOWN):
                self.split.discard(role)
        return replace(seen, after_split=after_split, last_split=len(silent) == 1 and silent[0] in self.split)

    def _look(self, role: Role) -> Probe:
        there = There(role.value)
        server = self.truth.server(there)
        if not server.up or not server.reachable:
            return Probe(role, AT, None, UnreachableReason.NO_ANSWER, "no answer", SILENT_LOOKS)
        if server.sick is Sickness.GARBAGE:
            text = layouts.GARBAGE
        else:
            text = layouts.LAYOUTS[self.layout].status(self.truth, there, layouts.PeerRow.LIVE)
        return Probe(role, AT, parse(text, SETTINGS.labels))

    def state(self, *kinds: StatementKind) -> None:
        more = tuple(Statement(len(self.done) * 10 + n, kind, "U1", AT, "as said") for n, kind in enumerate(kinds))
        self.statements += more
        self.done.append(f"stated {', '.join(kinds)}")

    def step(self) -> str | None:
        """Do what is next, with what the bot offers for it; why the walk is over, or None."""
        seen = self.see()
        if assess(seen).name is SituationCode.HEALTHY:
            return "BAU"
        offered = {one["action_id"] for one in step_buttons(snapshot(seen), ACTIONS)}
        by_hand, then = halves(next_steps(seen))
        if any(self.by_hand(assess(seen).name, step, offered) for step in by_hand):
            return None
        match then:
            case (VendorCall(), *_):
                return "support"
            case (CommandStep(action), *_):
                self.press(f"ask:{action}", offered)
                self.command(ACTIONS[action], seen)
            case _:
                raise AssertionError(f"nothing can be done in {assess(seen).name}: {self.done}")
        return None

    def press(self, button: str, offered: set[str]) -> None:
        assert button in offered, f"{button} is next, and not offered but {offered or 'nothing'}: {self.done}"
        self.done.append(button)

    def command(self, action: Action, seen: Observation) -> None:
        said = verdict(action, seen)
        if said.needs:
            return self.state(*said.needs[0])  # the form of the request asks for it
        if "doesn't answer me" in said.words:
            return self.bring_back(There(action.runs_on.value))
        assert said.allowed, f"{action.name} is said to be next, and refused: {said.words} ({self.done})"
        role = There(action.runs_on.value)
        answers = {"address": self.truth.secondary.address, "joining_code": self.truth.secondary.joining_code or ""}
        try:
            self.truth = replicated(carried_out(self.truth, role, Command(action.name), answers))
        except Refused as refused:
            raise AssertionError(f"{action.name} is said to be next, and the appliance refuses: {refused}") from None
        self.statements = ()  # what was stated before a command was about another world
        self.done.append(action.name)
        return None

    def by_hand(self, name: SituationCode, step: ManualStep, offered: set[str]) -> bool:
        """Do it, and say so where it can be said; whether the bot should look again before anything else."""
        self.done.append(step.words[:40])
        if name in WAITING and self.mend():
            return True
        if name is SituationCode.NOT_IN_STEP:
            self.truth = replicated(replace(self.truth, degraded=None, linked=True))
            return True
        if step.states is StatementKind.OFF:
            self.off(There.PRIMARY)
        if step.deploys:
            self.press(f"pin:{step.deploys}", offered)
            self.deploy(There(step.deploys.value), restored=step.states is StatementKind.RESTORED)
            return True
        if step.states:
            self.press(f"state:{step.states}", offered)
            self.state(step.states)
        return step.states is not None

    def bring_back(self, role: There) -> None:
        """What runs on a server that does not answer is for a person who goes there."""
        self.truth = self.truth.with_server(replace(self.truth.server(role), powered=True, reachable=True))
        self.done.append(f"{role} brought back")

    def off(self, role: There) -> None:
        self.truth = self.truth.with_server(replace(self.truth.server(role), powered=False))

    def deploy(self, role: There, restored: bool) -> None:
        code = "CODE" if role is There.SECONDARY else None
        data = self.truth.backup if restored else ()
        fresh = Server(role, self.truth.server(role).address, State.UNPAIRED, data, joining_code=code)
        self.truth = replace(self.truth.with_server(fresh), linked=True)

    def mend(self) -> bool:
        """A person mends the way, or has the server say what it is; whether there was anything to mend."""
        before = self.truth, self.flapping
        for role in There:
            server = self.truth.server(role)
            sick = None if self.curable else server.sick
            self.truth = self.truth.with_server(replace(server, reachable=True, sick=sick))
        self.flapping = False
        return before != (self.truth, self.flapping)


BAU = healthy("10.0.0.11", "10.0.0.12", None)


def truths() -> Iterator[tuple[str, Pair]]:
    """Every state of the two servers, each up, off, out of reach or sick, in step or not."""
    own = {There.PRIMARY: (State.ACTIVE, State.DEMOTED, State.UNPAIRED),
           There.SECONDARY: (State.STANDBY, State.ACTIVE, State.UNPAIRED)}  # fmt: skip
    sick = {"failed": {"sick": Sickness.FAILED}, "garbage": {"sick": Sickness.GARBAGE}}
    how: dict[str, dict[str, object]] = {"up": {}, "off": {"powered": False}, "cut": {"reachable": False}, **sick}
    for one in own[There.PRIMARY]:
        for other in own[There.SECONDARY]:
            for first, primary in how.items():
                for second, secondary in how.items():
                    code = "CODE" if other is State.UNPAIRED else None
                    pair = BAU.with_server(replace(BAU.primary, state=one, **primary))  # type: ignore[arg-type]
                    pair = pair.with_server(replace(BAU.secondary, state=other, joining_code=code, **secondary))  # type: ignore[arg-type]
                    yield f"{one} {first} / {other} {second}", replicated(pair)
    yield "degraded", replace(BAU, degraded=Degradation.CONFIGURATION)


TRUTHS = dict(truths())


def walk(walker: Walk, mishap: tuple[int, Callable[[Walk], None]] | None = None) -> str:
    """Where it ends: BAU, or support."""
    for count in range(MOST):
        if mishap and mishap[0] == count:
            mishap[1](walker)
        if end := walker.step():
            return end
    raise AssertionError(f"still walking after {MOST} steps: {walker.done}")


@pytest.mark.parametrize("layout", ["a", "b"])
@pytest.mark.parametrize("peer_row", [PeerRow.UNPROVEN, PeerRow.LIVE])
def test_from_every_state_what_is_next_leads_to_bau_or_to_support(layout: str, peer_row: PeerRow) -> None:
    ends = {name: walk(Walk(truth, peer_row, layout)) for name, truth in TRUTHS.items()}
    assert len(ends) == 226
    assert sum(end == "BAU" for end in ends.values()) > 150
    for name, end in ends.items():
        if end == "support":
            assert undocumented(name), f"{name} is led to support, though a way is documented"


@pytest.mark.parametrize("around", [{"others_gone": True}, {"flapping": True}, {"others_gone": True, "flapping": True}])
def test_what_is_around_the_pair_is_no_dead_end(around: dict[str, bool]) -> None:
    """Other pairs are out of reach for good, as when a site is gone; or the pair goes to and fro for a while."""
    for name, truth in TRUTHS.items():
        assert walk(Walk(truth, **around)) in ("BAU", "support"), name


@pytest.mark.parametrize("name", ["active garbage / standby up", "active garbage / active up"])
def test_a_primary_that_is_never_understood_again_is_replaced(name: str) -> None:
    walker = Walk(TRUTHS[name], curable=False)
    assert walk(walker) == "BAU"
    assert "pin:primary" in walker.done
    assert any("Switch the old Primary off" in one for one in walker.done)


@pytest.mark.parametrize("name", ["active up / active up", "demoted up / active up"])
def test_where_the_primarys_data_must_survive_the_walk_ends_with_support(name: str) -> None:
    walker = Walk(TRUTHS[name], after_split=True)
    walker.press(
        f"state:{StatementKind.KEEP_PRIMARY}",
        {one["action_id"] for one in step_buttons(snapshot(walker.see()), ACTIONS)},
    )
    walker.state(StatementKind.KEEP_PRIMARY)
    before = walker.truth
    assert walk(walker) == "support"
    assert walker.truth == before


def undocumented(name: str) -> bool:
    """No active server, or a fresh Primary beside a standby: the vendor describes no way out."""
    primary, secondary = name.split(" / ")
    return primary.startswith(("demoted", "unpaired")) or secondary.startswith("unpaired")


def power(role: There, on: bool) -> Callable[[Walk], None]:
    def happens(walker: Walk) -> None:
        server = walker.truth.server(role)
        walker.truth = replicated(walker.truth.with_server(replace(server, powered=on)))

    return happens


def cut(walker: Walk) -> None:
    walker.truth = replace(walker.truth, degraded=Degradation.REPLICATION)


def outside(action: str) -> Callable[[Walk], None]:
    """Somebody types the command at the server, outside the bot; when the server refuses, nothing happens."""

    def happens(walker: Walk) -> None:
        role = There(ACTIONS[action].runs_on.value)
        answers = {"address": "10.0.0.12", "joining_code": walker.truth.secondary.joining_code or ""}
        try:
            walker.truth = replicated(carried_out(walker.truth, role, Command(action), answers))
        except Refused:
            return

    return happens


MISHAPS: dict[str, Callable[[Walk], None]] = {
    "Primary loses power": power(There.PRIMARY, on=False),
    "Secondary loses power": power(There.SECONDARY, on=False),
    "Primary comes back": power(There.PRIMARY, on=True),
    "Secondary comes back": power(There.SECONDARY, on=True),
    "replication stops": cut,
    **{f"{name} by hand": outside(name) for name in ACTIONS},
}
STARTS = [name for name in TRUTHS if "garbage" not in name and "cut" not in name]


@pytest.mark.parametrize("each", [4, pytest.param(1, marks=pytest.mark.proof)])
@pytest.mark.parametrize("mishap", MISHAPS)
def test_a_mishap_between_any_two_steps_is_walked_out_of_too(mishap: str, each: int) -> None:
    """From each of the states in the proofs, from a fourth of them always: another one for the next mishap."""
    begins = STARTS[list(MISHAPS).index(mishap) % each :: each]
    assert len(begins) >= len(STARTS) // each > 0
    for name in begins:
        for count in range(5):
            walk(Walk(TRUTHS[name]), (count, MISHAPS[mishap]))


@pytest.mark.parametrize("role", There)
def test_a_server_that_falls_silent_in_a_split_brain_is_not_taken_for_gone(role: There) -> None:
    """It is replaced only after somebody has looked at it; then the other one is led to BAU."""
    walker = Walk(TRUTHS["active up / active up"])
    walker.see()
    power(role, on=False)(walker)
    assert walk(walker) == "BAU"
    assert walker.done[0] == f"Find out whether the {role.value.capitalize()} is still running"[:40], walker.done
    if role is There.PRIMARY:
        assert walker.done.index("state:primary_off") < walker.done.index("pin:primary")


def test_the_vendors_scenarios_are_walked_in_the_vendors_order() -> None:
    def commands(truth: Pair) -> list[str]:
        walker = Walk(truth)
        assert walk(walker) == "BAU"
        return [one for one in walker.done if one.startswith("ha-")]

    assert commands(TRUTHS["active off / standby up"]) == ["ha-failover", "ha-failback"]
    assert commands(TRUTHS["active up / active up"]) == ["ha-demote-primary", "ha-failback"]
    assert commands(TRUTHS["active up / standby off"]) == ["ha-initialise"]
    assert commands(TRUTHS["active off / standby off"]) == ["ha-initialise"]
