"""Text as Slack shows it: whatever somebody typed is shown, and does nothing."""

import re
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.words import age, esc, legible, plain, span, when
from bot.views.blocks import mrkdwn

AT = datetime(2026, 11, 23, 3, 2, 10, tzinfo=UTC)
NASTY = [
    "<!channel>",
    "<!here|here>",
    "<!everyone>",
    "<@U0BOB>",
    "<@U0BOB|bob>",
    "<#C0OPS|ops>",
    "<!subteam^S0DBA|@dba>",
    "<https://evil.example|https://pam.example>",
    "<mailto:a@b.example|a@b.example>",
    "<!date^0^{date}|now>",
    "&lt;!channel&gt;",
    "&amp;lt;!channel&amp;gt;",
    "<<!channel>>",
    "<<@U0BOB>!channel>",
    "<@U0BOB|<!channel>>",
    "<<|@U0BOB>>",
    "&#60;!channel&#62;",
    "&lt;<x|@U0BOB>&gt;",
]
TYPED = st.one_of(
    st.text(),
    st.lists(st.sampled_from([*NASTY, "<", ">", "|", "!", "@", "&", "lt;", "&lt;", "&#60;", "U0BOB", "\n", "*"])).map(
        "".join
    ),
)


@pytest.mark.parametrize("typed", NASTY)
def test_no_mention_and_no_link_comes_of_what_was_typed(typed: str) -> None:
    for shown in (esc(typed), esc(plain(typed)), esc(plain(plain(typed))), esc(legible(typed))):
        assert not set(shown) & {"<", ">"}


@given(TYPED)
def test_nothing_typed_can_do_anything(typed: str) -> None:
    shown = esc(legible(typed))
    assert not set(shown) & {"<", ">"}
    assert not re.search(r"&(?!amp;|lt;|gt;)", shown), "a bare & could become one end of an entity"
    assert all(c.isprintable() or c == "\u2060" for c in shown)
    assert not re.search(r"[*_~`](?!\u2060)", shown)


@given(st.text())
def test_what_is_shown_is_what_was_meant(text: str) -> None:
    """Escaping loses nothing: what Slack decodes is the text."""
    shown = esc(text).replace("\u2060", "")
    decoded = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert decoded == text.replace("\u2060", "")


def test_slack_makes_no_links_of_its_own() -> None:
    """Without `verbatim` it turns "www.evil.example", "@channel" and "#ops" into links and mentions by itself."""
    assert mrkdwn("see www.evil.example, @channel")["verbatim"] is True


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("disk of the Primary died", "disk of the Primary died"),
        ("<@U0BOB|bob> said so in <#C0OPS|ops>", "@bob said so in #ops"),
        ("<@U0BOB> said so", "@U0BOB said so"),
        ("<!subteam^S0DBA|@dba> knows", "@dba knows"),
        ("<!subteam^S0DBA> knows", "@S0DBA knows"),
        ("<!channel> look", "@channel look"),
        ("<https://ticket.example/4711>", "https://ticket.example/4711"),
        ("<https://ticket.example/4711|ticket.example/4711>", "ticket.example/4711"),
        ("load &gt; 5 &amp; disk &lt; 1%", "load > 5 & disk < 1%"),
        ("two\nlines\r\nand\ta tab", "two lines and a tab"),
        ("  much   blank  ", "much blank"),
        ("bell\x07 escape\x1b[31m nul\x00", "bell escape [31m nul"),
        ("right\u202eto left", "right to left"),
        ("zero\u200bwidth", "zero width"),
        ("“Grüße”, 東京 🟢", "“Grüße”, 東京 🟢"),
        ("", ""),
        ("\n\t ", ""),
    ],
)
def test_as_it_was_typed(sent: str, typed: str) -> None:
    assert plain(sent) == typed


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("ｆａｉｌ ＯＫ", "fail OK"),
        ("2½ h, 10² and H₂O …", "2½ h, 10² and H₂O …"),
        ("nothing\u3164\uffa0\u115f\u2800here", "nothing here"),
        ("a\u034f\ufe0fb", "a b"),
        ("\u3164", ""),
        ("pile" + "\u0336" * 40 + "d up", "pile\u0336\u0336d up"),
        ("Ä\u0308 Grüße, 東京 🟢, e\u0301te\u0301", "Ä\u0308 Grüße, 東京 🟢, été"),
        ("＜@U0BOB＞ approved", "<@U0BOB> approved"),
        ("&lt;!channel&gt;\u00a0look", "<!channel> look"),
    ],
)
def test_it_is_read_as_what_it_looks_like(sent: str, read: str) -> None:
    assert legible(sent) == read
    assert not set(esc(legible(sent))) & {"<", ">"}


def test_marks_are_shown_not_obeyed() -> None:
    assert esc("*bold* _it_ ~no~ `code`").replace("\u2060", "·") == "*·bold*· _·it_· ~·no~· `·code`·"
    assert "```" not in esc("```")


def test_five_thousand_characters() -> None:
    for text in (
        "x" * 5000,
        "<" * 5000,
        "<@" * 2500,
        "&lt;" * 1250,
        "<a|" * 1600 + ">",
        "*_~`" * 1250,
        "<!channel>" * 500,
    ):
        started = time.process_time()
        shown = esc(legible(text))
        assert time.process_time() - started < 5
        assert not set(shown) & {"<", ">"}


def test_times_are_shown_in_the_readers_zone() -> None:
    assert when(AT) == "<!date^1795402930^{time}|03:02 UTC>"
    assert when(AT.astimezone(timezone(timedelta(hours=5)))) == when(AT)
    assert when(AT, "{date_short} {time}") == "<!date^1795402930^{date_short} {time}|03:02 UTC>"
    assert when(AT, "{time_secs}") == "<!date^1795402930^{time_secs}|03:02:10 UTC>"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (0.4, "0 s"),
        (8, "8 s"),
        (119, "119 s"),
        (120, "2 min"),
        (840, "14 min"),
        (7140, "119 min"),
        (7199, "2 h"),
        (7200, "2 h"),
        (9000, "2 h 30 min"),
        (172740, "47 h 59 min"),
        (172800, "2 days"),
        (180000, "2 days 2 h"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_ages() -> None:
    assert age(AT - timedelta(seconds=8), AT) == "8 s ago"
    assert age(AT - timedelta(hours=3), AT) == "3 h ago"
    assert age(AT, AT) == age(AT + timedelta(seconds=5), AT) == "just now"
