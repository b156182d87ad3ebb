"""Uploads pictures of the past to Slack, to be shown inside a message or App Home."""

import logging
from collections.abc import Collection
from datetime import timedelta
from zoneinfo import ZoneInfo

from slack_sdk import WebClient

from bot.charts import NoPictures, undrawable
from bot.domain.words import esc, when
from bot.report import ReportPicture, last_day_of, last_month_of
from bot.services import Desk
from bot.slack.slack_errors import FAILURES
from bot.store import pictures, sightings
from bot.store.pictures import UploadedPicture
from bot.store.summaries import SummaryRecord
from bot.views.blocks import Block, small

LONGEST_WORDS = 1900  # characters; a block takes 2000 of alternative text
FRESH = timedelta(0)
HOME, HOME_BEFORE = "App Home", "App Home before"
PROCESSING = 2.0  # seconds that Slack needs until an uploaded picture can be shown

log = logging.getLogger(__name__)


def last_day(
    desk: Desk, client: WebClient, names: Collection[str] = (), zone: str = "UTC", young: timedelta = FRESH
) -> Block | None:
    """Return an image block with the last day's ribbons of these pairs, or of all pairs for none.

    A picture not older than `young` is shown again. Returns None if the picture cannot be drawn or Slack does not take
    it; the message says the same in words.
    """
    key = f"last day:{zone}:{','.join(sorted(names))}"
    if picture := pictures.newest(desk.store, key, young):
        return _block(picture)
    return _given(desk, client, key, last_day_of(desk, names, ZoneInfo(zone)))


def at_home(desk: Desk, client: WebClient, young: timedelta) -> list[Block]:
    """Return the same picture of all pairs for App Home, with the time at which it was drawn; or an empty list.

    It is drawn anew when a pair has shown something new since, so that it never contradicts the text beside it.
    It has a key of its own, so no message shows it. That allows the bot to delete old ones. The one before is kept
    until the next is made, for people whose App Home still shows it.
    """
    picture = pictures.newest(desk.store, HOME, young)
    if picture is None or sightings.changed_since(desk.store, picture.made_at):
        picture = _at_home_anew(desk, client)
    return [_block(picture), small(f"Drawn at {when(picture.made_at, '{time}')}.")] if picture else []


def _at_home_anew(desk: Desk, client: WebClient) -> UploadedPicture | None:
    before, oldest = pictures.newest(desk.store, HOME), pictures.newest(desk.store, HOME_BEFORE)
    shown = _uploaded(desk, client, HOME, last_day_of(desk, (), ZoneInfo("UTC")))
    if shown and before:
        pictures.keep(desk.store, HOME_BEFORE, before.file_id, before.words)
        if oldest:
            _delete(client, oldest.file_id)
    return shown


def _delete(client: WebClient, file_id: str) -> None:
    try:
        client.files_delete(file=file_id)
    except FAILURES as error:
        log.warning("App Home's old picture was not deleted: %s", type(error).__name__)


def of_summary(desk: Desk, client: WebClient, made: SummaryRecord) -> list[Block]:
    """Return the pictures of a summary: the last day, and in a channel's first summary of a week also the last month.

    The pictures of the month show each day, and how long incidents took. If the plotting library fails here, the reason
    is returned as small print instead.
    """
    drawn = [last_day(desk, client, made.pairs, made.zone)]
    if drawn == [None] and (why := undrawable()):
        return [small(f"There is no picture. {esc(why)}")]
    for one in last_month_of(desk, made.pairs, ZoneInfo(made.zone)) if made.first_of_week else ():
        drawn.append(_given(desk, client, f"{one.name}:{made.zone}:{','.join(sorted(made.pairs))}", one))
    return [one for one in drawn if one]


def _given(desk: Desk, client: WebClient, key: str, drawn: ReportPicture) -> Block | None:
    uploaded = _uploaded(desk, client, key, drawn)
    return _block(uploaded) if uploaded else None


def _uploaded(desk: Desk, client: WebClient, key: str, drawn: ReportPicture) -> UploadedPicture | None:
    words = drawn.words[:LONGEST_WORDS]
    try:
        content = drawn.draw(False)
        sent = client.files_upload_v2(
            file=content, filename=f"{drawn.name}.png", title=drawn.title, alt_txt=words[:900]
        )
    except NoPictures as error:
        log.warning("no picture of %s: %s", drawn.name, error)
        return None
    except FAILURES as error:
        log.warning("Slack did not take the picture of %s: %s", drawn.name, type(error).__name__)
        return None
    return pictures.keep(desk.store, key, str(sent["files"][0]["id"]), words)


def _block(uploaded: UploadedPicture) -> Block:
    return {"type": "image", "slack_file": {"id": uploaded.file_id}, "alt_text": uploaded.words}
