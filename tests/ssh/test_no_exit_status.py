"""Servers that close the channel without an exit status: a whole answer is one, a changing command's end is unknown."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.check.servers import servers
from bot.domain.observation import own_state
from bot.domain.outcome import Outcome, give_up
from bot.domain.pair import CommandLine, Labels, Role, Server
from bot.domain.status import State
from bot.domain.transport import Ending, Reply
from bot.services.observation import read
from bot.simulator.stage import make_key
from bot.ssh import SshClient
from tests.check.odd_appliance import odd_appliance
from tests.domain.build import ACTIONS, pair, says, seen, server

AT = datetime(2026, 11, 30, 3, tzinfo=UTC)
WHOLE = (
    "Primary PAM Server        Active\n"
    "  10.0.0.11               - this host\n"
    "Secondary PAM Server      Standby\n"
    "  10.0.0.12\n"
    "High Availability status  OK\n"
    "SMB share                 not configured (recommended)\n"
)


@pytest.fixture
def console() -> Iterator[SshClient]:
    console = SshClient()
    yield console
    console.close()


def at(port: int, host_key: str, folder: Path) -> Server:
    key = folder / "id_ed25519"
    if not key.exists():
        make_key(folder)
    return server(Role.PRIMARY, host="127.0.0.1", port=port, host_key=host_key, key=str(key))


@pytest.mark.parametrize("manner", ["says ", "ends "])
def test_a_whole_answer_is_an_answer_on_a_line_that_stays(console: SshClient, tmp_path: Path, manner: str) -> None:
    with odd_appliance(manner + WHOLE) as (port, host_key):
        way = at(port, host_key, tmp_path)
        for _ in range(3):
            assert console.probe(way, "ha-status", 10) == Reply(WHOLE, None, Ending.CLOSED)
        one = pair(primary=way, commands={"ha-status": CommandLine("ha-status", (), 10.0)})
        found = next(iter(f for f in servers(console, one) if f.what == f"primary 127.0.0.1:{port}"))
        assert found.right, found
        with console.open(way, 10) as session:
            own = session.run("ha-status", 10)
            assert own_state(one, read(one, Role.PRIMARY, own, AT)) is State.ACTIVE
            reply = session.converse("ha-failover", (), {}, {}, 10, lambda _index: True)
            assert reply.ending is Ending.CLOSED


@pytest.mark.parametrize(
    "text",
    [
        WHOLE[: WHOLE.index("High")],
        WHOLE[: WHOLE.index("SMB")],
        WHOLE.rstrip("\n"),
        WHOLE.replace("Secondary PAM Server      Standby\n", ""),
        "",
    ],
)
def test_what_may_have_been_cut_off_is_no_answer(text: str) -> None:
    found = read(pair(), Role.PRIMARY, Reply(text, None, Ending.CLOSED), AT)
    assert found.report is None
    assert found.asked


def test_what_a_pair_does_not_print_is_not_missed() -> None:
    without = pair(labels=Labels(share=""))
    text = WHOLE[: WHOLE.index("SMB")]
    assert read(without, Role.PRIMARY, Reply(text, None, Ending.CLOSED), AT).report
    floats = pair(floating_ip="10.0.0.10")
    assert read(floats, Role.PRIMARY, Reply(WHOLE, None, Ending.CLOSED), AT).report is None
    with_it = WHOLE.replace("Secondary PAM", "Floating IP address       10.0.0.10\nSecondary PAM")
    assert read(floats, Role.PRIMARY, Reply(with_it, None, Ending.CLOSED), AT).report


def test_of_a_changing_command_it_tells_neither_success_nor_failure() -> None:
    reply = Reply("done\n", None, Ending.CLOSED, answered=1)
    before = seen(says(Role.PRIMARY, State.ACTIVE), says(Role.SECONDARY, State.STANDBY))
    aim = ACTIONS["ha-failover"].aim
    judged = give_up(aim, Role.SECONDARY, reply, before, before)
    assert judged.outcome is Outcome.UNKNOWN
    assert "neither success nor failure" in judged.words
    after = seen(says(Role.PRIMARY, State.DEMOTED), says(Role.SECONDARY, State.ACTIVE))
    assert give_up(aim, Role.SECONDARY, reply, before, after).outcome is Outcome.SUCCEEDED
