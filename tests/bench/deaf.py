"""How soon a running bot notices and mends a dead connection to Slack, and says past Slack that it cannot.

`python -m tests.bench.deaf [seconds between two canaries, 60 unless given]`; takes about five minutes with 60.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.simulator import cast
from bot.simulator.stage import free_port
from tests.e2e.play import Play
from tests.monitoring.running import ready, settings
from tests.monitoring.sink import Sink
from tests.monitoring.swallow import Swallow


def mended(p: Play, how: str, kill: Callable[[], None]) -> None:
    """Kill the connection without a word, and type until a command is acknowledged again."""
    began = time.monotonic()
    kill()
    while not p.alice.command("/ha-help", channel=cast.OPS).acked:
        time.sleep(0.1)
    print(f"{how}: a command is acknowledged again after {time.monotonic() - began:.1f} s")


def main(every: str = "60") -> None:
    port = free_port()
    with TemporaryDirectory() as folder, Sink() as sink:
        environ = settings(port, sink, PAIRKEEPER_CANARY_SECONDS=every)
        with Play(Path(folder), {}, **environ) as p, Swallow(p.slack.url) as proxy:
            p.stage.stop()
            proxy.before(p.slack)
            p.stage.start()
            ready(p, port, 60)
            for _ in range(3):
                mended(p, "its packets swallowed", proxy.swallow)
                time.sleep(3)
            mended(p, "socket open but dead", p.slack.mute_sockets)
            # The worst moment: a canary has just come back.
            while ready(p, port, 60)["vitals"]["canary"]["back"] > 12:  # the bot knows of it up to ten seconds later
                time.sleep(0.2)
            waited = ready(p, port)["vitals"]["canary"]["back"]
            began = time.monotonic()
            proxy.swallow(new=True)
            while not sink.titles():
                time.sleep(0.1)
            told = time.monotonic() - began
            print(f"cut off for good {waited:.1f} s after a canary: said past Slack after {told:.1f} s")
            proxy.heal()
            began = time.monotonic()
            while len(sink.titles()) < 2:
                time.sleep(0.1)
            print(f"the way is free: said past Slack after {time.monotonic() - began:.1f} s: {sink.titles()[1]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
