"""What Slack said when it did not do what it was asked."""

import re
from http.client import HTTPException

from slack_sdk.errors import SlackApiError, SlackClientError

# What a call of Slack's client can end in: its own errors, a line that breaks, an answer that is cut off or no JSON.
FAILURES = (SlackClientError, OSError, HTTPException, ValueError)
WORD = re.compile(r"[a-z][a-z0-9_]*")


def word_of(error: object) -> str:
    """Slack's own word for what was wrong; empty where Slack did not speak: no answer, or a proxy's page of HTML.

    Such a page comes as the library's own sentence in place of the word, as a bare dict, or as bytes.
    """
    response = error.response if isinstance(error, SlackApiError) else None
    data = getattr(response, "data", response)
    said = str(data.get("error") or "") if isinstance(data, dict) else ""
    return said if WORD.fullmatch(said) else ""
