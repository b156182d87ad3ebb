"""What Slack sends an app, and what became of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Literal

from .errors import Json

EnvelopeKind = Literal["slash_commands", "interactive", "events_api"]


@dataclass
class Envelope:
    """One thing sent to the app; ``captured`` is the signed HTTP request it last went out as."""

    kind: EnvelopeKind
    payload: Json = field(repr=False)
    answerable: bool = False
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    captured: tuple[bytes, dict[str, str]] | None = field(default=None, repr=False)


@dataclass
class Delivery:
    """What became of an envelope, as the person who caused it learns.

    ``seconds`` is the time to the acknowledgement, ``error`` the words the client shows, ``answer`` what the
    acknowledgement carried, ``reply`` the message that came of it, and ``message`` the one the person
    wrote. Payloads and answers stay out of the representation: a modal may hold a secret.
    """

    envelope: Envelope
    acked: bool = False
    seconds: float = 0.0
    error: str | None = None
    answer: Json | None = field(default=None, repr=False)
    reply: Json | None = None
    message: Json | None = None
    attempts: int = 0


class Undelivered(Exception):
    """The app did not acknowledge; the text is Slack's code, ``operation_timeout`` or ``dispatch_failed``."""
