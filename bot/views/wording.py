"""The words for codes, and mentions. Nothing but this is changed when a situation gets another title."""

import re

from bot.domain.code import Code
from bot.domain.request import Note, Stage
from bot.domain.situation import SituationCode
from bot.domain.statement import StatementKind
from bot.domain.status import Health

SITUATIONS: dict[SituationCode, str] = {
    SituationCode.HEALTHY: "healthy",
    SituationCode.NOT_IN_STEP: "out of step",
    SituationCode.FAILED_OVER: "failed over",
    SituationCode.AFTER_SPLIT: "failed over after a split brain",
    SituationCode.PRIMARY_SILENT: "Primary not answering",
    SituationCode.SECONDARY_ALONE: "Secondary alone",
    SituationCode.SICK_PRIMARY: "sick Primary",
    SituationCode.PRIMARY_FAILED: "Primary says Failed",
    SituationCode.PRIMARY_UNCLEAR: "Primary unreadable",
    SituationCode.ALONE_UNCLEAR: "Secondary active, Primary unreadable",
    SituationCode.PRIMARY_REPLACED: "Primary replaced",
    SituationCode.SPLIT_BRAIN: "split brain",
    SituationCode.SPLIT_NO_PRIMARY: "split brain, then the Primary went silent",
    SituationCode.SPLIT_NO_SECONDARY: "split brain, then the Secondary went silent",
    SituationCode.NO_STANDBY: "no standby",
    SituationCode.SECONDARY_REPLACED: "Secondary replaced",
    SituationCode.BOTH_GONE: "neither server answering",
    SituationCode.PRIMARY_NEW: "new Primary without a Secondary",
    SituationCode.SECONDARY_NEW: "new Secondary without a Primary",
    SituationCode.BOTH_NEW: "both servers new",
    SituationCode.NO_ACTIVE: "no active server",
    SituationCode.HALF_OVER: "failover interrupted",
    SituationCode.NEWEST_GONE: "no active server, newest data unreachable",
    SituationCode.UNDOCUMENTED: "undocumented state",
    SituationCode.CONFLICT: "not the server in the settings",
    SituationCode.UNKNOWN: "unreadable",
    SituationCode.STANDALONE: "pair dissolved",
    SituationCode.UNSEEN: "one server unreachable",
    SituationCode.NOT_ASKED: "not asked",
    SituationCode.FLAPPING: "flapping",
    SituationCode.PRIMARIES_SILENT: "several Primaries not answering",
    SituationCode.MY_NETWORK: "several pairs not answering",
}
STAGES = {Stage.WAITING: "waiting for its code"}
STATEMENTS = {
    StatementKind.OFF: "off",
    StatementKind.NOT_SERVING: "not serving",
    StatementKind.PLANNED: "planned",
    StatementKind.RESTORED: "restored",
    StatementKind.CHOSEN: "chosen",
    StatementKind.KEEP_PRIMARY: "Primary's data must survive",
}
STATE_LABELS = {
    StatementKind.OFF: "Confirm Primary is off…",
    StatementKind.NOT_SERVING: "Confirm Primary isn't serving…",
    StatementKind.PLANNED: "Confirm it's planned…",
    StatementKind.PRIMARY_DEPLOYED: "Confirm new Primary is deployed…",
    StatementKind.SECONDARY_DEPLOYED: "Confirm new Secondary is deployed…",
    StatementKind.RESTORED: "Confirm Primary is restored…",
    StatementKind.BACKUP: "Confirm backup is at hand…",
    StatementKind.CHOSEN: "Confirm the cause is known…",
    StatementKind.INTERRUPTED: "A failover was interrupted…",
    StatementKind.KEEP_PRIMARY: "Keep the Primary's data…",
}
NOTES = {
    Note.UNSERVED: "no active server",
    Note.PRIMARY_SILENT: "no answer from the Primary",
    Note.SECONDARY_SILENT: "no answer from the Secondary",
}
HEALTH = {Health.OK: "OK", Health.DEGRADED: "Degraded", Health.UNKNOWN: "not told"}

MENTIONED = re.compile(r"<@([UW][A-Z0-9]+)")
ADDRESSED = re.compile(r"^[\s*_~`\"'“‘]*<@[UW][A-Z0-9]+(?:\|[^>]*)?>[\s*_~`:,]*")


def term(code: Code) -> str:
    """Return what stands for a code in a sentence: its title or word, or else the code without its underscores."""
    plain = code.value.replace("_", " ")
    match code:
        case SituationCode():
            return SITUATIONS[code]
        case Stage():
            return STAGES.get(code, plain)
        case StatementKind():
            return STATEMENTS.get(code, plain)
        case Note():
            return NOTES.get(code, plain)
        case Health():
            return HEALTH[code]
        case _:
            return plain


def state_label(kind: StatementKind) -> str:
    """Return what the button says that opens the form for a statement."""
    return STATE_LABELS[kind]


def confirmed(kind: StatementKind) -> str:
    """Return in a few words what a statement says; its whole sentence stands where somebody decides."""
    return STATE_LABELS[kind].removeprefix("Confirm ").removesuffix("…")


def mention(ids: tuple[str, ...], last: str = "and") -> str:
    """Return mentions of these people for Slack, with `last` before the last; "Nobody" for an empty list."""
    marks = [f"<!subteam^{person}>" if person.startswith("S") else f"<@{person}>" for person in ids]
    if not marks:
        return "Nobody"
    return marks[0] if len(marks) == 1 else ", ".join(marks[:-1]) + f" {last} " + marks[-1]


def first_mentioned(text: str) -> str:
    """Return the first person whom a text from Slack mentions; empty where it mentions nobody."""
    match = MENTIONED.search(text)
    return match[1] if match else ""


def unaddressed(text: str) -> str:
    """Return a text from Slack without the mention with which it begins, and the marks around that."""
    return ADDRESSED.sub("", text)
