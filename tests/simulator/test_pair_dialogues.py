"""What a command asks, which answers count, and where the line can be lost: told held against true."""

import time

import paramiko
import pytest

from tests.simulator.conftest import MakePair
from tests.simulator.told import YES, last, state
from tests.support.patience import eventually
from tests.support.ssh_client import Client, converse

LICENCE = "The licence of this server expires in 3 days. Continue anyway? [y/N]: "


def test_status_over_one_connection_many_times(make_pair: MakePair, client: Client) -> None:
    pair = make_pair()
    with client.connected(pair.primary) as connection:
        replies = {converse(connection, "ha-status").out for _ in range(5)}
    assert len(replies) == 1
    assert "- this host" in replies.pop()
    assert [each.line for each in pair.commands] == ["ha-status"] * 5


@pytest.mark.parametrize("answer", ["n", "", "yes please", "Y E S"])
def test_any_other_answer_does_nothing(make_pair: MakePair, client: Client, answer: str) -> None:
    pair = make_pair()
    reply = client.run(pair.secondary, "ha-failover", (YES[0], answer))
    assert (reply.code, state(pair)) == (1, "standby")
    assert "Nothing was done." in reply.out
    assert (last(pair).asked, last(pair).answered, last(pair).started) == ([YES[0]], [answer], False)


def test_no_answer_at_all_does_nothing(make_pair: MakePair, client: Client) -> None:
    pair = make_pair()
    with client.connected(pair.secondary) as connection:
        channel = connection.get_transport().open_session()
        channel.exec_command("ha-failover")
        channel.shutdown_write()
        assert channel.recv_exit_status() == 1
    assert state(pair) == "standby"


@pytest.mark.parametrize(("line", "code"), [("ha-failback", 2), ("ha-frobnicate", 127), ("ha-status; reboot", 127)])
def test_what_is_not_offered_is_refused(make_pair: MakePair, client: Client, line: str, code: int) -> None:
    pair = make_pair()
    before = pair.truth()
    reply = client.run(pair.primary, line)
    assert (reply.code, reply.out) == (code, "")
    assert reply.err
    assert pair.truth() == before


@pytest.mark.parametrize(
    ("when", "told", "effect"),
    [("prompt", -1, False), ("before", -1, False), ("midway", -1, True), ("after", -1, True), ("killed", -1, False)],
)
def test_told_against_true(make_pair: MakePair, client: Client, when: str, told: int, effect: bool) -> None:
    pair = make_pair()
    pair.secondary.cut_line(when)
    assert client.run(pair.secondary, "ha-failover", YES).code == told
    record = last(pair)
    assert (record.started, record.effect) == (when != "prompt", effect)
    assert state(pair) == ("active" if effect else "standby")
    assert client.run(pair.secondary, "ha-status").code == 0, "one cut only"


@pytest.mark.parametrize(("pty", "effect"), [(False, True), (True, False)])
def test_a_client_that_leaves_midway(make_pair: MakePair, client: Client, pty: bool, effect: bool) -> None:
    pair = make_pair(seconds=0.5)
    with client.connected(pair.secondary) as connection:
        channel = connection.get_transport().open_session()
        if pty:
            channel.get_pty()
        channel.exec_command("ha-failover")
        channel.sendall(b"y\n")
        eventually(lambda: pair.truth()["secondary"]["running"])
    assert last(pair).effect is effect, "with a pty the command dies with its line"


@pytest.mark.parametrize(
    ("place", "asked"), [("first", [LICENCE, YES[0]]), ("later", [YES[0], LICENCE]), ("instead", [LICENCE])]
)
def test_an_unknown_question(make_pair: MakePair, client: Client, place: str, asked: list[str]) -> None:
    pair = make_pair()
    pair.secondary.ask_unknown_question(place=place)
    careful = [YES] * asked.index(LICENCE) + [(LICENCE, "")]
    assert client.run(pair.secondary, "ha-failover", *careful).code == 1
    assert (last(pair).started, state(pair)) == (False, "standby")

    pair.secondary.ask_unknown_question(place=place)
    assert client.run(pair.secondary, "ha-failover", *((prompt, "y") for prompt in asked)).code == 0
    assert last(pair).asked == asked
    assert state(pair) == "active", "a blind y goes through, which is what must not happen to the bot"


def test_a_stranger_is_not_admitted(make_pair: MakePair, client: Client) -> None:
    pair = make_pair()
    with pytest.raises(paramiko.AuthenticationException):
        Client(client.user).run(pair.primary, "ha-status")


def test_slow_and_raw(make_pair: MakePair, client: Client) -> None:
    pair = make_pair()
    pair.primary.answer_slowly(0.5)
    pair.primary.print_raw("Primary PAM Server: Aktiv\n")
    started = time.monotonic()
    assert client.run(pair.primary, "ha-status").out == "Primary PAM Server: Aktiv\n"
    assert time.monotonic() - started > 0.5


def test_a_console_that_needs_a_pty(make_pair: MakePair, client: Client) -> None:
    pair = make_pair(needs_pty=True)
    refused = client.run(pair.secondary, "ha-failover")
    assert (refused.code, refused.err) == (1, "This console needs a terminal (pty).\n")
    reply = client.run(pair.secondary, "ha-failover", YES, pty=True)
    assert reply.code == 0
    assert "continue? [y/N]: y\r\n" in reply.out, "a terminal echoes"


def test_a_console_without_exec(make_pair: MakePair, client: Client) -> None:
    pair = make_pair(shell_only=True)
    refused = client.run(pair.primary, "ha-status")
    assert (refused.code, refused.err) == (1, "interactive shell only\n")
    assert pair.commands == []
    with client.connected(pair.secondary) as connection:
        shell = connection.invoke_shell()
        shell.settimeout(5)
        shell.sendall(b"ha-failover\ny\nexit\n")
        said = shell.makefile("rb").read().decode()
    assert "  ha-failover\r\n" in said, "the logon list shows what is offered"
    assert "ha-failover: completed." in said
    assert state(pair) == "active"
