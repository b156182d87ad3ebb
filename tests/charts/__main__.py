"""Draw everything: plots of made-up days; every message and App Home in the local Slack's page; the demo as played."""

import logging
import sys
import tempfile
from pathlib import Path

from bot import charts
from bot.simulator.cast import ALICE
from tests.browser.screenshots import take_all
from tests.charts import alerts, homes, made_up, messages
from tests.charts.plots import draw_all, plots
from tests.charts.theatre import Theatre, identity, theatre
from tests.support.chromium import browser, missing

KINDS = {**messages.KINDS, **alerts.KINDS}
PICTURED = "with-pictures"


def show_messages(stage: Theatre) -> None:
    """A channel per kind of message, all of that kind below each other."""
    for kind, made in KINDS.items():
        for text, blocks in made():
            stage.say(identity(kind), text, blocks)
        stage.take(f"messages-{kind}", identity(kind))


def show_pictures(stage: Theatre) -> None:
    """Pictures as Slack shows them: in summaries, below an incident."""
    here, found = identity(PICTURED), [("quiet", made_up.quiet()), ("bad", made_up.bad())]
    for name, pairs in found:
        words = charts.described_ribbons(pairs, made_up.START, made_up.UNTIL, made_up.LONDON)
        image = stage.image(name, charts.ribbons(pairs, made_up.START, made_up.UNTIL, made_up.LONDON), words)
        stage.say(here, *alerts.pictured(name, image))
    drawn, zone = plots(), made_up.LONDON
    days = charts.days([(made_up.month(3, 22), ())], made_up.MONTH, made_up.UNTIL, zone)
    months = {
        "calendar-month": charts.described_calendar(days, "london", zone),
        "recoveries": charts.described_recoveries(made_up.recoveries(12), made_up.recoveries(9, 6)),
    }
    stage.say(here, *alerts.pictured("quiet", *(stage.image(one, drawn[one](False), months[one]) for one in months)))
    report = made_up.report()
    stage.upload(here, "london-incident-7.png", plots()["incident"](False), charts.described(report))
    stage.take(f"messages-{PICTURED}", here)


def show_homes(stage: Theatre) -> None:
    for name, view in homes.homes().items():
        stage.publish(ALICE.id, view)
        stage.take(f"home-{name}", "app/home")


def main() -> int:
    """Draw into the folder given, or into a new one; exit code 1 when something sticks out or breaks."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="pairkeeper-pictures-"))
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # it tells of streams to pages that were closed
    draw_all(folder)
    wrong = [missing()] if missing() else []
    if not wrong:
        with browser() as chromium, theatre(chromium, folder, [*KINDS, PICTURED]) as stage:
            show_messages(stage)
            show_pictures(stage)
            show_homes(stage)
            wrong += stage.wrong
        with browser() as chromium:
            take_all(folder, chromium)
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")
    for one in wrong:
        print(f"⛔ {one}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
