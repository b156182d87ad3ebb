"""The audit is appended to and never changed, and played again it gives the states of the tables (I13)."""

import ast
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.errors import Refusal
from bot.domain.outcome import Judgement, Outcome
from bot.domain.pair import Role
from bot.domain.request import OPEN_PHASES, Phase, Stage, Step
from bot.domain.statement import StatementKind
from bot.store import Store, closure, incident_timeline, incidents, outbox, requests, run_progress, runs, sightings
from bot.store.tables import Audit
from bot.views.timeline import lines
from tests.store.given import ASKER, CHANNEL, FIRST, SECOND, SPLIT, Clock, asked, claimed, in_phase, pair, seen
from tests.store.replay import audit, dump, held, replayed
from tests.support.checkout import ROOT

PAIRS = ("london", "paris", "oslo")
CLOSED = (Phase.TOOK_EFFECT, Phase.DID_NOT)
ENDS = (Stage.DENIED, Stage.WITHDRAWN, Stage.VOID, Stage.BY_HAND)
OUTCOMES = (*Outcome, Outcome.NOT_SENT)  # which few of the open runs can come to
STEPS = 8


class Walk:
    """Somebody presses everything in any order; most of it is refused."""

    def __init__(self, store: Store, clock: Clock, chance: random.Random) -> None:
        self.store = store
        self.clock = clock
        self.chance = chance
        self.moves: list[Callable[[], Any]] = [
            *[lambda: asked(store, self.pair(), needed=chance.choice((1, 1, 2)))] * 4,
            *[lambda: requests.approve(store, self.request(), self.person(), self.then(), 15)] * 4,
            lambda: requests.decide(store, self.request(), chance.choice(ENDS), self.person(), "why"),
            lambda: requests.note_by_hand(store, self.request(), self.person()),
            *[lambda: runs.claim(store, self.request(), Role.SECONDARY, seen())] * 4,
            lambda: runs.sending(store, self.run(), asks=chance.random() < 0.7, patience=timedelta(0)),
            lambda: runs.commit_answer(store, self.run(), patience=timedelta(0)),
            lambda: run_progress.stop(store, self.run(), self.person()),
            lambda: run_progress.progress(store, self.run(), chance.choice(list(Step))),
            *[lambda: runs.end(store, self.run(), Judgement(chance.choice(OUTCOMES), "so"), seen(), "text")] * 2,
            *[lambda: closure.close(store, self.run(), self.person(), chance.choice(CLOSED), seen())] * 2,
            lambda: closure.looked_again(store, self.run(), self.person(), seen()),
            lambda: requests.expire(store),
            lambda: requests.remind(store),
            lambda: sightings.state_it(
                store, self.pair(), chance.choice(list(StatementKind)), self.person(), "I saw it"
            ),
            lambda: sightings.arm(store, pair(self.pair())),
            self.deliver,
            self.wait,
        ]

    def step(self) -> None:
        """One of them; a refusal is as good as anything."""
        try:
            self.chance.choice(self.moves)()
        except Refusal:
            return

    def pair(self) -> str:
        return self.chance.choice(PAIRS)

    def person(self) -> str:
        return self.chance.choice((ASKER, FIRST, SECOND))

    def then(self) -> Stage:
        return self.chance.choice((Stage.APPROVED, Stage.WAITING))

    def request(self) -> int:
        """The newest of a pair; now and then an old one."""
        newest = requests.history(self.store, self.pair(), most=2) or requests.history(self.store, None, most=1)
        return newest[-1 if self.chance.random() < 0.1 else 0].id if newest else 1

    def run(self) -> int:
        """One that is open, else any."""
        newest = in_phase(self.store, *OPEN_PHASES) or in_phase(self.store, *Phase)
        return self.chance.choice(newest).id if newest else runs.get(self.store, 0).id

    def wait(self) -> None:
        self.clock.tick(minutes=self.chance.choice((0.1, 0.1, 0.1, 0.1, 1, 1, 8, 16)))

    def deliver(self) -> None:
        for post in outbox.due(self.store):
            outbox.delivered(self.store, post, post.to, post.ts or "1.0")


def walked(store: Store, clock: Clock, rounds: int) -> set[str]:
    """Each round holds that the audit grew and replays; the states that requests and runs came through."""
    walk, before, states = Walk(store, clock, random.Random(3)), dump(store), set()
    for _ in range(rounds):
        for _ in range(STEPS):
            walk.step()
        now = dump(store)
        assert set(before["audit"]) <= set(now["audit"]), "an entry was changed or is gone"
        moved = {name for name in now if now[name] != before[name]}
        assert not moved & {"approval", "statement", "arming"} or "audit" in moved
        assert replayed(store) == held(store)
        states |= set(held(store).values())
        before = now
    return states


def test_the_audit_grows_and_replays_whatever_happens(store: Store, clock: Clock) -> None:
    assert walked(store, clock, rounds=30)


@pytest.mark.proof
def test_the_audit_replays_through_every_state_there_is(store: Store, clock: Clock) -> None:
    assert {*Stage, *Phase} - walked(store, clock, rounds=120) == set()


def test_an_entry_says_who_what_and_when(store: Store, clock: Clock) -> None:
    run = claimed(store)
    clock.tick(seconds=3)
    run_progress.stop(store, run.id, SECOND)
    entries = audit(store)
    assert [(entry.kind, entry.state, entry.who) for entry in entries] == [
        ("request", Stage.PENDING, ASKER),
        ("request", Stage.APPROVED, FIRST),
        ("request", Stage.STARTED, None),
        ("run", Phase.INTENT, None),
        ("stop", None, SECOND),
    ]
    assert {entry.pair for entry in entries} == {"london"}
    assert {entry.request_id for entry in entries} == {run.request_id}
    assert entries[-1].run_id == run.id
    assert entries[-1].at == clock.at
    assert entries[-1].at.utcoffset() == timedelta(0)
    assert '"reason": "the Primary was rebuilt"' in entries[0].data
    assert '"host_key": "ssh-ed25519 AAAA"' in entries[0].data


def test_a_state_without_its_entry_would_be_seen(store: Store) -> None:
    claimed(store)
    assert replayed(store) == held(store)
    with store.writing() as session:
        session.connection().exec_driver_sql("UPDATE run SET phase = 'sending'")
        session.commit()
    assert replayed(store) != held(store)


def test_no_code_changes_or_removes_an_entry() -> None:
    for file in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("update", "delete"):
                assert "Audit" not in {arg.id for arg in node.args if isinstance(arg, ast.Name)}, file


def test_entries_of_older_and_newer_releases_are_read(store: Store, clock: Clock) -> None:
    incidents.keep(store, seen("london", *SPLIT), CHANNEL)
    with store.writing() as session:
        for kind in ("still looking", "still_looking", "a kind of a newer release"):
            session.add(Audit(at=clock(), kind=kind, pair="london", who=FIRST))
    told = lines(incident_timeline.report(store, incidents.all_open(store)[0]))
    assert [line.who for line in told if "still looking" in line.deed] == [FIRST, FIRST]
