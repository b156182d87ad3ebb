"""The few SSH requests that the bot makes on a channel, and every way in which a server can deny them."""

import time
from typing import Any

import paramiko
from paramiko.common import cMSG_CHANNEL_REQUEST

from bot.domain.transport import Unreachable, UnreachableReason

from .connection import Connection
from .deadline import Deadline
from .transcript import clean

# Type, width and height: wide, so that an echo does not wrap; dumb, so that no program draws on it.
TERMINAL = ("dumb", 500, 200)
CLOSING = 2.0  # seconds that a server may take to close a session
AGAIN = 0.05


def open_channel(line: Connection, pty: bool, deadline: Deadline) -> Any:
    """Open a channel on which no command has been requested yet. Raises Unreachable."""
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
    """Open a session. If this is not the first session on the connection, a refusal is tried again for up to CLOSING.

    A server that allows one session at a time may not have closed the last one yet.
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
    """Request the command. Raises Unreachable only if the server refused it.

    Any other error is passed over here: the dialogue then finds out what happened to the command.
    """
    try:
        channel.exec_command(command)
    except Exception:
        if getattr(channel, "denied", False):
            raise Unreachable(UnreachableReason.NO_EXEC) from None


def send_signal(channel: Any, name: str) -> None:
    """Send a signal to the command (RFC 4254, 6.9), which paramiko itself cannot do."""
    message = paramiko.Message()
    message.add_byte(cMSG_CHANNEL_REQUEST)
    message.add_int(channel.remote_chanid)
    message.add_string("signal")
    message.add_boolean(False)
    message.add_string(name)
    channel.transport._send_user_message(message)
