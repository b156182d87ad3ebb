"""Who may request and who may approve. People are known by id, never by name, and a requester never approves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.code import Code
from bot.domain.errors import Refusal, RefusalCode
from bot.domain.pair import Pair
from bot.domain.text import People
from bot.domain.words import JOINER

Members = Callable[[str], frozenset[str]]


class Standing(Code):
    """What a person is in the workspace."""

    MEMBER = "member"
    GUEST = "guest"
    DELETED = "deleted"
    STRANGER = "from_another_workspace"


@dataclass(frozen=True)
class Person:
    """A person in Slack, known by id. The name is only for people to read.

    `fresh` is false where Slack gives no answer now that is good enough to change something. Then the other fields are
    what it last said, up to some minutes ago.
    """

    id: str
    name: str
    standing: Standing = Standing.MEMBER
    fresh: bool = True


def listed(ids: tuple[str, ...], members: Members) -> frozenset[str]:
    """Return the people that a list stands for: user ids as they are, and user groups (`S…`) as their members."""
    people: set[str] = set()
    for name in ids:
        people |= members(name) if name.startswith("S") else {name}
    return frozenset(people)


def check_member(person: Person, only_reads: bool = False) -> None:
    """Raise Refusal unless this is a full member of the workspace by a fresh answer of Slack's.

    With `only_reads`, an older answer is enough.
    """
    if person.standing is not Standing.MEMBER:
        raise Refusal(RefusalCode.NOT_A_MEMBER, standing=person.standing)
    if not (person.fresh or only_reads):
        raise Refusal(RefusalCode.PEOPLE_OUTDATED)


def check_requester(pair: Pair, person: Person, members: Members) -> None:
    """Raise Refusal unless this person may request changes to this pair."""
    check_member(person)
    if not is_requester(pair, person, members):
        if person.id in listed(pair.approvers, members):
            raise Refusal(RefusalCode.ONLY_AN_APPROVER, pair=pair.name, requesters=People(pair.requesters))
        raise Refusal(RefusalCode.NOT_A_REQUESTER, pair=pair.name, requesters=People(pair.requesters))


def is_requester(pair: Pair, person: Person, members: Members) -> bool:
    """Whether the settings name this person, or a group of theirs, among those who may request changes."""
    return person.id in listed(pair.requesters, members)


def others(pair: Pair, requester: str, members: Members) -> frozenset[str]:
    """Return who may approve what this person requested."""
    return listed(pair.approvers, members) - {requester}


def closers(pair: Pair, requester: str, members: Members) -> frozenset[str]:
    """Return who may say how a run of unknown outcome ended: all people of the pair but the requester."""
    return others(pair, requester, members) | (listed(pair.requesters, members) - {requester})


def check_approver(pair: Pair, person: Person, requester: str, members: Members) -> None:
    """Raise Refusal for the requester, and for everybody who is not an approver of this pair."""
    check_member(person)
    can = others(pair, requester, members)
    approvers = People(tuple(sorted(can)))
    if person.id == requester:
        raise Refusal(RefusalCode.SELF_APPROVAL, approvers=approvers)
    if person.id not in can:
        raise Refusal(RefusalCode.NOT_AN_APPROVER, pair=pair.name, approvers=approvers)


def expires_at(pair: Pair, asked: datetime) -> datetime:
    """Return when a request expires if nobody decides it."""
    return asked + timedelta(minutes=pair.approval_minutes)


def same_name(typed: str, name: str) -> bool:
    """Whether the pair's name was typed.

    Case and blanks do not matter, nor do the joiners in a name copied from Slack.
    """
    return "".join(typed.replace(JOINER, "").split()).casefold() == "".join(name.split()).casefold()
