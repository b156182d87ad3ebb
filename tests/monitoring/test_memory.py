"""Memory that is free is given back to the machine."""

import subprocess
import sys

RINGS = """
import gc, weakref
from bot.monitoring.memory import give_back, settle
settle()
gc.disable()  # as between two of Python's own full collections
class Ring: pass
one = Ring()
one.itself, gone = one, weakref.ref(one)
del one
give_back()
print(gone() is None, gc.get_freeze_count() > 0)
"""
THREADS = """
import pathlib, threading
from bot.monitoring.memory import settle
SETTLE
barrier, kept = threading.Barrier(11), []
def work():
    kept.append([bytes(1000) for _ in range(1000)])
    barrier.wait()
    barrier.wait()
for _ in range(10):
    threading.Thread(target=work).start()
barrier.wait()
starts = [int(line.split("-")[0], 16) for line in pathlib.Path("/proc/self/maps").read_text().splitlines()]
print(sum(start % 2**26 == 0 for start in starts))
barrier.wait()
"""
LEFT = """
from bot.monitoring.memory import give_back
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


def test_all_threads_take_memory_from_one_arena() -> None:
    others = [
        int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for code in (THREADS.replace("SETTLE", ""), THREADS.replace("SETTLE", "settle()"))
    ]
    assert others[0] > others[1] == 0
