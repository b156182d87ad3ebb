"""A signal that asks a process to end is never forgotten."""

import subprocess
import sys

import pytest

from tests.support.patience import HANG

# What another thread gets wakes no main thread that waits for a lock; the same is true of what comes just before it.
PROCESS = """
import signal, threading, time
from bot.end_signal import EndSignal

asked = EndSignal(signal.SIGTERM)
def ask():
    time.sleep(0.2)  # so that the main thread waits
    {ask}
threading.Thread(target=ask).start()
asked.wait()
print("asked", asked.wait(0))
"""


@pytest.mark.parametrize("ask", ["signal.pthread_kill(threading.get_ident(), signal.SIGTERM)", "asked.send()"])
def test_it_ends_a_wait_whichever_thread_gets_it(ask: str) -> None:
    code = PROCESS.format(ask=ask)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=HANG, check=True)
    assert done.stdout == "asked True\n"


def test_nobody_has_asked_yet() -> None:
    code = "import signal; from bot.end_signal import EndSignal; print(EndSignal(signal.SIGTERM).wait(0))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=HANG, check=True)
    assert done.stdout == "False\n"
