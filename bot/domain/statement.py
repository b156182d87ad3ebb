"""Statements: what no probe can see. A person confirms it by name, and it counts as evidence for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.code import Code
from bot.domain.pair import Pair, Role


class StatementKind(Code):
    """A thing that only a person can know."""

    OFF = "primary_off", "off"
    NOT_SERVING = "primary_not_serving", "not serving"
    PLANNED = "planned_failover", "planned"
    PRIMARY_DEPLOYED = "primary_deployed", "primary deployed"
    SECONDARY_DEPLOYED = "secondary_deployed", "secondary deployed"
    RESTORED = "primary_restored", "restored"
    BACKUP = "backup_in_hand", "backup in hand"
    CHOSEN = "initialise_chosen", "chosen"
    INTERRUPTED = "failover_interrupted", "failover interrupted"
    KEEP_PRIMARY = "primary_data_must_survive", "Primary's data must survive"


@dataclass(frozen=True)
class Sentence:
    """The sentence that a person states.

    `text` has places for the pair and the addresses. The form asks `question`, with `hint` beside it: what makes the
    sentence true cannot be seen, only said. The statement counts for so many `minutes`.
    """

    text: str
    hint: str
    minutes: float
    question: str = "How do you know?"


SENTENCES: dict[StatementKind, Sentence] = {
    StatementKind.OFF: Sentence(
        "The Primary of {pair} ({primary}) is powered off or isolated from users.",
        "A Primary still running behind a broken network would mean two active servers.",
        60,
    ),
    StatementKind.NOT_SERVING: Sentence(
        "The Primary of {pair} ({primary}) answers, but users can't log in.",
        "What do users see? Degraded alone is no reason for a failover.",
        60,
    ),
    StatementKind.PLANNED: Sentence(
        "This is a planned hand-over of {pair}, which is healthy.",
        "Which change or maintenance is it for?",
        60,
    ),
    StatementKind.PRIMARY_DEPLOYED: Sentence(
        "A replacement Primary of {pair} is deployed and configured at {primary}, and the old one is off.",
        "Who deployed it, and how do you know that the old Primary is off?",
        240,
    ),
    StatementKind.SECONDARY_DEPLOYED: Sentence(
        "A new Secondary of {pair} is deployed as HA Secondary at {secondary}, in the same version.",
        "Who deployed it, and in which version?",
        240,
    ),
    StatementKind.RESTORED: Sentence(
        "The server at {primary} was restored from a backup, to be the Primary of {pair}.",
        "From which backup, and who compared the host key with its console?",
        240,
    ),
    StatementKind.BACKUP: Sentence(
        "Both servers of {pair} have really failed; its newest backup and the HA MEK are at hand.",
        "When was the backup made, and where is it? Never type the MEK itself: it belongs on the console only.",
        480,
    ),
    StatementKind.KEEP_PRIMARY: Sentence(
        "What only the Primary of {pair} ({primary}) has since the split brain must survive.",
        "While this stands I offer no command that would lose it.",
        7 * 24 * 60,
        question="Which data, and who says so?",
    ),
    StatementKind.INTERRUPTED: Sentence(
        "A failover of {pair} was interrupted, and nothing has changed on either server since.",
        "Carrying on with the failover is an inference: the vendor documents no way out of this.",
        60,
    ),
    StatementKind.CHOSEN: Sentence(
        "I have looked for the cause why {pair} is Degraded, and choose to initialise the pair again.",
        "What was the cause? Which server's data a second initialise keeps is not documented.",
        60,
    ),
}


FORBIDS = (StatementKind.KEEP_PRIMARY,)  # such a statement makes the bot offer less, not more


@dataclass(frozen=True)
class Statement:
    """What one person stated, in their own words, and when.

    `sentence` is the sentence as they read it, with the server's address at that time.
    """

    id: int
    kind: StatementKind
    by: str
    at: datetime
    words: str
    sentence: str = ""

    def counts(self, now: datetime) -> bool:
        """Whether the statement is still recent enough to count.

        A statement from the future, as after the clock was set back, counts only if its kind is in FORBIDS.
        """
        age = now - self.at
        return age <= timedelta(minutes=SENTENCES[self.kind].minutes) and (age >= timedelta(0) or self.kind in FORBIDS)


def sentence(kind: StatementKind, pair: Pair) -> str:
    """Return the sentence that is stated, about this pair."""
    return SENTENCES[kind].text.format(
        pair=pair.name,
        primary=pair.server(Role.PRIMARY).address,
        secondary=pair.server(Role.SECONDARY).address,
    )
