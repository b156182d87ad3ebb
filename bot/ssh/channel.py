"""The few requests made on a channel, with every way they can be denied."""

import time
from typing import Any

import paramiko
from paramiko.common import cMSG_CHANNEL_REQUEST

from bot.domain.transport import Unreachable, UnreachableReason

from .connection import Connection
from .deadline import Deadline
from .transcript import clean

# Wide, so that an echo does not wrap; dumb, so that nothing is drawn.
TERMINAL = ("dumb", 500, 200)
CLOSING = 2.0  # seconds that a server may take to close a session
AGAIN = 0.05


def open_channel(line: Connection, pty: bool, deadline: Deadline) -> Any:
    """A channel on which nothing has been asked for yet; raises Unreachable."""
    channel = None
    try:
        channel = _session(line, deadline)
        channel.set_combine_stderr(True)
        if pty:
            channel.get_pty(*TERMINAL)
    except paramiko.ChannelException as error:
        raise Unreachable(UnreachableReason.NO_EXEC, f"it refused a session: {clean(str(error.text))}") from None
    except Exception:
        if getattr(channel, "denied", False):
            raise Unreachable(UnreachableReason.NO_PTY) from None
        raise Unreachable(
            UnreachableReason.NO_ANSWER, f"{UnreachableReason.NO_ANSWER.value}: the line broke before the command"
        ) from None
    return channel


def _session(line: Connection, deadline: Deadline) -> Any:
    """A session; one that is refused after another one on this line is tried again for a moment.

    A server that allows one at a time may not have closed the last one yet.
    """
    moment = Deadline(min(CLOSING, deadline.left) if line.used else 0.0)
    line.used = True
    while True:
        if line.transport is None:
            raise EOFError
        try:
            return line.transport.open_session(timeout=deadline.left)
        except paramiko.ChannelException:
            if moment.passed:
                raise
            time.sleep(AGAIN)


def send_exec(channel: Any, command: str) -> None:
    """Ask for the command; raises Unreachable only where the server said no, else what came of it is heard."""
    try:
        channel.exec_command(command)
    except Exception:
        if getattr(channel, "denied", False):
            raise Unreachable(UnreachableReason.NO_EXEC) from None


def send_signal(channel: Any, name: str) -> None:
    """A signal to the command (RFC 4254, 6.9), which paramiko cannot send by itself."""
    message = paramiko.Message()
    message.add_byte(cMSG_CHANNEL_REQUEST)
    message.add_int(channel.remote_chanid)
    message.add_string("signal")
    message.add_boolean(False)
    message.add_string(name)
    channel.transport._send_user_message(message)
