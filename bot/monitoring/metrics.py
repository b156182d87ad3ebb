"""The vital signs and counts for Prometheus. They are computed when Prometheus asks; nothing is kept in between."""

import platform
from collections.abc import Callable, Collection, Iterator
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    StateSetMetricFamily,
)
from prometheus_client.registry import Collector

from bot.domain.errors import Refusal
from bot.domain.request import OPEN_PHASES, Phase
from bot.domain.situation import SituationCode
from bot.monitoring.signs import Trouble, Vitals
from bot.store import Store, metrics
from bot.store.metrics import Counts

ENDS = tuple(phase for phase in Phase if phase not in OPEN_PHASES)
Single = tuple[str, str, float | None]


class Figures(Collector):
    """What /metrics shows. Whatever cannot be known now is left out."""

    def __init__(self, vitals: Callable[[], Vitals], store: Store, pairs: Callable[[], Collection[str]]) -> None:
        self._vitals = vitals
        self._store = store
        self._pairs = pairs

    def collect(self) -> Iterator[Metric]:
        """Yield every metric, as it is now."""
        vitals = self._vitals()
        release = {"version": version("pairkeeper"), "python": platform.python_version()}
        yield InfoMetricFamily("pairkeeper_build", "The release that runs.", release)
        for name, words, value in _singles(vitals):
            if value is not None:
                yield GaugeMetricFamily(f"pairkeeper_{name}", words, value)
        if vitals.connected is not None:
            name = "pairkeeper_slack_connections"
            yield CounterMetricFamily(name, "Socket Mode connections opened.", vitals.connections)
        yield _queues(vitals)
        yield _troubles(vitals)
        yield from self._counted()

    def _counted(self) -> Iterator[Metric]:
        try:
            counted, now = metrics.counts(self._store), self._store.now()
        except Refusal:
            return  # the metric pairkeeper_trouble shows that the database is away
        names = self._known(counted)
        yield _situations(names, counted)
        ages = {pair: (now - at).total_seconds() for pair, (_, at) in counted.seen.items() if pair in names}
        yield _by("pair_look_age_seconds", "Time since the pair was last looked at.", "pair", ages)
        incidents = {pair: counted.open_incidents.get(pair, 0) for pair in names}
        yield _by("incidents_open", "Open incidents.", "pair", incidents)
        requests = {pair: counted.open_requests.get(pair, 0) for pair in names}
        yield _by("requests_open", "Requests that are neither decided nor expired.", "pair", requests)
        open_runs = {phase.value: counted.runs.get(phase, 0) for phase in OPEN_PHASES}
        yield _by("runs_open", "Runs without an outcome, by phase; unknown ones hold their pair.", "phase", open_runs)
        ended = CounterMetricFamily("pairkeeper_runs", "Runs that came to their end, by outcome.", labels=["outcome"])
        for phase in ENDS:
            ended.add_metric([phase.value], counted.runs.get(phase, 0))
        yield ended

    def _known(self, counts: Counts) -> list[str]:
        """Return the pairs in the settings, or the observed ones if the settings cannot be read."""
        try:
            return sorted(self._pairs())
        except Refusal:
            return sorted(counts.seen)


def registry(figures: Figures) -> CollectorRegistry:
    """Return a registry with only these figures.

    The library's own registry adds figures of the process that nobody asked for.
    """
    collectors = CollectorRegistry(auto_describe=False)
    collectors.register(figures)
    return collectors


def _singles(vitals: Vitals) -> Iterator[Single]:
    connected = None if vitals.connected is None else float(vitals.connected)
    yield "ready", "Whether it can do what it is for.", float(vitals.ready())
    yield "slack_connected", "Whether the Socket Mode connection answers.", connected
    silence = None if vitals.connected is None else vitals.silence
    yield "slack_silence_seconds", "Time since anything at all was heard from Slack.", silence
    yield "slack_envelope_age_seconds", "Time since Slack's last command, click, form or event.", vitals.envelope
    yield "scheduler_tick_age_seconds", "Time since something was last done by the clock.", vitals.tick
    yield "database_write_seconds", "How long the last small write took.", vitals.database
    yield "database_write_age_seconds", "Time since the database was last written.", vitals.written
    yield "posts_undelivered", "Messages that Slack has still to show.", float(vitals.undelivered)
    yield "post_oldest_age_seconds", "How long the oldest of them waits; 0 without one.", vitals.oldest or 0.0
    if canary := vitals.canary:
        yield "canary_age_seconds", "Time since a canary last came back.", canary.back
        yield "canary_sent_age_seconds", "Time since Slack last took one.", canary.taken
        yield "canary_round_trip_seconds", "How long the last one took through Slack and back.", canary.round_trip


def _by(name: str, words: str, label: str, values: dict[str, float] | dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"pairkeeper_{name}", words, labels=[label])
    for labelled, value in sorted(values.items()):
        family.add_metric([labelled], value)
    return family


def _queues(vitals: Vitals) -> Metric:
    return _by("queue_length", "Things that wait for a worker.", "pool", dict(vitals.queues))


def _troubles(vitals: Vitals) -> Metric:
    wrong = vitals.troubles()
    return _by(
        "trouble", "Whether this is wrong.", "trouble", {trouble.value: float(trouble in wrong) for trouble in Trouble}
    )


def _situations(pairs: list[str], counts: Counts) -> StateSetMetricFamily:
    """Return one series per pair and situation. All are 0 for a pair that was never observed."""
    states = StateSetMetricFamily("pairkeeper_pair_situation", "What the pair showed last.", labels=["pair"])
    for pair in pairs:
        now, _ = counts.seen.get(pair, ("", None))
        states.add_metric([pair], {name.value: name.value == now for name in SituationCode})
    return states
