"""The table of messages: each kind is drawn, or sent as a file, or is App Home."""

import pytest

from bot.slack.rendering import MESSAGES
from bot.store import MessageKind


@pytest.mark.parametrize("kind", MessageKind)
def test_every_kind_of_message_has_its_entry(kind: MessageKind) -> None:
    entry = MESSAGES[kind]
    assert (entry.draw is None) == (entry.file or kind is MessageKind.HOME)


def test_what_is_posted_anew_is_no_file() -> None:
    assert not [kind for kind, entry in MESSAGES.items() if entry.file and not entry.edited]
