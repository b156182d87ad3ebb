"""Memory that is free is given back to the machine."""

import subprocess
import sys

RINGS = """
import gc, weakref
from bot.vitals.memory import give_back, settle
settle()
gc.disable()  # as between two of Python's own full collections
class Ring: pass
one = Ring()
one.itself, gone = one, weakref.ref(one)
del one
give_back()
print(gone() is None, gc.get_freeze_count() > 0)
"""
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


def test_what_is_dead_and_refers_to_itself_is_freed_and_what_was_there_at_the_start_is_not_gone_through() -> None:
    done = subprocess.run([sys.executable, "-c", RINGS], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]
