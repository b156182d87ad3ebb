"""Servers and jump hosts that allow little at once: looks never compete, and a refusal of ours is nobody's silence."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from bot.domain.transport import Ending, Unreachable, UnreachableReason
from bot.simulator.stage import free_port
from bot.ssh import SshClient
from tests.ssh.sshd import Sshd, running

pytestmark = pytest.mark.needs("sshd")


@pytest.mark.parametrize("most", [1, 2])
def test_looks_that_come_at_once_are_all_answered(console: SshClient, most: int) -> None:
    with running(config=f"MaxSessions {most}\n") as sshd, ThreadPoolExecutor(8) as crew:
        server = sshd.server()
        for _ in range(5):
            told = list(crew.map(lambda _: console.probe(server, "echo x >> $TRUTH; echo here", 20), range(8)))
            assert {(one.ending, one.text) for one in told} == {(Ending.EXITED, "here\n")}
        assert len(sshd.done) < 5 * 8, "those who only wait share a look"


def test_a_command_follows_the_look_on_a_line_with_one_session(console: SshClient) -> None:
    with running(config="MaxSessions 1\n") as sshd:
        for number in range(10):
            with console.open(sshd.server(), 20) as session:
                assert session.run("echo here", 20).text == "here\n"
                reply = session.converse(f"echo {number} >> $TRUTH", (), {}, {}, 20, lambda _index: True)
                assert reply.ending is Ending.EXITED
                assert console.probe(sshd.server(), "echo here", 20).text == "here\n"
        assert sshd.done == [str(number) for number in range(10)]


def test_a_shared_look_begins_after_everybody_who_shares_it_has_asked(console: SshClient, sshd: Sshd) -> None:
    server = sshd.server()
    console.probe(server, "true", 20)
    gate = sshd.folder / "gate"
    line = f"date +%s%N; while [ ! -e {gate} ]; do sleep .05; done"
    began: list[tuple[int, int]] = []

    def look() -> None:
        asked = time.time_ns()
        began.append((asked, int(console.probe(server, line, 60).text)))

    threads = [threading.Thread(target=look) for _ in range(6)]
    try:
        for thread in threads:
            thread.start()
            time.sleep(0.05)
    finally:
        gate.touch()
        for thread in threads:
            thread.join(60)
        gate.unlink()
    assert len(began) == 6
    assert all(asked <= at for asked, at in began)
    assert len({at for _, at in began}) < 6


def test_a_look_that_finds_no_turn_was_not_asked(console: SshClient, sshd: Sshd) -> None:
    server, gate = sshd.server(), sshd.folder / "gate"
    console.probe(server, "true", 20)
    line = f"echo x >> $TRUTH; while [ ! -e {gate} ]; do sleep .05; done"
    holder = threading.Thread(target=lambda: console.probe(server, line, 60))
    holder.start()
    try:
        while not sshd.done:
            time.sleep(0.02)
        with pytest.raises(Unreachable) as told:
            console.probe(server, "true", 0.2)
    finally:
        gate.touch()
        holder.join(60)
        gate.unlink()
    assert told.value.ours
    assert told.value.words == "not asked: earlier looks at it are not back yet"


@pytest.mark.parametrize("startups", ["1", "3", "2:50:4"])
def test_many_servers_behind_a_jump_host_that_takes_few_at_once(console: SshClient, sshd: Sshd, startups: str) -> None:
    with running(config=f"MaxStartups {startups}\n") as jump:
        way = sshd.server(jump=jump.login())
        servers = [replace(way, address=f"10.0.0.{number}") for number in range(24)]
        with ThreadPoolExecutor(24) as crew:
            told = list(crew.map(lambda server: console.probe(server, "echo here", 60).text, servers))
    assert told == ["here\n"] * 24


def test_a_place_at_the_jump_host_that_does_not_come_free_is_no_silence_of_the_server(
    console: SshClient, own: Sshd, sshd: Sshd
) -> None:
    own.freeze()
    way = sshd.server(jump=own.login())

    def look(number: int) -> Unreachable:
        with pytest.raises(Unreachable) as told:
            console.probe(replace(way, address=f"10.0.0.{number}"), "true", 1)
        return told.value

    with ThreadPoolExecutor(6) as crew:
        told = list(crew.map(look, range(6)))
    assert all(one.ours for one in told)
    waited = [one for one in told if one.why is not UnreachableReason.JUMP]
    assert {one.words for one in waited} == {"not asked: too many others were being called through its jump host"}
    assert 1 <= len(waited) <= 3, "three are called at once; one more may just find a place that came free"


def test_a_jump_host_that_is_not_there_is_told_at_once(console: SshClient, sshd: Sshd) -> None:
    with pytest.raises(Unreachable) as told:
        console.probe(sshd.server(jump=sshd.login(port=free_port())), "true", 60)
    assert told.value.why is UnreachableReason.JUMP
    assert told.value.ours
