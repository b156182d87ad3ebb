"""Mentions and lines as people write them: each is answered."""

import pytest

from bot.domain.approval import Person
from bot.registry import load_commands
from bot.services.base import named
from bot.slack.app import SPOKEN
from bot.slack.commands import read_line
from bot.views.blocks import label, mrkdwn, without_emoji
from bot.views.wording import unaddressed
from tests.domain.build import pair
from tests.support.refusals import refused

COMMANDS = load_commands()
PAIRS = {"london": pair(name="london"), "st.paul": pair(name="st.paul")}
ALICE = Person("U0ALICE", "Alice")
BOT = "<@U0PAIRKEEPER>"

WRITTEN = [
    f"{BOT} status london",
    f"{BOT} status: london",
    f"{BOT}: status london",
    f"{BOT}, status london",
    f"{BOT} status london.",
    f"{BOT} status london!",
    f'{BOT} "status london"',
    f"{BOT} “status” “london”",
    f"{BOT} 'status' 'london'",
    f"{BOT} *status* london",
    f"{BOT} *status london*",
    f"*{BOT} status london*",
    f"_{BOT}_ status `london`",
    f"{BOT} /ha-status london",
    f"{BOT} `/ha-status london`",
    f"{BOT} Status London?",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_it_is_understood(text: str) -> None:
    line = read_line(ALICE, unaddressed(text), COMMANDS)
    assert line.name == "ha-status"
    assert named(PAIRS, line.words[0]).name == "london"


def test_a_pair_s_own_marks_come_first() -> None:
    assert named(PAIRS, "st.paul").name == "st.paul"
    assert named(PAIRS, "st.paul.").name == "st.paul"
    with refused("I know no pair"):
        named(PAIRS, "...")


@pytest.mark.parametrize("subtype", [None, "thread_broadcast", "file_share", "me_message"])
def test_what_people_write_is_heard(subtype: str | None) -> None:
    assert subtype in SPOKEN


@pytest.mark.parametrize("subtype", ["message_changed", "message_deleted", "channel_join", "bot_message"])
def test_what_nobody_wrote_is_not_heard(subtype: str) -> None:
    assert subtype not in SPOKEN


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fd00:a:b::1", "fd00:\u2060a:\u2060b::1"),
        ("Primary fd00:a:b::1 · active", "Primary fd00:\u2060a:\u2060b::1 · active"),
        (":smile: and :+1:", ":\u2060smile: and :+1:"),
        ("`ssh bot@fd00:a:b::1`", "`ssh bot@fd00:a:b::1`"),
        ("<!date^1^{time}|02:38:10 UTC>", "<!date^1^{time}|02:38:10 UTC>"),
        ("since 02:38:10 UTC", "since 02:38:10 UTC"),
        ("10.0.0.11:22", "10.0.0.11:22"),
    ],
)
def test_no_address_turns_into_a_picture(text: str, shown: str) -> None:
    assert without_emoji(text) == shown
    assert mrkdwn(text)["text"] == shown
    assert label(text)["emoji"] is False
