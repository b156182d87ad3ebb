"""The texts of refusals. For Slack, people and channels become mentions, and times show in the reader's zone."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bot.domain.code import Code
from bot.domain.errors import Refusal, RefusalCode, Remark
from bot.domain.text import Channel, Decision, People, Text
from bot.domain.words import when
from bot.views.wording import mention, term

RUN = "{action} on {pair} (run {run}, asked for by {requester}, begun {at})"
MAINTENANCE = "Type: /ha-maintenance {pair} for 2h because the Secondary is upgraded."
STARTED = "It was approved already, by {approvers}, and"

TEXTS: dict[RefusalCode | Remark, str] = {
    RefusalCode.NO_SUCH_PAIR: 'I know no pair "{name}". I look after {names}. Nothing was done.',
    RefusalCode.PAIR_MISSPELT: 'I know no pair "{name}". Did you mean {guess}? I look after {names}. Nothing was done.',
    RefusalCode.WHICH_PAIR: "Which pair? I look after {names}. Type: {doing} {first}",
    RefusalCode.REQUEST_WITHOUT_PAIR: "On which pair, and why? Type: /{action} <pair> <reason>. I look after {names}. "
    "Nothing was sent.",
    RefusalCode.PLAN_WITHOUT_PAIR: "On which pair, and which command? Type: /ha-plan <pair> <command>, with one of "
    "{names}. Nothing was done.",
    RefusalCode.PAIR_LEFT_SETTINGS: "The settings no longer have {pair}, so I cannot look. By hand: `ha-status` on "
    "{addresses}. Then say whether it took effect. Nothing was done.",
    RefusalCode.NO_SUCH_ACTION: 'I know no command "{name}". There are {names}. Nothing was done.',
    RefusalCode.NO_SUCH_COMMAND: "I know no /{name}. Nothing was done. There are {names}.",
    RefusalCode.NO_SUCH_VERB: 'I do not know "{verb}". Type: /ha-incident <pair> [take | give @person | note … | '
    "open … | close …]. Nothing was done.",
    RefusalCode.NOT_OFFERED: "{why}",
    RefusalCode.REASON_MISSING: "Say why, for the person who approves it: /{action} {pair} <reason>. Nothing was sent.",
    RefusalCode.REASON_TOO_LONG: "Your reason has {length} characters; {most} fit the card. Shorten it. Nothing was "
    "sent.",
    RefusalCode.DENIAL_WITHOUT_REASON: "Say why you deny it. Nothing was done.",
    RefusalCode.OPENED_WITHOUT_REASON: "Say why: /ha-incident {pair} open <why>.",
    RefusalCode.CLOSED_WITHOUT_REASON: "Say how it ended: /ha-incident {pair} close <how>.",
    RefusalCode.NOTE_EMPTY: "Say what to note: /ha-incident {pair} note <words>.",
    RefusalCode.NOTE_TOO_LONG: "A note has at most {most} characters, and yours {length}.",
    RefusalCode.NOT_A_MEMBER: "Only full members of this workspace may do that; Slack says that you are: {standing}. "
    "Nothing was done.",
    RefusalCode.NOT_A_REQUESTER: "You may look at {pair}, but not ask for changes. {requesters} can. Nothing was sent.",
    RefusalCode.ONLY_AN_APPROVER: "You may look at {pair} and approve what others ask for, but not ask for changes. "
    "{requesters} can. Nothing was sent.",
    RefusalCode.NOT_AN_APPROVER: "You are not an approver of {pair}. {approvers} can approve it. Nothing was sent.",
    RefusalCode.NOT_CONCERNED: "Only requesters and approvers of {pair} can do that: {people}. Nothing was done.",
    RefusalCode.NOT_THE_REQUESTER: "Only {requester}, who asked, can withdraw it; an approver can deny it. Nothing was "
    "done.",
    RefusalCode.MAY_NOT_ENTER_CODE: "{people} can enter the joining code. Nothing was sent.",
    RefusalCode.MAY_NOT_CLOSE: "Only requesters and approvers of {pair} can say how it ended, except the person who "
    "asked for it: {people}. Nothing was done.",
    RefusalCode.REQUESTER_MAY_NOT_CLOSE: "You asked for it, so somebody else has to say how it ended: {people}. "
    "Nothing was done.",
    RefusalCode.REQUESTER_OF_LEFT_PAIR: "You asked for it, so somebody else has to say how it ended: any other full "
    "member of this workspace, since the settings no longer have {pair}. Nothing was done.",
    RefusalCode.OWNER_NOT_CONCERNED: "{owner} is neither a requester nor an approver of {pair}. {known} are. Nothing "
    "was changed.",
    RefusalCode.SELF_APPROVAL: "You asked for this one, so somebody else has to approve it. {approvers} can. Nothing "
    "was sent.",
    RefusalCode.TOO_FEW_APPROVERS: "{pair} needs {approvals} people besides you to approve, and {can} can. Nothing was "
    "sent. Whoever runs Pairkeeper can add approvers.",
    RefusalCode.NOT_POSSIBLE_NOW: "{action} is not possible on {pair} now. {why}\nSeen: {facts} ({situation}). Nothing "
    "was sent.\n{instead}",
    RefusalCode.PAIR_NOT_HEALTHY: "{pair} is not healthy: {says} Incident {incident} closes by itself once both "
    "servers were seen in business as usual. Nothing was closed. Next: /ha-recover {pair}",
    RefusalCode.NOT_ARMED: "{pair} may be looked at but not changed: the check of its access settings has not passed. "
    "Nothing was sent. Whoever runs Pairkeeper can run: pairkeeper check",
    RefusalCode.REPLACEMENT_CONTRADICTED: "{why} It may be looked at, not changed. Nothing was sent. Whoever runs "
    "Pairkeeper can correct the file and run: pairkeeper check",
    RefusalCode.RUN_UNDER_WAY: f"{RUN} is running, so nothing else may start. Nothing was sent.",
    RefusalCode.RUN_NOT_CLOSED: f"{RUN} ended unknown, and nobody has closed it yet, so nothing else may start. "
    "Nothing was sent.",
    RefusalCode.REQUEST_OPEN: "{requester} has asked for {action} on {pair} already, {at}: it is {stage} in {channel}. "
    "Nothing was sent.",
    RefusalCode.BUSY_UNTIL_NOW: "Another command was open on {pair} until just now. Nothing was sent. Ask again.",
    RefusalCode.RESTARTING: "I am being restarted, so nothing was started and nothing was sent. Press again in a "
    "minute.",
    RefusalCode.MAY_STILL_RUN: "It may still be running. You can decide from {at}. Nothing was done.",
    RefusalCode.REQUEST_DECIDED: "It is {stage} already{decision}. Your click did nothing.",
    RefusalCode.STARTED_ALREADY: f"{STARTED} has been started. Your click did nothing more.",
    RefusalCode.RUNS_ALREADY: f"{STARTED} is running. Your click did nothing more.",
    RefusalCode.RAN_ALREADY: f"{STARTED} has ended: {{ended}}. Your click did nothing more.",
    RefusalCode.RUN_ENDED: "It has ended already: {ended}. Your click did nothing.",
    RefusalCode.RUN_CLOSED: "{person} has closed it already: {ended}.",
    RefusalCode.STOPPED_ALREADY: "{person} has stopped it already.",
    RefusalCode.LEFT_ALREADY: "{person} has stopped waiting already. Your click did nothing.",
    RefusalCode.NOT_AT_WORK: "It is not at work yet: press Stop. Your click did nothing.",
    RefusalCode.APPROVED_BY_YOU: "You have approved this one already; somebody else has to as well.",
    RefusalCode.KEY_DECIDED: "It is {stage} already{decision}.",
    RefusalCode.KEY_JUST_DECIDED: "Somebody else has decided it already.",
    RefusalCode.KEY_OVERTAKEN: "Another replacement of that server was approved at the same moment, so this one was "
    "not. Look again.",
    RefusalCode.INCIDENT_CLOSED: "That incident is closed. Nothing was done.",
    RefusalCode.STATEMENT_REVOKED: "It was taken back already. Nothing was changed.",
    RefusalCode.NOT_IN_MAINTENANCE: "{pair} is not in maintenance. Nothing was changed.",
    RefusalCode.REQUEST_ALTERED: "What is stored of this request is not what was asked for: somebody has altered it. "
    "Nothing was sent. Tell whoever runs Pairkeeper, and ask again.",
    RefusalCode.REQUEST_EXPIRED: "It expired before anybody decided it. Nothing was sent.",
    RefusalCode.APPROVAL_EXPIRED: "It was approved by {approvers}, but it did not start in time. Nothing was sent.",
    RefusalCode.WRONG_PAIR_NAME: "Type the pair's name, {pair}, to approve. Nothing was sent.",
    RefusalCode.WRONG_FINGERPRINT: "Those are not the last six characters of the fingerprint. Compare it with the "
    "console. Nothing was pinned.",
    RefusalCode.CODE_EMPTY: "The joining code is empty. Nothing was sent.",
    RefusalCode.CODE_UNTYPABLE: "The joining code has a character that cannot be typed: do not paste it, type it. "
    "Nothing was sent.",
    RefusalCode.OTHER_SECONDARY: "The Secondary of {pair} is at {right} by my settings, not at {given}. For a "
    "Secondary elsewhere, first press New Secondary… at /ha-recover {pair}, or change the settings. Nothing was sent.",
    RefusalCode.STATEMENT_TOO_SHORT: "Say how you know, in a few words. Nothing was stated.",
    RefusalCode.STATEMENT_SAYS_NOTHING: '"{words}" does not say how you know ({kind}). Nothing was sent.',
    RefusalCode.SERVER_INCOMPLETE: "Give host, a port from 1 to 65535, and the address. Nothing was done.",
    RefusalCode.NO_ADDRESS: "{address} is no IP address. Nothing was done.",
    RefusalCode.FLOATING_ADDRESS: "That is the floating IP: give the server's own address. Nothing was done.",
    RefusalCode.PEER_ADDRESS: "{address} is the {peer}'s address. Nothing was done.",
    RefusalCode.NO_KEY_OFFERED: "{host}:{port} offers no host key: {why}. Nothing was done.",
    RefusalCode.NO_KEY_OFFERED_YET: "{host}:{port} offers no host key: {why}. Nothing was done; try again when it is "
    "up.",
    RefusalCode.OWNER_MISSING: "To whom? Type @ and choose the person from the list that Slack shows: /ha-incident "
    "{pair} give @person. It can be given to {known}. Nothing was changed.",
    RefusalCode.MAINTENANCE_WITHOUT_REASON: f"And why? {MAINTENANCE} Nothing was changed.",
    RefusalCode.MAINTENANCE_WITHOUT_END: f"For how long? {MAINTENANCE} At most {{most}} days. Nothing was changed.",
    RefusalCode.MAINTENANCE_WITHOUT_BOTH: f"For how long, and why? {MAINTENANCE} At most {{most}} days. Nothing was "
    "changed.",
    RefusalCode.MORE_THAN_A_PAIR: "After the pair /{command} takes nothing more. Type: /{command} {pair}. Nothing was "
    "done.",
    RefusalCode.ANSWERED_ALREADY: "Too late: {action} was answered already and cannot be taken back. Its end is told "
    "in the thread.",
    RefusalCode.NO_REQUEST: "I have no record of that request. Nothing was done.",
    RefusalCode.NO_RUN: "I have no record of that run. Nothing was done.",
    RefusalCode.NO_HOST_KEY: "I have no record of that host key. Nothing was done.",
    RefusalCode.NO_INCIDENT: "I have no record of incident {incident}.",
    RefusalCode.NO_OPEN_INCIDENT: "{pair} has no open incident. Look: /ha-status {pair}",
    RefusalCode.NOTHING_TO_TAKE: "Each of these incidents is closed, or somebody has taken it. Nothing was changed.",
    RefusalCode.NOTHING_TO_DRAW: "Nobody has looked at any of these pairs in {days} days: there is nothing to draw.",
    RefusalCode.NOT_SEEN_YET: "I have not looked at {pair} yet: /ha-status {pair}",
    RefusalCode.OLD_BUTTON: "That button is from an older message and does nothing now. Nothing was done.",
    RefusalCode.SETTINGS_WRONG: "My settings cannot be used: {mistake} Nothing was sent.",
    RefusalCode.SETTINGS_WRONG_TWICE: "My settings cannot be used: {mistake} ({more} more: pairkeeper check) Nothing "
    "was sent.",
    RefusalCode.UNWRITABLE: "My database could not be written, so nothing was sent. Tell whoever runs Pairkeeper.",
    RefusalCode.UNREADABLE: "My database cannot be read just now, so nothing was done. Try again in a minute.",
    RefusalCode.UNUSABLE_URL: "DATABASE_URL cannot be used, so nothing was done: write it as in "
    "sqlite:///pairkeeper.db or postgresql://user@host/pairkeeper.",
    RefusalCode.NO_DRIVER: "DATABASE_URL asks for PostgreSQL, whose driver is not installed, so nothing was done: "
    "pip install 'pairkeeper[postgres]', or use sqlite:///pairkeeper.db.",
    RefusalCode.FENCED_OUT: "I was held up for so long that my other processes took me for dead. Nothing was done for "
    "this. Look at the thread, then try again.",
    RefusalCode.PEOPLE_UNKNOWN: "I could not ask Slack who may do this, so nothing was done. Try again in a minute.",
    RefusalCode.PEOPLE_OUTDATED: "Slack does not tell me now who may do this, so nothing was done. You can look "
    "meanwhile; for this, try again in a minute.",
    RefusalCode.FORM_TOO_LATE: "That took too long, and nothing was done. Press again.",
    RefusalCode.FORM_LIMITED: "Slack opens no form for me now, as I have asked it for too much. Nothing was done. "
    "Press again in a minute.",
    Remark.BY_HAND: "{how}",
    Remark.ONLY_WITHDRAW: "Until that is mended, only {requester}, who asked, can end this request: by Withdraw.",
    Remark.ASK_AGAIN: "Ask again if it is still needed.",
    Remark.PRESS_AGAIN: "The settings also say who may close it. Press again once they can be read.",
    Remark.NO_STEP_OUT: "Besides, it would not be possible on this pair now: {why} {instead}",
    Remark.TYPE_NOTHING: "Wait for its end: type nothing at the servers meanwhile.",
    Remark.ONLY_LOOK: "By hand only look, until it is closed: `ha-status` on {addresses}.",
    Remark.THREAD: "Its thread is in {channel}.",
    Remark.NOTHING_OPENED: "Nothing was opened.",
    Remark.NOTHING_CLOSED: "Nothing was closed.",
    Remark.NOTHING_NOTED: "Nothing was noted.",
}


def shown(value: Any) -> str:
    """Return one value: people and channels as mentions, times in the reader's zone, codes in words."""
    match value:
        case People(ids):
            return mention(ids)
        case Channel(id):
            return f"<#{id}>"
        case datetime():
            return when(value)
        case Code():
            return term(value)
        case _:
            return str(value)


def words(refusal: Refusal | Text, show: Callable[[Any], str] = shown) -> str:
    """Return a refusal, or a text with values, as a person reads it in Slack."""
    if isinstance(refusal, Text):
        return refusal.filled(show)
    return " ".join(
        TEXTS[code].format_map({name: _filled(value, show) for name, value in values.items()})
        for code, values in refusal.parts
    )


def plain_words(refusal: Refusal | Text) -> str:
    """Return the same without mentions and with times in UTC, for the command line, the log and the record of a run."""
    return words(refusal, _plain)


def _plain(value: Any) -> str:
    match value:
        case datetime():
            return f"{value.astimezone(UTC):%H:%M:%S} UTC"
        case Code():
            return term(value)
        case _:
            return str(value)


def _filled(value: Any, show: Callable[[Any], str]) -> str:
    """Return a value as `show` gives it, and a decision as the end of a clause: by whom and when, where known."""
    if not isinstance(value, Decision):
        return show(value)
    by = f" by {show(People((value.who,)))}" if value.who else ""
    return f"{by} at {show(value.at)}" if value.at else by
