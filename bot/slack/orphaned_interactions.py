"""Answer those whose command or click lost its process: it is told, and never carried out."""

from datetime import UTC, datetime, timedelta

from slack_sdk import WebClient

from bot.slack.replies import Answer, Say, by_url, direct, in_modal
from bot.store import Store, inbox
from bot.store.inbox import Entry, Unanswered
from bot.views.orphaned_interactions import TITLE, unanswered

LOOK, AWAY = timedelta(seconds=2), timedelta(seconds=10)  # between two looks; the longer where Slack takes nothing


class OrphanResponder:
    """Tells whoever has no answer and whose process has died; any process does it, and one of them only."""

    def __init__(self, store: Store, client: WebClient) -> None:
        self._store = store
        self._client = client
        self._next = datetime.min.replace(tzinfo=UTC)
        self._told: dict[str, bool] = {}  # by key, whether it could be told; until that is noted

    def round(self) -> None:
        """Tell everybody who can be told now."""
        # A clock that was set back makes nobody wait until it comes there.
        if self._store.now() < self._next <= self._store.now() + AWAY:
            return
        self._next = self._store.now() + LOOK
        self._note()
        for key in inbox.left(self._store):
            self._told[key] = False  # before it is taken over: whatever breaks from now on, it is let go again
            if one := inbox.take_over(self._store, key):
                self._told[key] = self._tell(one)
            else:
                del self._told[key]
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
