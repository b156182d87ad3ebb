"""The fault table: what the console tells, against what the command did. It may not know; it may not lie.

Each row is a fault of the line, the server or the command, made on a real sshd while a command is at work that
writes `begun`, works for a while and writes `done`. Eight rows are played at a time, as most of the time is waiting.
`pytest -s` prints the table.
"""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.domain.transport import Ending, Unreachable
from tests.ssh.faults import CASES, HALF, NOTHING, SILENT, WHOLE, WORK, Record, Row, name_of, play
from tests.ssh.sshd import Sshd
from tests.support import netns
from tests.support.patience import eventually

pytestmark = [pytest.mark.proof, pytest.mark.needs("sshd")]


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    """Every row that this machine can play."""
    cases = [case for case in CASES if not case[0].space or netns.missing() is None]
    with ThreadPoolExecutor(8) as crew:
        records = dict(zip(map(name_of, cases), crew.map(play, cases), strict=True))
    for name, record in records.items():
        print(f"\n{name:50} {record}", end="")
    return records


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=name_of(case), marks=pytest.mark.needs("netns") if case[0].space else ()) for case in CASES],
)
def test_told_against_true(case: tuple[Row, bool, bool], records: dict[str, Record]) -> None:
    row, pty, asks = case
    record = records[name_of(case)]
    told, truth = row.expected(asks)
    assert record.truth == truth[pty], record.told
    if isinstance(record.told, Unreachable):
        assert (record.told.why, None) == told
        assert record.truth == NOTHING, "it said that nothing was sent"
        return
    assert (record.told.ending, record.told.exit) == told
    assert record.told.answered == (1 if asks else 0)
    if record.told.ending is Ending.EXITED:
        assert (record.told.exit == 0) == (record.truth == WHOLE), "a definite word that is untrue"


BOT = """
import sys
from bot.ssh import SshClient
from bot.domain.pair import Server
host, user, pin, port, key, pty, line = sys.argv[1:]
with SshClient().open(Server(host, user, pin, int(port), key, pty=pty == "True"), 5) as session:
    session.run(line, 20)
"""


@pytest.mark.parametrize("pty", [False, True], ids=["no pty", "pty"])
def test_the_bot_is_killed_midway(own: Sshd, pty: bool) -> None:
    """Nobody is told anything; without a terminal the command runs on, with one it dies half-way."""
    server = own.server()
    words = [server.host, server.user, server.host_key, str(server.port), str(server.key), str(pty), SILENT]
    bot = subprocess.Popen([sys.executable, "-c", BOT, *words])
    eventually(lambda: own.done)
    bot.kill()
    bot.wait()
    time.sleep(WORK + 0.3)
    assert own.done == (HALF if pty else WHOLE)
