"""The vendor's four scenarios and what may go wrong in them, with commands that take their time: no line is untrue."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.domain.errors import Refusal
from bot.domain.pair import Role
from bot.domain.request import Phase
from bot.domain.statement import StatementKind
from bot.services import Details, close, stop_waiting
from bot.services.incident_handling import state
from bot.simulator.pair import starts
from bot.simulator.pair.world import Sickness, State
from bot.store import runs, sightings
from bot.views.blocks import section
from tests.proof.clock import START
from tests.proof.worlds import ADDRESS, bau
from tests.told.claims import Claim, Judge
from tests.told.stage import ALICE, CAROL, Stage, in_order

P, S = Role.PRIMARY, Role.SECONDARY
WORDS = "I stand in front of it"
JOINS = {"address": ADDRESS[S]}
TAKES = (1.0, 30.0, 200.0)
Play = Callable[[Stage], None]


def says(stage: Stage, kind: StatementKind) -> None:
    state(stage.desk, ALICE, stage.pair, kind, WORDS)
    stage.look()


def given(*kinds: StatementKind, again: str = "") -> Details:
    return Details(statements=dict.fromkeys(kinds, WORDS), acknowledgement=again)


def failed_primary(stage: Stage, new: State = State.UNPAIRED) -> None:
    stage.off(P)
    stage.clock.passes(60)
    stage.does("ha-failover", given(StatementKind.OFF))
    stage.clock.passes(60)
    if new is State.ACTIVE:
        stage.built(P, new)
        stage.clock.passes(30)
        stage.vouched.add(P)
        says(stage, StatementKind.PRIMARY_DEPLOYED)
    stage.replaced(P, new)
    stage.clock.passes(60)
    if new is State.ACTIVE:
        stage.does("ha-failback", given(StatementKind.PRIMARY_DEPLOYED))
        stage.does("ha-demote-primary", given(StatementKind.PRIMARY_DEPLOYED, again="it refused the failback"))
        stage.vouched.clear()
    stage.does("ha-failback", given(again="the next step") if new is State.ACTIVE else None)


def split_brain(stage: Stage) -> None:
    stage.far.world.update(lambda _: starts.STARTS["split-brain"](bau()))
    stage.note()
    stage.clock.passes(60)
    stage.does("ha-demote-primary")
    stage.clock.passes(60)
    stage.does("ha-failback")


def failed_secondary(stage: Stage) -> None:
    stage.off(S)
    stage.clock.passes(60)
    stage.replaced(S)
    stage.clock.passes(60)
    stage.does("ha-initialise", Details(JOINS))


def both_failed(stage: Stage) -> None:
    stage.off(P)
    stage.off(S)
    stage.clock.passes(60)
    says(stage, StatementKind.BACKUP)
    stage.replaced(P)
    stage.clock.passes(60)
    stage.replaced(S)
    stage.clock.passes(60)
    stage.does("ha-initialise", Details(JOINS, {StatementKind.RESTORED: WORDS}))


SCENARIOS: dict[str, Play] = {
    "1, failed active Primary": failed_primary,
    "1, and the new Primary says Active": partial(failed_primary, new=State.ACTIVE),
    "2, split brain": split_brain,
    "3, failed standby": failed_secondary,
    "4, both failed": both_failed,
}


def goes_off_meanwhile(role: Role, stage: Stage) -> None:
    """A server loses its power while the command is at work, and comes back."""
    stage.far.world.update(lambda _: starts.STARTS["failed-over"](bau()))
    stage.note()
    stage.clock.passes(60)
    stage.later(stage.takes / 2 + 2, lambda: stage.off(role))
    stage.does("ha-failback")
    stage.clock.passes(60)
    stage.on(role)
    stage.clock.passes(60)


def cut_right_before(stage: Stage) -> None:
    """The Primary is gone when the command is to be sent to it."""
    stage.far.world.update(lambda _: starts.STARTS["split-brain"](bau()))
    stage.note()
    stage.clock.passes(60)
    plain = stage.desk.submit
    stage.jobs.clear()
    assert plain == stage.jobs.append
    drain = stage.drain

    def late() -> None:
        stage.off(P)
        drain()

    stage.drain = late  # type: ignore[method-assign]
    stage.does("ha-demote-primary")
    stage.clock.passes(60)


def another_key(role: Role, stage: Stage) -> None:
    """It is silent first, and then shows another host key."""
    stage.off(role)
    stage.clock.passes(60)
    stage.look()
    stage.built(role)
    stage.clock.passes(60)
    stage.look()


def comes_and_goes(stage: Stage) -> None:
    """A look fails now and then."""
    for seconds in (5, 45, 85):
        stage.later(seconds, partial(stage.off, S))
        stage.later(seconds + 16, partial(stage.on, S))
    stage.clock.passes(120)
    stage.off(P)
    stage.later(33, partial(stage.on, P))
    stage.clock.passes(90)


def reply_lost(stage: Stage) -> None:
    """The command is carried out, and nobody hears of it."""
    stage.far.world.update(lambda _: starts.STARTS["split-brain"](bau()))
    stage.note()
    stage.clock.passes(60)
    stage.later(2.5, lambda: stage.losing.add("reply"))
    stage.does("ha-demote-primary")
    stage.clock.passes(60)


def waits_no_more(stage: Stage) -> None:
    """Somebody stops waiting for the end of a command, and says how it ended once that can be known."""
    stage.far.world.update(lambda _: starts.STARTS["split-brain"](bau()))
    stage.note()
    stage.clock.passes(60)
    stage.later(2.5 + stage.takes / 2, lambda: stops_waiting(stage))
    stage.does("ha-demote-primary")
    stage.clock.passes(30)
    stage.look()
    (run,) = runs.latest(stage.store, "london")
    if run.phase is not Phase.UNKNOWN:
        return  # both servers have shown in time how it ended
    stage.clock.passes((run.decidable_at - stage.store.now()).total_seconds() + 40)
    stage.look()
    close(stage.desk, run.id, CAROL, Phase.TOOK_EFFECT)
    stage.deliver()
    stage.clock.passes(30)


def stops_waiting(stage: Stage) -> None:
    """Where its last answer is given and its end has not come."""
    with suppress(Refusal):
        stop_waiting(stage.desk, runs.latest(stage.store, "london")[0].id, CAROL)


def garbage(stage: Stage) -> None:
    """A server prints what nobody can read, and mends."""
    stage.change(P, sick=Sickness.GARBAGE)
    stage.clock.passes(60)
    stage.look()
    stage.change(P, sick=None)


FAULTS: dict[str, Play] = {
    "the Primary prints garbage": garbage,
    "the Primary goes off while the failback is at work": partial(goes_off_meanwhile, P),
    "the Secondary goes off while the failback is at work": partial(goes_off_meanwhile, S),
    "the Primary is gone when the command is to be sent": cut_right_before,
    "the Primary shows another host key": partial(another_key, P),
    "the Secondary shows another host key": partial(another_key, S),
    "servers come and go": comes_and_goes,
    "the reply is lost": reply_lost,
    "somebody waits no more": waits_no_more,
}


PROOF = pytest.mark.proof
ALWAYS = {(name, 1.0) for name in ("2, split brain", "the Primary shows another host key", "servers come and go")}


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    in_order(monkeypatch)
    return Stage(tmp_path)


def played(stage: Stage, takes: float, play: Play) -> Counter[str]:
    """Play it; how much was claimed of each kind, all of it true."""
    stage.takes = stage.far.takes = takes
    stage.clock.passes(30)
    stage.look()
    play(stage)
    stage.clock.passes(60)
    stage.look()
    claims = Judge(stage).claims()
    untrue = [str(one) for one in claims if not one.true]
    assert untrue == [], "\n".join([f"{len(untrue)} of {len(claims)} claims are untrue", *untrue[:20]])
    return Counter(one.kind for one in claims)


def plays(names: Iterable[str]) -> list[object]:
    """Each with each time that a command takes; the proofs play all of them."""
    return [
        pytest.param(name, takes, id=f"{name}, {takes:.0f} s", marks=() if (name, takes) in ALWAYS else PROOF)
        for name in names
        for takes in TAKES
    ]


@pytest.mark.parametrize(("scenario", "takes"), plays(SCENARIOS))
def test_no_line_of_a_scenario_is_untrue(stage: Stage, scenario: str, takes: float) -> None:
    found = played(stage, takes, SCENARIOS[scenario])
    assert stage.incident() == ""
    assert found["state"] > 10
    assert found["situation"] > 20
    assert found["progress"] > 2


@pytest.mark.parametrize(("fault", "takes"), plays(FAULTS))
def test_no_line_is_untrue_when_something_goes_wrong(stage: Stage, fault: str, takes: float) -> None:
    found = played(stage, takes, FAULTS[fault])
    assert sum(found.values()) > 10, found


# --- that an untrue line would be found


def line(stage: Stage, place: str, words: str) -> list[Claim]:
    """What is claimed by a line that is shown now; `{at}` is a time of now."""
    at = f"<!date^{int((START + timedelta(seconds=stage.clock.true)).timestamp())}^{{time}}|x>"
    stage.see(place, "", [section(words.replace("{at}", at))])
    return [claim for claim in Judge(stage).claims() if claim.shown is stage.shown[-1]]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("incident 1", "🔴 london: split brain. Both servers are active. Seen at {at}."),
        ("App Home", "🔴 *london* split brain ({at})"),
        ("end 1", "Before: Primary ACTIVE, Secondary ACTIVE ({at})"),
        ("/ha-status", "🔴 *london: split brain*"),
    ],
)
def test_a_line_is_true_as_long_as_it_is_so(stage: Stage, place: str, words: str) -> None:
    stage.far.world.update(lambda _: starts.STARTS["split-brain"](bau()))
    stage.note()
    stage.clock.passes(10)
    assert [one.true for one in line(stage, place, words)] == [True] * (2 if "ACTIVE" in words else 1)
    stage.off(P)
    stage.clock.passes(20)
    assert not all(one.true for one in line(stage, place, words))


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("end 1", "✅ *london is healthy again* · ha-failback took 31 s"),
        ("end 1", "It returned (exit status 0). ha-failback is done · it took 3 s"),
        ("steps 1", "✅ answered  ✅ finished"),
        ("steps 1", "✅ server verified  ✅ answered"),
        ("meanwhile 1", "🔴 london: I see no active server while ha-failback runs. ({at})"),
        ("incident 1", "I can't reach the Primary: no answer."),
        ("card 1", "*Why* 🟢 healthy: Primary *ACTIVE*, Secondary *no answer* (seen at {at})"),
        ("summary 1", "🟠 *london* no standby ({at}), incident open for 8 min, nobody is on it"),
    ],
)
def test_a_line_that_was_never_so_is_found(stage: Stage, place: str, words: str) -> None:
    stage.far.world.update(lambda _: starts.STARTS["split-brain"](bau()))
    stage.note()
    stage.clock.passes(30)
    found = line(stage, place, words)
    assert found
    assert not all(one.true for one in found)


def test_what_was_told_of_last_shown_as_now_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sightings, "newest_snapshot", lambda *_: None)
    stage.off(S)
    stage.clock.passes(90)
    stage.built(S)
    stage.clock.passes(60)
    assert [one for one in Judge(stage).claims() if not one.true]
