"""Tells a question from other output. Pure."""

import re

from bot.domain.pair import Question

HEARD = 8192

_YES_NO = r"[\[(]\s*(?:y|yes|n|no)\s*[/|,]\s*(?:y|yes|n|no)\b[^\])]*[\])]"
_SECRET = r"\b(?:password|passphrase|passcode|one-time code)\b"
# Such words count only as an order to the reader: "Moving floating IP address:" or "waiting for it to confirm:" is
# work.
_ASK = (
    r"(?:(?:^|[.;:,!]\s+|\bplease\s+)"
    r"(?:enter|type|retype|re-enter|press|hit|confirm|select|choose|specify|provide)"
    r"|\b(?:do|would|shall) (?:you|we|i))\b"
)
_SURE = re.compile(
    rf"\?$|{_YES_NO}[\s:?>]*$|{_SECRET}[^\n]*[:>?\]]$|{_SECRET}$|{_ASK}[^\n]*[:>\]]$"
    r"|\b(?:press|hit)\b[^\n]*\b(?:key|enter|return)\b[^\n]*$|\]\s*[:>]$|--\s*more\s*--|\(END\)$",
    re.IGNORECASE,
)
_PERHAPS = re.compile(r"[:\]>]$")


def last_line(heard: str) -> str:
    """Return the unfinished last line of the output."""
    return heard[heard.rfind("\n") + 1 :].strip()


def asks(question: Question, heard: str) -> bool:
    """Whether the text ends with this question. A question in a banner or an earlier line does not count."""
    if not last_line(heard):
        return False
    end = len(heard.rstrip())
    return any(match.end() >= end for match in re.finditer(question.prompt, heard))


def surely_a_question(heard: str) -> bool:
    """Whether the text ends in words that certainly wait for an answer."""
    return bool(_SURE.search(last_line(heard)))


def perhaps_a_question(heard: str) -> bool:
    """Whether the text ends in a question or like a label, which may be a question or a step that takes its time."""
    return surely_a_question(heard) or bool(_PERHAPS.search(last_line(heard)))
