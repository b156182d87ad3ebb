"""The demo's made-up day counts for nothing, tells nobody anything, and is never mixed with what was observed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from bot.domain.situation import SituationCode
from bot.domain.timeline import share
from bot.report import last_day_of
from bot.services.history import ribbon_of
from bot.services.summaries import sum_up
from bot.simulator.past import STORIES
from bot.store import history, maintenance, sightings
from bot.store.made_up import MADE_UP, write_past
from bot.store.tables import Audit, Incident, OutboxMessage, Sighting
from tests.store import given
from tests.support.past import Past

DAY = timedelta(days=1)


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    found = Past(tmp_path)
    write_past(found.store, found.desk.pair("london"), STORIES["london"])
    yield found
    found.store.engine.dispose()


def test_it_is_drawn_and_labelled(past: Past) -> None:
    past.look()
    past.clock.tick(minutes=1)
    london = ribbon_of(past.desk, past.desk.pair("london"), past.clock() - DAY, past.clock())
    assert [one.situation for one in london.stretches] == [
        SituationCode.HEALTHY,
        SituationCode.PRIMARY_SILENT,
        SituationCode.SECONDARY_ALONE,
        SituationCode.FAILED_OVER,
        SituationCode.HEALTHY,
        SituationCode.HEALTHY,  # what was observed has a stretch of its own
    ]
    assert [one.words for one in london.windows] == [MADE_UP]
    assert MADE_UP in last_day_of(past.desk, ("london",), ZoneInfo("UTC")).words


def test_it_counts_for_no_figure(past: Past) -> None:
    now = past.clock()
    known = sightings.stretches(past.store, "london", now - 2 * DAY, past.desk.pair("london").gap)
    assert share(known, now - 2 * DAY, now).known > timedelta(hours=23), "it is there"
    assert not share(known, now - 2 * DAY, now, maintenance.spans(past.store, "london", now - 2 * DAY)).known
    begun = past.clock()
    past.look()
    past.clock.tick(minutes=1)
    assert sum_up(past.desk, given.CHANNEL).known_since == begun


def test_nobody_is_told_and_no_rule_goes_by_it(past: Past) -> None:
    with past.store.reading() as session:
        for table in (Audit, Incident, OutboxMessage):
            assert session.exec(select(table)).all() == []
    assert not maintenance.quiet(past.store)
    past.look()
    assert history.read(past.store, "london").healthy_until == past.clock()


def test_a_pair_that_was_observed_never_gets_one(past: Past) -> None:
    past.look("a/b & <c>")
    for name in ("london", "a/b & <c>"):
        with pytest.raises(ValueError, match="has a past already"):
            write_past(past.store, past.desk.pair(name), STORIES["london"])
    with past.store.reading() as session:
        rows = session.exec(select(Sighting).where(col(Sighting.pair) != "london")).all()
    assert len(rows) == 1
