"""Waits for the signals that ask this process to end, without losing one."""

import os
import select
import signal


class EndSignal:
    """Lets the main thread wait until the process is asked to end.

    Python runs a signal's handler between two instructions of the main thread, and nothing wakes a thread that waits
    for a lock. A signal that arrives just before that wait, or in another thread, would be forgotten until the wait
    ends. Here each signal leaves a byte in a pipe, and the main thread waits for the pipe.
    """

    def __init__(self, *numbers: signal.Signals) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in numbers:
            signal.signal(number, lambda *_: None)

    def send(self) -> None:
        """Ask the process to end. Any thread may call this."""
        os.write(self._write, b"\0")

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for at most `seconds`, or without a limit for None.

        Returns whether the process has been asked to end.
        """
        asked, _, _ = select.select([self._read], [], [], seconds)
        return bool(asked)
