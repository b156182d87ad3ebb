"""A plain SSH client for tests of the lab: paramiko and nothing of the bot."""

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import asyncssh
import paramiko

from bot.simulator.pair import SimulatedServer


@dataclass(frozen=True, slots=True)
class Reply:
    """What the client was told; `code` is -1 when it was told nothing."""

    code: int
    out: str
    err: str


class Client:
    """One user with one key. It accepts only the host key that the server's handle names at that moment."""

    def __init__(self, user: str = "pairkeeper") -> None:
        self.user = user
        key = asyncssh.generate_private_key("ssh-ed25519")
        self.public_key = key.export_public_key().decode().strip()
        self._key = paramiko.Ed25519Key.from_private_key(io.StringIO(key.export_private_key().decode()))

    @contextmanager
    def connected(self, server: SimulatedServer, timeout: float = 60.0) -> Iterator[paramiko.SSHClient]:
        """An open connection; raises what paramiko raises."""
        with paramiko.SSHClient() as client:
            kind, material = server.host_key.split()
            entry = paramiko.hostkeys.HostKeyEntry.from_line(f"[{server.host}]:{server.port} {kind} {material}")
            assert entry is not None
            assert entry.key is not None
            for name in (f"[{server.host}]:{server.port}", server.host):
                client.get_host_keys().add(name, kind, entry.key)
            sock = socket.create_connection((server.host, server.port), timeout)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.connect(
                server.host,
                server.port,
                self.user,
                pkey=self._key,
                sock=sock,
                banner_timeout=timeout,
                auth_timeout=timeout,
                look_for_keys=False,
                allow_agent=False,
            )
            yield client

    def run(
        self,
        server: SimulatedServer,
        line: str,
        *answers: tuple[str, str],
        pty: bool = False,
        timeout: float = 60.0,
    ) -> Reply:
        """Run one line over a fresh connection; each answer is given once its prompt is seen."""
        with self.connected(server, timeout) as client:
            return converse(client, line, *answers, pty=pty, timeout=timeout)


def converse(
    client: paramiko.SSHClient,
    line: str,
    *answers: tuple[str, str],
    pty: bool = False,
    timeout: float = 60.0,
) -> Reply:
    """Run one line over this connection; raises TimeoutError after so many seconds of silence."""
    transport = client.get_transport()
    assert transport is not None
    channel = transport.open_session(timeout=timeout)
    channel.settimeout(timeout)
    if pty:
        channel.get_pty()
    channel.exec_command(line)
    said = b""
    for prompt, answer in answers:
        said += _until(channel, prompt)
        if channel.closed or channel.eof_received:
            break
        channel.sendall(answer.encode() + b"\n")
    said += _rest(channel)
    errors = channel.makefile_stderr("rb").read()
    if not channel.status_event.wait(timeout):
        raise TimeoutError("no exit status")
    return Reply(channel.exit_status, said.decode(), errors.decode())


def _until(channel: paramiko.Channel, prompt: str) -> bytes:
    said = b""
    while not said.endswith(prompt.encode()):
        chunk = channel.recv(4096)
        if not chunk:
            break
        said += chunk
    return said


def _rest(channel: paramiko.Channel) -> bytes:
    said = b""
    while chunk := channel.recv(4096):
        said += chunk
    return said
