"""Memory that is free is given back to the machine."""

import subprocess
import sys

LEFT = """
from bot.vitals.memory import give_back
held = lambda: int(open("/proc/self/statm").read().split()[1])
many = [bytes(1000) for _ in range(100_000)]
kept = many[::50]
before = held()
del many
give_back()
print(held() / before)
"""


def test_what_is_free_in_pieces_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", LEFT], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.5
