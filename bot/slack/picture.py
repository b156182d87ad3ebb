"""Give Slack the picture of the last day, to be shown inside a message or App Home."""

import logging
from collections.abc import Collection
from datetime import timedelta
from zoneinfo import ZoneInfo

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from bot.desk import Desk
from bot.desk.past import ribbons_of
from bot.pictures import NoPictures, described_ribbons, ribbons
from bot.store import drawings
from bot.views.blocks import Block

LENGTH = timedelta(days=1)
LONGEST_WORDS = 1900  # characters: a block takes 2000 of alternative text

log = logging.getLogger(__name__)


def last_day(
    desk: Desk, client: WebClient, names: Collection[str] = (), zone: str = "UTC", young: timedelta = timedelta(0)
) -> Block | None:
    """The ribbons of these pairs, or of all, over the last day; one that is young enough is shown again.

    None where it cannot be drawn, or Slack does not take it: what it shows is said in words too.
    """
    key = f"last day:{zone}:{','.join(sorted(names))}"
    try:
        found = drawings.young(desk.store, key, young) or _give(desk, client, key, names, zone)
    except NoPictures as error:
        log.warning("no picture of the last day: %s", error)
        return None
    except (SlackClientError, OSError) as error:
        log.warning("Slack did not take the picture of the last day: %s", type(error).__name__)
        return None
    return {"type": "image", "slack_file": {"id": found.file_id}, "alt_text": found.words}


def _give(desk: Desk, client: WebClient, key: str, names: Collection[str], zone: str) -> drawings.Drawing:
    until = desk.now()
    start = until - LENGTH
    pairs = [pair for name, pair in desk.pairs().items() if not names or name in names]
    found = ribbons_of(desk, pairs, start, until)
    words = described_ribbons(found, start, until, ZoneInfo(zone))[:LONGEST_WORDS]
    content = ribbons(found, start, until, ZoneInfo(zone))
    sent = client.files_upload_v2(file=content, filename="last-day.png", title="The last day", alt_txt=words[:900])
    return drawings.keep(desk.store, key, str(sent["files"][0]["id"]), words)
