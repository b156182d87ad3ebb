"""What the rules read from a pair's history, without a database."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.history import (
    History,
    Sighting,
    after_split,
    flapping,
    horizon,
    interrupted,
    last_split,
    new_primary_since,
    shared_outage,
    statements_in_force,
)
from bot.domain.pair import Role
from bot.domain.pin import PinView, Stage
from bot.domain.request import Phase, RunView
from bot.domain.situation import SituationCode
from bot.domain.statement import Statement, StatementKind
from bot.domain.status import State
from tests.domain.build import look
from tests.reference.worlds import AT, PAIR

A, S, D, SILENT = State.ACTIVE, State.STANDBY, State.DEMOTED, State.SILENT
SITUATIONS = {
    (A, S): SituationCode.HEALTHY,
    (A, A): SituationCode.SPLIT_BRAIN,
    (SILENT, S): SituationCode.PRIMARY_SILENT,
    (SILENT, A): SituationCode.SECONDARY_ALONE,
    (A, SILENT): SituationCode.NO_STANDBY,
    (D, A): SituationCode.FAILED_OVER,
    (D, S): SituationCode.NO_ACTIVE,
}
MINUTE = timedelta(minutes=1)


def ago(minutes: float) -> datetime:
    return AT - minutes * MINUTE


def seen(*rows: tuple[float, State, State]) -> tuple[Sighting, ...]:
    """Sightings that began so many minutes ago, each up to the next one."""
    ends = [*(ago(minutes) for minutes, _, _ in rows[1:]), AT]
    return tuple(
        Sighting(ago(minutes), end, SITUATIONS[own], *own, own)
        for (minutes, *states), end in zip(rows, ends, strict=True)
        for own in [(states[0], states[1])]
    )


def run(sent: float = 20, ended: float | None = 19, **changes: Any) -> RunView:
    """A failover that ended without the expected states."""
    known: dict[str, Any] = {
        "id": 1, "request_id": 1, "pair": "london", "action": "ha-failover", "role": Role.SECONDARY,
        "phase": Phase.FAILED, "started_at": ago(sent), "sent_at": ago(sent), "answered_at": ago(sent),
        "stopped_by": None, "ended_at": None if ended is None else ago(ended), "words": "", "lost": False, "steps": (),
        "before": None, "after": None, "transcript": "", "closed_by": None, "closed_at": None,
    }  # fmt: skip
    return RunView(**(known | changes))


def said(kind: StatementKind, minutes: float, sentence: str = "") -> Statement:
    return Statement(1, kind, "U1", ago(minutes), "seen with my own eyes", sentence)


def pin(minutes: float, key: str = PAIR.primary.host_key) -> PinView:
    """A replacement Primary that was approved so many minutes ago."""
    new = {
        "host_key": key,
        "replaced": {"host_key": "the old one"},
        "decided_at": ago(minutes),
        "stage": Stage.APPROVED,
    }
    more = {"id": 1, "pair": "london", "role": Role.PRIMARY, "host": "h", "port": 22, "address": "10.0.0.11"}
    who = {"stage": Stage.APPROVED, "channel": "C0", "asked_by": "U1", "asked_at": AT, "decided_by": "U2"}
    return PinView(**(new | more | who))  # type: ignore[arg-type]


def in_force(history: History, primary: State = SILENT, secondary: State = S) -> list[StatementKind]:
    probes = (look(Role.PRIMARY, primary), look(Role.SECONDARY, secondary))
    found = statements_in_force(history, PAIR, new_primary_since(history, PAIR), *probes)
    return [one.kind for one in found]


TO_AND_FRO = ((9, A, S), (7, SILENT, S), (5, A, S), (1, SILENT, S))


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (History(AT, sightings=seen(*TO_AND_FRO)), True),
        (History(AT, sightings=seen(*TO_AND_FRO[:3], (4, SILENT, S))), False),
        (History(AT, sightings=seen((30, A, S), (29, SILENT, S), (12, A, S), (1, SILENT, S))), False),
        (History(AT, sightings=seen((9, A, S), (7, A, SILENT), (5, A, S), (1, SILENT, S))), False),
        (History(AT, sightings=seen(*TO_AND_FRO), runs=(run(6, 5),)), False),
        (History(AT, sightings=seen(*TO_AND_FRO), runs=(run(6, None, phase=Phase.SENDING),)), False),
        (History(AT), False),
    ],
    ids=["to and fro", "at rest", "long ago", "three states", "by a command", "a command at work", "never seen"],
)
def test_a_pair_flaps_that_goes_to_and_fro_by_itself(history: History, expected: bool) -> None:
    assert flapping(history, (SILENT, S)) is expected


SPLIT = seen((60, A, S), (50, A, A), (40, D, A))


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (History(AT, sightings=SPLIT, healthy_until=ago(50)), True),
        (History(AT, sightings=SPLIT), True),
        (History(AT, sightings=(*SPLIT, *seen((10, A, S), (5, D, A))), healthy_until=ago(5)), False),
        (History(AT, sightings=SPLIT, healthy_until=ago(50), runs=(run(55, 35),)), False),
        (History(AT, sightings=SPLIT, healthy_until=ago(50), runs=(run(45, 35),)), True),
        (History(AT, sightings=seen((60, D, A)), healthy_until=ago(60)), False),
        (History(AT, sightings=seen((60, D, A)), healthy_until=ago(600), cut=True), True),
    ],
    ids=["split", "never healthy", "healthy since", "by a failover", "before the command", "never", "not known"],
)
def test_after_a_split_counts_unless_a_command_went_through_it(history: History, expected: bool) -> None:
    assert after_split(history) is expected


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (History(AT, sightings=seen((9, A, A), (5, SILENT, A))), True),
        (History(AT, sightings=seen((9, A, A), (7, D, A), (5, SILENT, A))), False),
        (History(AT, sightings=seen((9, A, A), (7, A, SILENT), (5, SILENT, A))), True),
        (History(AT, sightings=seen((9, A, A), (5, SILENT, A)), healthy_until=ago(5)), False),
        (History(AT, sightings=seen((9, A, A), (5, SILENT, A)), statements=(said(StatementKind.OFF, 4),)), False),
        (History(AT, sightings=seen((9, A, A), (5, SILENT, A)), statements=(said(StatementKind.OFF, 8),)), True),
        (History(AT, sightings=seen((5, SILENT, A))), False),
        (History(AT, sightings=seen((5, SILENT, A)), cut=True), True),
    ],
    ids=["split", "demoted since", "peer dim", "healthy since", "off since", "off before", "never", "not known"],
)
def test_the_last_thing_heard_of_a_silent_server_may_be_a_split_brain(history: History, expected: bool) -> None:
    assert last_split(history, look(Role.PRIMARY, SILENT), look(Role.SECONDARY, A)) is expected


OFF = said(StatementKind.OFF, 10)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (History(AT, statements=(OFF,), sightings=seen((20, SILENT, S))), True),
        (History(AT, statements=(OFF,), sightings=seen((20, SILENT, S), (8, A, S), (7, SILENT, S))), False),
        (History(AT, statements=(OFF,), sightings=seen((20, A, S), (10, SILENT, S))), True),
        (History(AT, statements=(OFF,), by_hand_at=ago(9)), False),
        (History(AT, statements=(OFF,), by_hand_at=ago(11)), True),
        (History(AT, statements=(OFF,), runs=(run(9, 8),)), False),
        (History(AT, statements=(said(StatementKind.OFF, 61),)), False),
        (History(AT, statements=(said(StatementKind.OFF, 10, "The Primary at 10.9.9.9 is off."),)), False),
        (History(AT, statements=(OFF,), sightings=seen((5, SILENT, S)), cut=True), False),
    ],
    ids=[
        "fresh",
        "refuted since",
        "as before",
        "by hand",
        "by hand before",
        "a command",
        "old",
        "another",
        "not known",
    ],
)
def test_a_statement_counts_until_something_refutes_it(history: History, expected: bool) -> None:
    assert in_force(history) == [StatementKind.OFF] * expected


def test_a_server_that_answers_now_refutes_that_it_is_off() -> None:
    assert in_force(History(AT, statements=(OFF,)), primary=A) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"sightings": seen((30, A, S))}, True),
        ({"sightings": seen((30, A, S), (5, A, SILENT))}, False),
        ({"stated_at": ago(5)}, False),
        ({"by_hand_at": ago(5)}, False),
        ({"runs": (run(6, 5, phase=Phase.NOT_SENT),)}, False),
    ],
)
def test_a_plan_is_used_up_by_whatever_happens_after_it(changes: dict[str, Any], expected: bool) -> None:
    history = replace(History(AT, statements=(said(StatementKind.PLANNED, 10),)), **changes)
    assert in_force(history, primary=A) == [StatementKind.PLANNED] * expected


def test_that_the_primary_must_be_kept_counts_until_the_pair_is_healthy_again() -> None:
    kept = History(AT, statements=(said(StatementKind.KEEP_PRIMARY, 600),), runs=(run(),), healthy_until=ago(700))
    assert in_force(kept, primary=A) == [StatementKind.KEEP_PRIMARY]
    assert in_force(replace(kept, healthy_until=ago(500)), primary=A) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"runs": ()}, False),
        ({"runs": (run(5, 4, action="ha-failback", phase=Phase.SUCCEEDED), run())}, False),
        ({"runs": (run(5, 4, phase=Phase.NOT_SENT, sent_at=None), run())}, True),
        ({"runs": (run(phase=Phase.UNKNOWN),)}, False),
        ({"by_hand_at": ago(5)}, False),
        ({"pins": (pin(5),)}, False),
        ({"statements": (said(StatementKind.RESTORED, 5),)}, False),
        ({"sightings": seen((20, D, S), (5, D, A))}, False),
        ({"sightings": seen((5, D, S)), "cut": True}, False),
    ],
)
def test_a_failover_is_interrupted_until_something_else_happens(changes: dict[str, Any], expected: bool) -> None:
    history = replace(History(AT, runs=(run(),), sightings=seen((19, D, S))), **changes)
    assert interrupted(history) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ago(30)),
        ({"pins": ()}, None),
        ({"pins": (pin(30, "another key"),)}, None),
        ({"runs": (run(phase=Phase.SUCCEEDED),)}, None),
        ({"by_hand_at": ago(5)}, None),
        ({"sightings": seen((25, A, A), (5, D, A))}, None),
        ({"sightings": seen((25, A, S))}, None),
        ({"sightings": seen((25, A, A)), "cut": True}, None),
    ],
)
def test_a_primary_is_new_until_something_is_done_with_it(changes: dict[str, Any], expected: datetime | None) -> None:
    history = replace(History(AT, pins=(pin(30),), sightings=seen((25, A, A))), **changes)
    assert new_primary_since(history, PAIR) == expected


def test_pairs_that_went_out_of_reach_together_have_something_in_common() -> None:
    gone = History(AT, sightings=seen((60, A, S), (9, SILENT, S)))
    assert shared_outage(gone, [ago(5)])
    assert not shared_outage(gone, [])
    assert not shared_outage(gone, [ago(3.9)])
    assert shared_outage(History(AT, sightings=seen((60, A, S))), [ago(4)]), "what is out of reach now began now"


def test_the_rules_ask_no_further_back_than_they_need() -> None:
    known = History(AT, healthy_until=ago(3))
    assert horizon(known) == ago(10)
    assert horizon(replace(known, healthy_until=ago(700))) == ago(700)
    assert horizon(replace(known, statements=(said(StatementKind.BACKUP, 400),))) == ago(400)
    assert horizon(replace(known, statements=(said(StatementKind.OFF, 400),))) == ago(10), "it counts no more"
    assert horizon(replace(known, pins=(pin(9000),))) == ago(9000)
    assert horizon(replace(known, pins=(pin(9000),), runs=(run(phase=Phase.SUCCEEDED),))) == ago(10)
    assert horizon(replace(known, runs=(run(),))) == ago(19)
