"""How soon a slash command is acknowledged, against a bare Bolt app: `python -m tests.bench.ack`.

Pairkeeper acknowledges while five runs are under way; the bare app has nothing else to do. Both are their own
process, on Socket Mode, against the same local Slack; the rounds alternate, so that both meet the same machine.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.manifest import manifest
from bot.registry import load_commands
from bot.simulator import cast
from bot.simulator.slack import LocalSlack
from tests.e2e.play import Play

ROUNDS = 6
COMMAND = sys.argv[1] if len(sys.argv) > 1 else "/ha-history"


def burst(slack: LocalSlack, at_once: int) -> list[float]:
    """Seconds until each of so many commands, typed at once, was acknowledged."""
    people = [slack.as_person(person.id) for person in cast.FIVE]

    def one(index: int) -> float:
        delivery = people[index % len(people)].command(COMMAND, channel=cast.OPS)
        return float(delivery.seconds) if delivery.acked else 3.0

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(one, range(at_once)))


def bare(folder: Path) -> tuple[LocalSlack, "subprocess.Popen[bytes]"]:
    """The rival, running."""
    slack = LocalSlack(list(cast.FIVE), cast.channels(), cast.groups(), manifest(load_commands()))
    slack.start()
    environ = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token, "SLACK_API_URL": slack.api_url}
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.bare"], env=environ, stderr=subprocess.DEVNULL)
    slack.wait_for(slack.sockets)
    return slack, process


def five_runs(play: Play) -> None:
    """Five long runs, one on each pair."""
    for pair in play.pairs:
        card = play.ask(f"/ha-demote-primary {pair.name} benchmark")
        play.approve(card, name=pair.name)
    play.wait(lambda: play.rows("SELECT count(*) FROM run WHERE phase = 'sending'") == [(5,)])


def main() -> None:
    """Print a row per load."""
    pairs = [{"name": name, "state": "split-brain", "seconds": 90.0} for name in ("a", "b", "c", "d", "e")]
    with tempfile.TemporaryDirectory() as one, Play(Path(one), *pairs) as play:
        five_runs(play)
        slack, process = bare(Path(one))
        try:
            print(f"{COMMAND}, seconds until acknowledged, {ROUNDS} rounds, 5 runs under way in Pairkeeper")
            for at_once in (1, 10, 50):
                found: dict[str, list[float]] = {"bare Bolt": [], "Pairkeeper": []}
                for _ in range(ROUNDS):
                    found["bare Bolt"] += burst(slack, at_once)
                    time.sleep(0.3)
                    found["Pairkeeper"] += burst(play.slack, at_once)
                    time.sleep(0.3)
                show(at_once, found)
        finally:
            process.kill()
            slack.stop()
            play.stage.kill()


def show(at_once: int, found: dict[str, list[float]]) -> None:
    """One load: both medians and worst cases, and their ratio."""
    median = {who: statistics.median(times) for who, times in found.items()}
    worst = {who: max(times) for who, times in found.items()}
    rows = " · ".join(f"{who} {median[who] * 1000:.0f} ms, worst {worst[who] * 1000:.0f} ms" for who in found)
    print(f"{at_once:3} at once: {rows} · ratio {median['Pairkeeper'] / median['bare Bolt']:.2f}")


if __name__ == "__main__":
    main()
