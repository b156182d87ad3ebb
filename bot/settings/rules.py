"""The rules for the values of the pairs file, beyond their types."""

import re
from collections.abc import Iterator, Mapping

from bot.domain.command import Action
from bot.domain.pair import CommandLine, Labels, Login, Pair, Role, Server
from bot.domain.plan import fingerprint
from bot.domain.status import is_address, same_address
from bot.settings.mistakes import Mistake, either, show
from bot.settings.samples import never_matches

NAME = re.compile(r"[\w.-]{1,40}")
PERSON = re.compile(r"[UW][A-Z0-9]{2,}")
GROUP = re.compile(r"S[A-Z0-9]{2,}")
CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}")
SLOT = re.compile(r"\{(\w+)\}")
DAY = 24 * 60.0
HOUR = 3600.0
LEAST_LOOK = 5.0  # seconds: the shortest interval between two probes of a pair
MOVABLE = ("ha-failover", "ha-failback")  # the commands that the settings may have run on the other server
ABSENT = ("unpaired", "floating_ip", "share")  # labels that may be "", for what a pair does not print
BARE = ("", "x", "?", ":", ">", "[y/N]", "[y/N]: ", "(yes/no)? ")  # texts that no pattern for a question may match


def pair_mistakes(place: str, pair: Pair, actions: Mapping[str, Action]) -> Iterator[Mistake]:
    """Yield everything that is wrong with a pair in which all types are right."""
    if not NAME.fullmatch(pair.name):
        yield Mistake(place, "cannot be typed as one word: name it with letters, digits, - and _, at most 40.")
    yield from _people_mistakes(place, pair)
    yield from _number(f"{place}.approval_minutes", pair.approval_minutes, DAY)
    yield from _number(f"{place}.cool_down_minutes", pair.cool_down_minutes, DAY, or_none=True)
    yield from _number(f"{place}.verify_seconds", pair.verify_seconds, HOUR)
    yield from _number(f"{place}.escalate_minutes", pair.escalate_minutes, DAY)
    if pair.look_seconds and not LEAST_LOOK <= pair.look_seconds <= HOUR:
        words = f"give seconds from {LEAST_LOOK:g} up to {HOUR:g}, or 0 to look only when somebody asks."
        yield Mistake(f"{place}.look_seconds", f"is {pair.look_seconds:g}: {words}")
    for index, one in enumerate(pair.escalate_to):
        if not any(kind.fullmatch(one) for kind in (PERSON, GROUP, CHANNEL)):
            words = "give an id: a channel's begins with C or G, a person's with U or W, a user group's with S."
            yield Mistake(f"{place}.escalate_to[{index}]", f"is {show(one)}: {words}")
    if pair.floating_ip is not None and not is_address(pair.floating_ip):
        yield Mistake(f"{place}.floating_ip", f"is {show(pair.floating_ip)}: give an IP address, as in 10.0.0.10.")
    for role in Role:
        yield from _server_mistakes(f"{place}.{role}", pair, pair.server(role))
    if same_address(pair.primary.address, pair.secondary.address):
        words = f"is {pair.secondary.address}, the Primary's: give each server its own."
        yield Mistake(f"{place}.secondary.address", words)
    for name, line in pair.commands.items():
        yield from _command_mistakes(f"{place}.commands.{name}", line, actions.get(name))
    yield from _label_mistakes(f"{place}.labels", pair.labels)


def _number(place: str, value: float, most: float, or_none: bool = False) -> Iterator[Mistake]:
    if not 0 <= value <= most or (value == 0 and not or_none):
        words = "from 0 up" if or_none else "above 0, up"
        yield Mistake(place, f"is {value:g}: give a number {words} to {most:g}.")


def _people_mistakes(place: str, pair: Pair) -> Iterator[Mistake]:
    if not CHANNEL.fullmatch(pair.channel):
        yield Mistake(f"{place}.channel", f"is {show(pair.channel)}: give the channel's id, as in C0123456789.")
    for key, people in (("requesters", pair.requesters), ("approvers", pair.approvers)):
        if not people:
            yield Mistake(f"{place}.{key}", "is empty: name at least one person by id, as in U0123456789.")
        for index, one in enumerate(people):
            if not PERSON.fullmatch(one) and not GROUP.fullmatch(one):
                words = "give an id: a person's begins with U or W, a user group's with S."
                yield Mistake(f"{place}.{key}[{index}]", f"is {show(one)}: {words}")
    if pair.approvals < 1:
        yield Mistake(f"{place}.approvals", f"is {pair.approvals}: at least 1 person has to approve.")
    if pair.approvers and not any(GROUP.fullmatch(one) for one in pair.approvers):
        yield from _quorum_mistakes(place, pair)


def _quorum_mistakes(place: str, pair: Pair) -> Iterator[Mistake]:
    """Yield a mistake if a requester could never find enough approvers.

    User groups are counted only when somebody asks, as Slack knows their members.
    """
    short = [one for one in pair.requesters if len(set(pair.approvers) - {one}) < pair.approvals]
    if short:
        yield Mistake(
            f"{place}.approvers",
            f"has fewer than {max(pair.approvals, 1)} besides {either(dict.fromkeys(short))}, who may ask: "
            "add approvers, because nobody approves their own request.",
        )


def _server_mistakes(place: str, pair: Pair, server: Server) -> Iterator[Mistake]:
    yield from _login_mistakes(place, pair, server)
    if server.jump:
        yield from _login_mistakes(f"{place}.jump", pair, server.jump)
    if not server.address:
        yield Mistake(f"{place}.address", "is missing: give the IP address that ha-status prints for this server.")
    elif not is_address(server.address):
        words = f"is {show(server.address)}: give the IP address that ha-status prints for this server."
        yield Mistake(f"{place}.address", words)
    elif pair.floating_ip and same_address(pair.floating_ip, server.address):
        yield _floating(f"{place}.address", pair.floating_ip)
    if not server.prefix.isprintable():
        yield Mistake(f"{place}.prefix", f"is {show(server.prefix)}: give one line, as it is typed.")
    if server.mode != "exec":
        yield Mistake(
            f"{place}.mode",
            f'is {show(server.mode)}: only "exec" is supported, because an appliance that gives nothing but an '
            "interactive shell cannot be driven yet.",
        )


def _login_mistakes(place: str, pair: Pair, login: Login) -> Iterator[Mistake]:
    for key, value in (("host", login.host), ("user", login.user)):
        if not value or not value.isprintable() or " " in value:
            yield Mistake(f"{place}.{key}", f"is {show(value)}: give it as one word.")
    if not 0 < login.port < 65536:
        yield Mistake(f"{place}.port", f"is {login.port}: give a port from 1 to 65535.")
    if fingerprint(login.host_key) == "not a host key":
        words = f"is no public key line, as in ssh-ed25519 AAAA…: see what `pairkeeper hostkey {pair.name}` prints."
        yield Mistake(f"{place}.host_key", words)
    if not login.key and not login.agent:
        yield Mistake(f"{place}.key", "is missing: give the private key's path, or set agent = true.")
    if pair.floating_ip and same_address(pair.floating_ip, login.host):
        yield _floating(f"{place}.host", pair.floating_ip)


def _floating(place: str, floating_ip: str) -> Mistake:
    words = f"is the floating IP {floating_ip}, which moves to the other server at a failover"
    return Mistake(place, f"{words}: give the server's own address.")


def _command_mistakes(place: str, line: CommandLine, action: Action | None) -> Iterator[Mistake]:
    if not line.line.strip() or not line.line.isprintable():
        yield Mistake(f"{place}.line", f"is {show(line.line)}: give one line, as it is typed.")
    yield from _number(f"{place}.time_limit", line.time_limit, HOUR)
    yield from _number(f"{place}.longest", line.longest, DAY * 60)
    if line.runs_on and (action is None or action.name not in MOVABLE):
        words = f"is set: only {either(MOVABLE, 'and')} may run on another server than usual. Remove it."
        yield Mistake(f"{place}.runs_on", words)
    if action is None and line.dialogue:
        yield Mistake(f"{place}.dialogue", "is set: a command that only reads asks nothing. Remove it.")
    slots = [*(one.slot for one in action.details), *(one.slot for one in action.secrets)] if action else []
    for index, question in enumerate(line.dialogue):
        where = f"{place}.dialogue[{index}]"
        yield from _prompt_mistakes(f"{where}.prompt", question.prompt)
        yield from _answer_mistakes(f"{where}.answer", question.answer, slots)


def _prompt_mistakes(place: str, pattern: str) -> Iterator[Mistake]:
    compiled = _compiled(place, pattern)
    if isinstance(compiled, Mistake):
        yield compiled
    elif any(compiled.search(bare) for bare in BARE):
        words = "it would answer questions that I do not know. Give the question's own words."
        yield Mistake(place, f"is {show(pattern)}: {words}")


def _answer_mistakes(place: str, answer: str, slots: list[str]) -> Iterator[Mistake]:
    if not answer.isprintable():
        yield Mistake(place, f"is {show(answer)}: give one line, without its ENTER.")
    known = either((f"{{{slot}}}" for slot in slots), "and") if slots else "none for this command"
    for slot in SLOT.findall(answer):
        if slot not in slots:
            yield Mistake(place, f"has {{{slot}}}, which nobody gives: there is {known}.")


def _label_mistakes(place: str, labels: Labels) -> Iterator[Mistake]:
    for name, pattern in vars(labels).items():
        if name in ABSENT and not pattern:
            continue
        compiled = _compiled(f"{place}.{name}", pattern)
        if isinstance(compiled, Mistake):
            yield compiled
        elif compiled.search("") or compiled.search("x"):
            yield Mistake(f"{place}.{name}", f"is {show(pattern)}: it fits any line. Give the words it stands for.")
        elif never_matches(name, pattern):
            words = "it can fit no line, as lines come without tabs, each by itself. Give the label as it is printed."
            yield Mistake(f"{place}.{name}", f"is {show(pattern)}: {words}")


def _compiled(place: str, pattern: str) -> re.Pattern[str] | Mistake:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        return Mistake(place, f"is no regular expression, {error}: mend it, or put a backslash before its marks.")
