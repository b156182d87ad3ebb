"""Answer those whose command or click lost its process: it is told, and never carried out."""

from datetime import UTC, datetime, timedelta

from slack_sdk import WebClient

from bot.slack.answer import Answer, Say, by_url, direct, in_modal
from bot.store import Store, inbox
from bot.store.inbox import Entry, Unanswered
from bot.views.unanswered import TITLE, unanswered

LOOK, AWAY = timedelta(seconds=2), timedelta(seconds=10)  # between two looks; the longer where Slack takes nothing


class Teller:
    """Tells whoever has no answer and whose process has died; any process does it, and one of them only."""

    def __init__(self, store: Store, client: WebClient) -> None:
        self._store = store
        self._client = client
        self._next = datetime.min.replace(tzinfo=UTC)
        self._told: dict[str, bool] = {}  # by key, whether it could be told; until that is noted

    def round(self) -> None:
        """Tell everybody who can be told now."""
        if self._store.now() < self._next:
            return
        self._next = self._store.now() + LOOK
        self._note()
        for one in inbox.left(self._store):
            self._told[one.entry.key] = self._tell(one)
            self._note()

    def _note(self) -> None:
        for key, told in list(self._told.items()):
            if told:
                inbox.write(self._store, (), (key,))
            else:
                inbox.let_go(self._store, key)
                self._next = self._store.now() + AWAY
            del self._told[key]

    def _tell(self, one: Unanswered) -> bool:
        lost: list[bool] = []
        say = Answer(self._client, one.entry.person, _first(self._client, one.entry), lambda: lost.append(True))
        say(*unanswered(one.entry.asked, one.at, one.entry.again, one.ran))
        return not lost


def _first(client: WebClient, entry: Entry) -> Say:
    if entry.url:
        return by_url(entry.url)
    return in_modal(client, entry.view, TITLE) if entry.view else direct(client, entry.person)
