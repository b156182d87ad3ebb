"""A real bot as its own process: canary, ports, second way out, heartbeat, JSON logs, and a deaf one that ends."""

import json
import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.manifest import manifest
from bot.monitoring.watch import EXIT_DEAF
from bot.registry import load_commands
from bot.simulator.slack import LocalSlack
from bot.simulator.stage import free_port
from tests.e2e.play import Play
from tests.monitoring.running import CANARY, EVERY, get, ready, settings
from tests.monitoring.sink import Sink
from tests.monitoring.swallow import Swallow

SLOWER = 12  # where it is measured in canaries: beside it a round of the watch, a second, is small


def canaries(slack: LocalSlack) -> list[str]:
    return [m["text"].splitlines()[0] for m in slack.messages(CANARY) if "canary" in m["text"]]


@pytest.mark.parametrize(
    "http", [pytest.param(False, id="socket mode"), pytest.param(True, id="http", marks=pytest.mark.proof)]
)
def test_it_hears_itself_and_tells_how_it_is(tmp_path: Path, http: bool) -> None:
    port = free_port()
    with Sink() as sink:
        heartbeat = f"http://{sink.place}/beat/k3y-0123456789"
        more = settings(port, sink, PAIRKEEPER_HEARTBEAT_URL=heartbeat)
        with Play(tmp_path, {"state": "split-brain"}, http=http, **more) as p:
            said = ready(p, port)
            assert said["troubles"] == {}
            assert get(port, "/healthz")[0] == 200
            assert get(port, "/nothing")[0] == 404
            p.wait(lambda: [path for _, path, _ in sink.heard] == ["/beat/k3y-0123456789"])
            p.type(p.alice, "/ha-status london")
            p.reads(p.alice, "split brain")
            figures = metrics(port)
            assert figures["pairkeeper_pair_situation", "london", "split_brain"] == 1
            assert figures["pairkeeper_pair_situation", "london", "healthy"] == 0
            assert figures["pairkeeper_canary_round_trip_seconds",] >= 0
            assert figures["pairkeeper_ready",] == 1
            assert (("pairkeeper_slack_connected",) in figures) is not http
            assert len(canaries(p.slack)) == 1, "one message is kept and edited"
            check = p.stage.command("check")
            assert "ready" in check.stdout
            assert "bot" in check.stdout
            assert said["vitals"]["unread"] is None
            p.stage.config.write_text("[pairs.london", encoding="utf-8")
            p.wait(lambda: json.loads(get(port, "/readyz")[1])["vitals"]["unread"] is not None)
        assert sink.titles() == []
        lines = [json.loads(line) for line in p.stage.log.read_text().splitlines()]
        assert {"time", "level", "logger", "message"} <= set(lines[0])
        for secret in (p.slack.bot_token, p.slack.app_token, p.slack.signing_secret, "k3y-0123456789"):
            assert secret not in p.stage.log.read_text()


def metrics(port: int) -> dict[tuple[str, ...], float]:
    """Every sample of /metrics by its name and the values of its labels, as Prometheus' own parser reads it."""
    status, text = get(port, "/metrics")
    assert status == 200
    families = list(text_string_to_metric_families(text))
    assert all(family.documentation for family in families)
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def hushed(slack: LocalSlack) -> None:
    """From now on Slack sends no events of messages, and takes everything else, as after a fault of its own."""
    manifest = slack.now(lambda w: w.manifest.raw)
    manifest["settings"]["event_subscriptions"]["bot_events"] = ["app_mention"]
    slack.install(manifest)


@pytest.mark.proof
def test_cut_off_from_slack_it_says_so_past_slack_and_that_it_is_back(tmp_path: Path) -> None:
    port = free_port()
    dead = "json://somebody:pa55word-1@127.0.0.1:9/s3cret-0123456789"
    with Sink() as sink:
        urls = {"PAIRKEEPER_ALARM_URLS": f"json://{sink.place}/k3y-0123456789 {dead}"}
        urls["PAIRKEEPER_CANARY_SECONDS"] = str(SLOWER)
        with Play(tmp_path, {}, **settings(port) | urls) as p, Swallow(p.slack.url) as proxy:
            cut_off(p, proxy, sink, port)
        log = p.stage.log.read_text()
        assert "the alarm could not be given to address 2" in log
        for secret in ("pa55word-1", "s3cret-0123456789", "k3y-0123456789", p.slack.bot_token, p.slack.app_token):
            assert secret not in log


def cut_off(p: Play, proxy: Swallow, sink: Sink, port: int) -> None:
    """No byte passes for a while."""
    p.stage.stop()
    proxy.before(p.slack)
    p.stage.start()
    ready(p, port)
    began = time.monotonic()
    proxy.swallow(new=True)
    p.wait(sink.titles)
    told = sink.heard[0][0] - began
    print(f"cut off, canary every {SLOWER} s: told past Slack after {told:.1f} s, {told / SLOWER:.1f} canaries")
    assert told <= 2 * SLOWER
    assert get(port, "/readyz")[0] == 503
    assert metrics(port)["pairkeeper_trouble", "deaf"] == 1
    time.sleep(5 * SLOWER)
    assert p.stage.bot is not None
    assert p.stage.bot.poll() is None, "where Slack cannot be reached, a new start helps nobody"
    proxy.heal()
    p.wait(lambda: sink.titles() == ["Pairkeeper is deaf", "Pairkeeper is back"])
    assert "work at the servers by hand" in sink.bodies()[0]
    ready(p, port)


@pytest.mark.proof
def test_deaf_although_slack_is_there_it_ends_once_to_be_started_anew(tmp_path: Path) -> None:
    port = free_port()
    with Sink() as sink, Play(tmp_path, {}, **settings(port, sink)) as p:
        ready(p, port)
        hushed(p.slack)
        bot = p.stage.bot
        assert bot is not None
        assert bot.wait(120) == EXIT_DEAF
        assert sink.titles() == ["Pairkeeper is deaf"]
        assert "taking a fresh connection" in p.log()
        p.stage.start()
        time.sleep(5 * EVERY)
        assert p.stage.bot is not None
        assert p.stage.bot.poll() is None, "this one never heard anything: another start would not help"
        p.slack.install(p.slack.now(lambda w: w.manifest.raw) | manifest(load_commands()))
        p.wait(lambda: sink.titles() == ["Pairkeeper is deaf", "Pairkeeper is back"])
