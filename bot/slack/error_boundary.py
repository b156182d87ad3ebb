"""The one error handler: it reports refusals and unexpected errors to the person, and logs the unexpected ones."""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.domain.errors import Refusal
from bot.slack.replies import Say
from bot.views.answers import not_done
from bot.views.blocks import section
from bot.views.help import refused

log = logging.getLogger(__name__)


def broken(error: Exception) -> tuple[str, list[Any]]:
    """Log an unexpected error, and return what the person is told. Both carry the same reference."""
    reference = uuid.uuid4().hex[:8]
    log.error("a listener broke (reference %s)", reference, exc_info=error)
    text = not_done(
        f"I broke down while doing that (reference {reference}). Whether anything was sent stands in the "
        "thread of its card; without a card nothing was. Look before you try again."
    )
    return text, [section(text)]


@contextmanager
def error_boundary(say: Say) -> Iterator[None]:
    """Report any exception raised inside to one person.

    A refusal is told in its own words, anything else as an error of the bot itself.
    """
    try:
        yield
    except Refusal as refusal:
        say(*refused(refusal))
    except Exception as error:
        say(*broken(error))
