"""What people type: slash commands and mentions, by one way to the same answers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.desk import Desk, Needed, ask, status
from bot.desk.looking import shown
from bot.domain.approval import Person, check_member, mention
from bot.domain.command import Command, Reading
from bot.domain.errors import Reason, Refusal
from bot.domain.pair import Pair
from bot.domain.words import plain
from bot.slack.answer import Say
from bot.store import evidence, requests, runs
from bot.views.blocks import buttons, section
from bot.views.card import asked
from bot.views.pages import help_text, history_text
from bot.views.status import ask_button, headline, status_text


@dataclass(frozen=True)
class Typed:
    """A line that somebody typed: the command's name without a slash, the rest as plain text."""

    who: Person
    name: str
    rest: str

    @property
    def words(self) -> list[str]:
        return self.rest.split(maxsplit=1)


def read_line(who: Person, line: str, commands: Mapping[str, Command]) -> Typed:
    """A mention's words as a command; `status london` means `ha-status london`."""
    name, _, rest = plain(line).partition(" ")
    name = name.lstrip("/").lower() or "ha-help"
    return Typed(who, name if name in commands or name.startswith("ha-") else f"ha-{name}", rest.strip())


def run_line(desk: Desk, commands: Mapping[str, Command], typed: Typed, say: Say) -> None:
    """Answer what was typed; raises Refusal."""
    command = commands.get(typed.name)
    if command is None:
        names = ", ".join(f"/{name}" for name in commands)
        raise Refusal(Reason.NO_SUCH_COMMAND, f"I know no /{typed.name}. Nothing was done. There is {names}.")
    if command.refuses:
        raise Refusal(Reason.NOT_OFFERED, command.refuses)
    if command.reads is Reading.HELP:
        return say(*help_text(commands, typed.rest))
    check_member(typed.who)
    if command.action:
        return ask_line(desk, command, typed, say)
    if command.reads is Reading.HISTORY:
        return say(*history(desk, typed.rest))
    return show_status(desk, desk.pair(typed.rest) if typed.rest else desk.only_pair("/ha-status"), say)


def ask_line(desk: Desk, command: Command, typed: Typed, say: Say) -> None:
    """`<pair> <reason>`: a changing command never guesses its pair."""
    if not typed.words:
        names = ", ".join(desk.pairs())
        usage = f"/{command.name} {command.usage}"
        raise Refusal(
            Reason.NO_SUCH_PAIR, f"On which pair, and why? Type: {usage}. There is {names}. Nothing was sent."
        )
    pair = desk.pair(typed.words[0])
    reason = typed.words[1].strip(" \"“”'") if len(typed.words) > 1 else ""
    ask_for(desk, typed.who, pair.name, command.name, reason, say)


def ask_for(desk: Desk, who: Person, pair: str, action: str, reason: str, say: Say) -> None:
    """Ask, and tell the requester what came of it: the card is out, or their word is needed first."""
    found = ask(desk, who, pair, action, reason)
    if isinstance(found, Needed):
        return say(*needed_words(found, reason))
    request = replace(found, reason=reason)
    approvers = mention(tuple(one for one in desk.pair(pair).approvers if one != who.id))
    return say(*asked(request, approvers))


def needed_words(needed: Needed, reason: str) -> tuple[str, list[dict[str, object]]]:
    """Why the person's own word is needed first, with the button to give it."""
    seen = needed.seen
    what = f"{needed.action.name} on {needed.pair.name}"
    why = [f"{seen.about.glyph} {seen.about.says}"]
    if needed.ways:
        why.append("What decides here no probe can see, so it needs your word.")
    if needed.details:
        why.append(f"It needs to know: {', '.join(detail.label.lower() for detail in needed.action.details)}.")
    if needed.after:
        why.append(f"{needed.after} One more needs a reason of its own.")
    text = f"{what} is not asked for yet, and nothing was sent. " + " ".join(why)
    go_on = ask_button(needed.pair.name, needed.action, reason, "Go on…")
    return text, [section(text), *buttons(go_on)]


def history(desk: Desk, name: str) -> tuple[str, list[dict[str, object]]]:
    """The last requests, on one pair or on all."""
    pair = desk.pair(name).name if name else None
    found = requests.history(desk.store, pair)
    return history_text(pair, [(request, runs.of_request(desk.store, request.id)) for request in found])


def show_status(desk: Desk, pair: Pair, say: Say) -> None:
    """Look at both servers and say what is there."""
    seen = shown(desk, status(desk, pair))
    armed = evidence.armed(desk.store, pair)
    say(headline(seen), status_text(seen, desk.actions, pair.peer_row, desk.now(), armed))
