"""Pictures that were uploaded to Slack.

They are shown again while they are recent, so that App Home need not be drawn for each reader.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from bot.store.base import Store
from bot.store.engine import insert
from bot.store.tables import Picture


@dataclass(frozen=True)
class UploadedPicture:
    """A picture file in Slack, a description of it in words, and when it was drawn."""

    file_id: str
    words: str
    made_at: datetime


def newest(store: Store, key: str, most: timedelta | None = None) -> UploadedPicture | None:
    """Return the newest picture for this key, if it is no older than `most`; without `most`, however old it is."""
    with store.reading() as session:
        row = session.get(Picture, key)
        young = row and (most is None or row.made_at > store.now() - most)
        return UploadedPicture(row.file_id, row.words, row.made_at) if row and young else None


def keep(store: Store, key: str, file_id: str, words: str) -> UploadedPicture:
    """Remember this picture as the newest one for this key."""
    picture = UploadedPicture(file_id, words, store.now())
    new = insert(store.engine.dialect, Picture).values(key=key, **asdict(picture))
    with store.writing() as session:
        session.execute(new.on_conflict_do_update(index_elements=["key"], set_=asdict(picture)))
    return picture
