"""The local port: what it answers, on this machine only, and what happens where it cannot be had."""

import json
import re
import socket
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from bot.domain.errors import Refusal, RefusalCode
from bot.domain.situation import SituationCode
from bot.monitoring.metrics import Figures, registry
from bot.monitoring.port import Port
from bot.monitoring.senses import Hearing, Sources, VitalSignReader
from bot.simulator.stage import free_port
from bot.store import Store, canaries, incidents, runs, sightings
from tests.readme import whole_text
from tests.store.given import SPLIT, SUCCEEDED, Clock, asked, seen, sent

Samples = dict[tuple[str, ...], float]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database_url: str, clock: Clock) -> Iterator[Store]:
    store = Store(database_url, clock)
    yield store
    store.engine.dispose()


def senses(store: Store, channel: str = "C1", connected: bool | None = True) -> VitalSignReader:
    hearing = Hearing(2.0, 30.0, connected, 4, 500.0, True)
    found = VitalSignReader(
        Sources(store, lambda: hearing, lambda: ("looks", 1.5), lambda: {"run": 0, "work": 7}, channel, 60.0)
    )
    found.look()
    return found


def drawn(store: Store, pairs: Callable[[], list[str]] = lambda: ["london", "paris"], **more: object) -> Samples:
    """Every sample by name and labels, as Prometheus' own parser reads what is served."""
    port = Port(found := senses(store, **more), registry(Figures(found.vitals, store, pairs)))  # type: ignore[arg-type]
    number = port.start(free_port())
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{number}/metrics", timeout=5) as answer:
            families = list(text_string_to_metric_families(answer.read().decode()))
    finally:
        port.stop()
    assert all(family.documentation for family in families)
    for family in families:
        assert family.name.startswith("pairkeeper_"), "one prefix"
        assert not family.name.endswith(("_ms", "_minutes", "_percent")), "base units"
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_every_figure_is_what_the_tables_say(store: Store, clock: Clock) -> None:
    number = canaries.send(store, "C1", "17.1", "a")
    canaries.taken(store, number)
    clock.tick(seconds=0.5)
    canaries.back(store, number, "C1", "17.1", "b")
    runs.end(store, sent(store, "paris").id, SUCCEEDED, seen("paris"), "text")
    asked(store, "london")
    sightings.see(store, seen("london", *SPLIT))
    clock.tick(seconds=40)
    found = drawn(store)
    assert found["pairkeeper_canary_round_trip_seconds",] == 0.5
    assert found["pairkeeper_canary_age_seconds",] == 40
    assert found["pairkeeper_pair_situation", "london", "split_brain"] == 1
    assert sum(value for key, value in found.items() if key[:2] == ("pairkeeper_pair_situation", "london")) == 1
    assert sum(value for key, value in found.items() if key[:2] == ("pairkeeper_pair_situation", "paris")) == 0
    assert sum(key[:2] == ("pairkeeper_pair_situation", "paris") for key in found) == len(SituationCode)
    assert found["pairkeeper_pair_look_age_seconds", "london"] == 40
    assert ("pairkeeper_pair_look_age_seconds", "paris") not in found
    assert found["pairkeeper_requests_open", "london"] == 1
    assert found["pairkeeper_requests_open", "paris"] == 0
    assert found["pairkeeper_runs_total", "succeeded"] == 1
    assert found["pairkeeper_runs_open", "unknown"] == 0
    assert found["pairkeeper_posts_undelivered",] > 0
    assert found["pairkeeper_post_oldest_age_seconds",] >= 40
    assert found["pairkeeper_slack_connections_total",] == 4
    assert found["pairkeeper_queue_length", "work"] == 7
    assert found["pairkeeper_scheduler_tick_age_seconds",] == 1.5
    assert found["pairkeeper_ready",] == 1
    assert [key for key in found if key[0] == "pairkeeper_build_info"]


def test_a_pair_that_has_left_the_settings_has_no_figures(store: Store) -> None:
    for pair in ("london", "paris"):
        sightings.see(store, seen(pair, *SPLIT))
        incidents.keep(store, seen(pair, *SPLIT), "C1")
    found = drawn(store, lambda: ["london"])
    assert [key for key in found if "london" in key]
    assert [key for key in found if "paris" in key] == []


def test_every_metric_is_told_of(store: Store) -> None:
    told = whole_text()
    canaries.back(store, canaries.send(store, "C1", "17.1", "a"), "C1", "17.1", "b")
    sightings.see(store, seen())
    names = {key[0] for key in drawn(store)} | {"pairkeeper_canary_sent_age_seconds"}
    assert len(names) > 20
    assert {name for name in names if f"`{name}" not in told} == set()
    assert set(re.findall(r"`(pairkeeper_\w+)", told)) <= names


def test_what_is_not_known_is_left_out(store: Store) -> None:
    found = drawn(store, channel="", connected=None)
    assert not [key for key in found if "canary" in key[0] or "connect" in key[0]]


def test_without_its_database_the_rest_is_told(store: Store) -> None:
    found = senses(store)
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE sighting RENAME TO gone"))

    def pairs() -> list[str]:
        raise Refusal(RefusalCode.SETTINGS_WRONG, mistake="no settings")

    names = {metric.name for metric in registry(Figures(found.vitals, store, pairs)).collect()}
    assert {"pairkeeper_ready", "pairkeeper_trouble"} <= names
    assert "pairkeeper_pair_situation" not in names


def test_it_is_heard_on_this_machine_only(store: Store) -> None:
    port = Port(found := senses(store), registry(Figures(found.vitals, store, list)))
    number = port.start(free_port())
    try:
        assert port._server.socket.getsockname() == ("127.0.0.1", number)
        with urllib.request.urlopen(f"http://127.0.0.1:{number}/readyz", timeout=5) as answer:
            assert json.load(answer)["ready"]
        request = urllib.request.Request(f"http://127.0.0.1:{number}/readyz", method="POST", data=b"x")
        with pytest.raises(urllib.error.HTTPError, match="405"):
            urllib.request.urlopen(request, timeout=5)
    finally:
        port.stop()


def test_a_port_that_is_taken_stops_nothing(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = Port(found := senses(store), registry(Figures(found.vitals, store, list)))
        assert port.start(other.getsockname()[1]) == 0
        assert "going on without /healthz, /readyz and /metrics" in caplog.text
        assert port.start(0) == 0
        port.stop()
