"""Answers people whose interaction lost its process. They are told so; the interaction is never carried out."""

from datetime import UTC, datetime, timedelta

from slack_sdk import WebClient

from bot.slack.replies import Answer, Say, by_url, direct, in_modal
from bot.store import Store, inbox
from bot.store.inbox import Entry, Unanswered
from bot.views.orphaned_interactions import TITLE, unanswered

# between two rounds; the longer one while Slack accepts nothing
LOOK, AWAY = timedelta(seconds=2), timedelta(seconds=10)


class OrphanResponder:
    """Tells people whose process died before it answered them.

    Any process may do it, and for each person only one does.
    """

    def __init__(self, store: Store, client: WebClient) -> None:
        self._store = store
        self._client = client
        self._next = datetime.min.replace(tzinfo=UTC)
        self._told: dict[str, bool] = {}  # for each key, whether its person could be told; kept until that is stored

    def round(self) -> None:
        """Tell everybody who can be told now. Does nothing before the next round is due."""
        # If the clock was set back, `_next` is too far in the future, and nobody should wait for it.
        if self._store.now() < self._next <= self._store.now() + AWAY:
            return
        self._next = self._store.now() + LOOK
        self._note()
        for key in inbox.left(self._store):
            # set before the take-over: if anything breaks from now on, the interaction is let go again
            self._told[key] = False
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
