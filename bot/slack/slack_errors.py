"""Slack's error codes, and what each means to the bot. This is the only list of them."""

import re
from enum import StrEnum
from http.client import HTTPException

from slack_sdk.errors import SlackApiError, SlackClientError

# Everything that a call of Slack's client can raise: its own errors, a broken connection, an answer that is cut off or
# not JSON.
FAILURES = (SlackClientError, OSError, HTTPException, ValueError)
WORD = re.compile(r"[a-z][a-z0-9_]*")


def word_of(error: object) -> str:
    """Return Slack's error code. Empty if Slack did not answer: no answer at all, or a proxy's page of HTML.

    Such a page comes as the library's own sentence in place of the code, as a bare dict, or as bytes.
    """
    response = error.response if isinstance(error, SlackApiError) else None
    data = getattr(response, "data", response)
    word = str(data.get("error") or "") if isinstance(data, dict) else ""
    return word if WORD.fullmatch(word) else ""


class Meaning(StrEnum):
    """What an error of Slack means to the caller."""

    LIMITED = "too many calls: again after a while"
    PERHAPS_DONE = "what was asked may have been done all the same"
    NO_CHANNEL = "there is no such channel for the bot any more, perhaps for a while"
    NO_PERSON = "nobody is there who could read it"
    NO_THREAD = "what it was to hang under is gone"
    NOT_EDITABLE = "that message cannot be edited by the bot, now or ever: a new one has to stand for it"
    UNDRAWABLE = "Slack cannot draw these blocks"
    UNREADABLE = "what stands there may not be read"
    TRIGGER_SPENT = "the click is too old to open a form"
    FORM_GONE = "the form was closed"


UNREADABLE_ANSWER = "unreadable answer"  # stands for the error code of an answer that did not come from Slack
WORDS: dict[Meaning, frozenset[str]] = {
    Meaning.LIMITED: frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"}),
    Meaning.PERHAPS_DONE: frozenset(
        {"fatal_error", "internal_error", "service_unavailable", "request_timeout", UNREADABLE_ANSWER}
    ),
    Meaning.NO_CHANNEL: frozenset(
        {
            "channel_not_found",
            "is_archived",
            "not_in_channel",
            "channel_is_archived",
            "restricted_action_read_only_channel",
        }
    ),
    Meaning.NO_PERSON: frozenset(
        {"user_disabled", "user_not_found", "user_not_visible", "cannot_dm_bot", "messages_tab_disabled"}
    ),
    Meaning.NO_THREAD: frozenset({"thread_not_found", "thread_locked", "cannot_reply_to_message"}),
    Meaning.NOT_EDITABLE: frozenset(
        {"message_not_found", "cant_update_message", "edit_window_closed", "update_failed", "is_inactive"}
    ),
    Meaning.UNDRAWABLE: frozenset({"invalid_blocks", "msg_blocks_too_long", "msg_too_long", "invalid_arguments"}),
    Meaning.UNREADABLE: frozenset({"missing_scope", "not_in_channel", "channel_not_found", "thread_not_found"}),
    Meaning.TRIGGER_SPENT: frozenset({"expired_trigger_id", "invalid_trigger_id", "exchanged_trigger_id"}),
    Meaning.FORM_GONE: frozenset({"not_found", "view_not_found"}),
}


def means(error: object, *meanings: Meaning) -> bool:
    """Whether Slack's error code has one of these meanings."""
    return any(code(error) in WORDS[meaning] for meaning in meanings)


def code(error: object) -> str:
    """Return Slack's error code, UNREADABLE_ANSWER if the answer was not Slack's, or else the exception's name."""
    if isinstance(error, SlackApiError):
        return word_of(error) or UNREADABLE_ANSWER
    return type(error).__name__
