"""Once it is connected, `pairkeeper run` says in one line what it does, and then it is quiet."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.lease import release
from bot.manifest import manifest
from bot.registry import load_commands
from bot.simulator import cast
from bot.simulator.pair import SimulatedPair
from bot.simulator.slack import LocalSlack
from bot.simulator.stage import Stage, free_port, make_key, settings_of
from tests.support import databases, forked_bot
from tests.support.patience import eventually


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.proof)], ids=["socket mode", "http"])
def stage(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Two pairs, of which the check has seen one."""
    slack = LocalSlack([*cast.FIVE], cast.channels(), cast.groups(), manifest(load_commands()))
    key, public = make_key(tmp_path)
    london, paris = (SimulatedPair(name, client_key=public) for name in ("london", "paris"))
    people = {"channel": cast.OPS, "requesters": cast.REQUESTERS, "approvers": cast.APPROVERS}
    with slack, london, paris:
        stage = Stage(tmp_path, slack, settings_of([london], key, **people), http=request.param, start=forked_bot.start)
        stage.words = ("run",)
        databases.fresh_sqlite(tmp_path / "pairkeeper.db")
        stage.arm()
        stage.pairs |= settings_of([paris], key, **people)
        stage.write()
        yield stage
        stage.kill()


def lines(stage: Stage) -> list[str]:
    """What was logged, without its time, level and logger, and without what a busy machine gives cause for."""
    logged = [line.split(" ", 4)[4] for line in stage.log.read_text(encoding="utf-8").splitlines()]
    return [line for line in logged if not line.startswith("the clock has jumped ahead")]


def test_one_line_and_then_quiet(stage: Stage) -> None:
    port = free_port()
    stage._more = {"PAIRKEEPER_METRICS_PORT": str(port)}
    stage.start()
    eventually(lambda: lines(stage))
    assert stage.stop() == 0
    first, *rest = lines(stage)
    transport = f"listens for Slack on port {stage.port} (HTTP)" if stage.http else "is connected by Socket Mode"
    assert first == (
        f"Pairkeeper {release()} {transport}; database: SQLite {stage.folder / 'pairkeeper.db'}; armed: london; "
        f"not armed: paris (`pairkeeper check` says why); health and metrics: 127.0.0.1:{port}"
    )
    assert [line.partition(":")[0] for line in rest] == ["stopping", "stopped"]
