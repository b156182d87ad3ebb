"""A console, and an sshd that the tests share as long as they leave it as it was."""

from collections.abc import Iterator

import pytest

from bot.ssh import SshClient
from tests.ssh.sshd import Sshd, running


@pytest.fixture
def console() -> Iterator[SshClient]:
    """Closed at the end."""
    console = SshClient()
    yield console
    console.close()


@pytest.fixture(scope="session")
def shared() -> Iterator[Sshd]:
    """An sshd with three host keys that nobody stops, freezes or reconfigures."""
    with running("ed25519", "rsa", "ecdsa") as sshd:
        yield sshd


@pytest.fixture
def sshd(shared: Sshd) -> Sshd:
    """The shared one, with an empty truth."""
    shared.truth.unlink(missing_ok=True)
    return shared


@pytest.fixture
def own() -> Iterator[Sshd]:
    """An sshd for this test alone, to be ill-treated."""
    with running() as sshd:
        yield sshd
