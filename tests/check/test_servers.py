"""What the check says of a server that gives no commands: what that is, and what can be done about it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.check import Finding
from bot.check.servers import SHELL, servers
from bot.domain.pair import CommandLine, Login, Role
from bot.simulator.pair import SimulatedPair
from bot.simulator.stage import make_key
from bot.ssh import SshClient
from tests.check.odd_appliance import odd_appliance
from tests.domain.build import pair, server

STATUS = {"ha-status": CommandLine("ha-status", (), 2.0)}


@pytest.fixture
def console() -> Iterator[SshClient]:
    one = SshClient()
    yield one
    one.close()


def of_primary(console: SshClient, folder: Path, port: int, host_key: str, **changes: Any) -> Finding:
    """The finding about a Primary that is there."""
    key = str(folder / "id_ed25519")
    way = server(Role.PRIMARY, host="127.0.0.1", port=port, host_key=host_key, key=key, **changes)
    one = pair(primary=way, secondary=replace(way, port=1), commands=STATUS)
    return next(found for found in servers(console, one) if found.what == f"primary 127.0.0.1:{port}")


def test_a_shell_only_appliance_is_refused_with_a_sentence(console: SshClient, tmp_path: Path) -> None:
    _, public = make_key(tmp_path)
    with SimulatedPair("london", client_key=public, shell_only=True) as simulated:
        found = of_primary(console, tmp_path, simulated.primary.port, simulated.primary.host_key)
    assert not found.right
    assert "interactive shell only" in found.words
    assert found.remedy.startswith(SHELL)
    assert 'there is no mode = "shell" yet' in found.remedy
    assert "labels" not in found.remedy


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ("no exec", "it gives an interactive shell only"),
        ("menu", "ha-status: it asked a question I do not know: 'Management Interface"),
        ("prompt", "ha-status: no end within its time: 'Welcome"),
    ],
)
def test_each_way_in_which_a_shell_shows(console: SshClient, tmp_path: Path, manner: str, words: str) -> None:
    make_key(tmp_path)
    with odd_appliance(manner) as (port, host_key):
        found = of_primary(console, tmp_path, port, host_key)
    assert not found.right
    assert found.words.startswith(words)
    assert found.remedy.startswith(SHELL)


@pytest.mark.parametrize("pty", [True, False])
def test_one_that_hangs_without_a_word_is_no_shell(console: SshClient, tmp_path: Path, pty: bool) -> None:
    make_key(tmp_path)
    with odd_appliance("mute") as (port, host_key):
        found = of_primary(console, tmp_path, port, host_key, pty=pty)
    assert (found.words, found.remedy) == (
        "ha-status: no end within its time",
        "Try the line by hand; see pty and prefix.",
    )


def test_a_refused_terminal_has_its_own_remedy(console: SshClient, tmp_path: Path) -> None:
    make_key(tmp_path)
    with odd_appliance("no pty") as (port, host_key):
        found = of_primary(console, tmp_path, port, host_key, pty=True)
    assert found.words == "it refused a terminal (pty)"
    assert found.remedy.startswith("Take pty = true out of the pairs file")


@pytest.mark.parametrize("where", ["host", "jump.host"])
def test_a_name_that_leads_to_the_floating_ip_is_found(console: SshClient, tmp_path: Path, where: str) -> None:
    """A name is looked up by the check alone: the file's reader compares what is written."""
    key, _ = make_key(tmp_path)
    way = server(Role.PRIMARY, host="127.0.0.1", port=1, key=str(key))
    named = replace(way, host="localhost")
    primary = named if where == "host" else replace(way, jump=Login("localhost", "jump", way.host_key, 1, str(key)))
    one = pair(primary=primary, secondary=replace(way, host="127.0.0.2"), floating_ip="127.0.0.1")
    found = {finding.what: finding for finding in servers(console, one)}
    assert not found[f"primary {where}"].right
    assert found[f"primary {where}"].words == (
        "localhost is the floating IP 127.0.0.1, which moves to the other server at a failover"
    )
    assert found[f"primary {where}"].pair == one.name, "the pair is not armed"
    assert "secondary host" not in found
    without = replace(one, floating_ip="192.0.2.99")
    assert not [finding for finding in servers(console, without) if finding.what == f"primary {where}"]
