"""What an sshd runs for each session (ForceCommand): it carries the session to a simulated pair.

    python -I -S relay.py SOCKET primary|secondary

Standard library only, and nothing of this project: it starts in some 20 ms. `gate.py` has the protocol.
"""

import json
import os
import select
import signal
import socket
import sys


class Relay:
    """One session, between this process's standard streams and the appliance."""

    def __init__(self, path: str, server: str) -> None:
        self._wire = socket.socket(socket.AF_UNIX)
        self._wire.connect(path)
        self._buffer = b""
        self._inputs: list[int | socket.socket] = [self._wire, 0]
        line = os.environ.get("SSH_ORIGINAL_COMMAND")
        self._send({"server": server, "line": line, "pty": os.isatty(0)})

    def run(self) -> int:
        """Carry until the appliance ends the session; gives its exit code, 255 when the world is gone."""
        while True:
            ready, _, _ = select.select(self._inputs, [], [])
            if 0 in ready:
                self._forward()
            if self._wire in ready:
                chunk = self._wire.recv(65536)
                if not chunk:
                    return 255
                *lines, self._buffer = (self._buffer + chunk).split(b"\n")
                for line in lines:
                    code = self._obey(json.loads(line))
                    if code is not None:
                        return code

    def hang_up(self, *_: object) -> None:
        """The terminal went away: the appliance must know, then this process dies as others would."""
        self._send({"hup": True})
        os._exit(129)

    def _forward(self) -> None:
        try:
            data = os.read(0, 65536)
        except OSError:  # a pty whose other side has closed
            data = b""
        if not data:
            self._inputs.remove(0)
        self._send({"in": data.decode(errors="replace")} if data else {"eof": True})

    def _obey(self, message: dict[str, object]) -> int | None:
        for kind, value in message.items():
            match kind:
                case "out" | "err":
                    _print(1 if kind == "out" else 2, str(value).encode())
                case "exit":
                    return int(str(value))
                case "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                case "cut":
                    os.kill(os.getppid(), signal.SIGKILL)  # sshd's process for this connection
                    return 255
        return None

    def _send(self, message: dict[str, object]) -> None:
        self._wire.sendall(json.dumps(message).encode() + b"\n")


def _print(stream: int, data: bytes) -> None:
    while data:
        data = data[os.write(stream, data) :]


def main() -> int:
    """Run the session that sshd started."""
    relay = Relay(*sys.argv[1:3])
    signal.signal(signal.SIGHUP, relay.hang_up)
    return relay.run()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OSError:  # the client or the world is gone: like any command, this one ends
        sys.exit(255)
