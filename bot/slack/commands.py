"""Slash commands and mentions. Both are read into the same form and answered by the same functions."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from bot.charts import missing
from bot.domain.approval import Person, check_member
from bot.domain.command import Action, Command, ReadingCommand, in_full
from bot.domain.errors import Refusal, RefusalCode
from bot.domain.incomplete_line import IncompleteLine
from bot.domain.observation import Observation
from bot.domain.pair import Pair
from bot.domain.pending import PendingWork
from bot.domain.request import Phase
from bot.domain.runbook import CommandStep
from bot.domain.situation import Severity, SituationCode
from bot.domain.snapshot import Snapshot
from bot.domain.words import legible, when
from bot.services import Desk, DetailsNeeded, ahead_of, ask, incident_handling, observe, pair_now, sum_up
from bot.services.base import MARKS, and_list
from bot.services.observation import shown
from bot.slack.durations import took, took_next
from bot.slack.line_form import line_form
from bot.slack.replies import Say
from bot.store import incident_timeline, incidents, maintenance, requests, runs, sightings
from bot.views.answers import channel, done
from bot.views.blocks import Block, buttons, section, small
from bot.views.card import asked
from bot.views.help import help_text, history_text
from bot.views.incident import head, head_text, lead
from bot.views.incident_group import maintenance as maintenance_words
from bot.views.overview import overview
from bot.views.plan import what_if
from bot.views.run import close_buttons
from bot.views.severity import emoji
from bot.views.status import ONLY_PEOPLE, ahead_lines, ask_button, headline, healthy_buttons, possible, status_text
from bot.views.summary import summary, summary_text
from bot.views.wording import first_mentioned, mention, term

Draw = Callable[[Collection[str]], Block | None]
ShowForm = Callable[[Block], bool]

CHANGING = (ReadingCommand.INCIDENT, ReadingCommand.MAINTENANCE)
VERBS = ("take", "give", "note", "open", "close")  # the verbs of /ha-incident


@dataclass(frozen=True)
class TypedCommand:
    """A line that a person typed.

    `name` is the command without a slash, `rest` the remainder as plain text, `raw` the line as Slack sent it.
    """

    who: Person
    name: str
    rest: str
    raw: str = ""

    @property
    def words(self) -> list[str]:
        return self.rest.split(maxsplit=1)


def read_line(who: Person, line: str, commands: Mapping[str, Command]) -> TypedCommand:
    """Read a mention's text as a command. `status london` means `ha-status london`."""
    name, _, rest = legible(line).strip(MARKS).partition(" ")
    return TypedCommand(who, in_full(name.strip(MARKS) or "help", commands), rest.strip(), line)


def run_line(
    desk: Desk,
    commands: Mapping[str, Command],
    typed: TypedCommand,
    say: Say,
    draw: Draw = lambda _pairs: None,
    show_form: ShowForm = lambda _form: False,
) -> None:
    """Answer a typed command, or open a form for what it lacks. Raises Refusal.

    `draw` returns a picture of the named pairs, or of all pairs for none. `show_form` opens a form, and returns
    whether Slack did: it does so only for a slash command, and only at once. If none can be opened, the refusal has a
    button that opens it.
    """
    try:
        _answer(desk, commands, typed, say, draw)
    except Refusal as refusal:
        if not (refusal.line and show_form(line_form(desk, typed.who, refusal.line))):
            raise


def _answer(desk: Desk, commands: Mapping[str, Command], typed: TypedCommand, say: Say, draw: Draw) -> None:
    command = _offered(commands, typed.name)
    if command.reads is not ReadingCommand.HELP:
        check_member(typed.who, only_reads=not command.action and command.reads not in CHANGING)
    if command.action:
        ask_line(desk, command.action, typed, say)
        return
    match command.reads or ReadingCommand.STATUS:
        case ReadingCommand.HISTORY:
            say(*history(desk, _only_the_pair(desk, typed)))
        case ReadingCommand.PLAN:
            plan_line(desk, commands, typed, say)
        case ReadingCommand.INCIDENT:
            incident_line(desk, typed, say)
        case ReadingCommand.MAINTENANCE:
            maintenance_line(desk, typed, say)
        case ReadingCommand.SUMMARY:
            summary_line(desk, typed, say, draw)
        case ReadingCommand.RECOVER:
            show_of_pair(desk, typed, say, show_recovery)
        case ReadingCommand.STATUS:
            show_of_pair(desk, typed, say, show_status)
        case ReadingCommand.HELP:
            say(*help_text(commands, typed.rest))
        case unknown:
            assert_never(unknown)


def _offered(commands: Mapping[str, Command], name: str) -> Command:
    """Return the command of this name. Raises Refusal where there is none, and where the bot does not offer it."""
    command = commands.get(name)
    if command is None:
        names = and_list([f"/{name}" for name, one in commands.items() if not one.refuses])
        raise Refusal(RefusalCode.NO_SUCH_COMMAND, name=name, names=names)
    check_offered(command)
    return command


def check_offered(command: Command) -> None:
    """Raise Refusal, in the command's own words, for a command that the bot knows but does not offer."""
    if command.refuses:
        raise Refusal(RefusalCode.NOT_OFFERED, why=command.refuses)


def show_of_pair(desk: Desk, typed: TypedCommand, say: Say, show: Callable[[Desk, Pair, Say], None]) -> None:
    """Show something of the pair that was named, or of the only one; of several, an overview with a button for each."""
    pairs = desk.pairs()
    if typed.words or len(pairs) == 1:
        return show(desk, _only_the_pair(desk, typed) or desk.only_pair(f"/{typed.name}"), say)
    now = desk.now()
    return say(*overview([pair_now(desk, pair, now) for pair in pairs.values()], now, desk.actions))


def _only_the_pair(desk: Desk, typed: TypedCommand) -> Pair | None:
    """Return the pair that was named, or None if nothing was typed.

    Raises Refusal for an unknown pair and for anything after the pair.
    """
    if not typed.words:
        return None
    pair = desk.pair(typed.words[0])
    if len(typed.words) > 1:
        raise Refusal(RefusalCode.MORE_THAN_A_PAIR, command=typed.name, pair=pair.name)
    return pair


def ask_line(desk: Desk, action: Action, typed: TypedCommand, say: Say) -> None:
    """Handle `<pair> <reason>` for a changing command. Such a command never guesses its pair."""
    pair = desk.pair(typed.words[0]).name if typed.words else ""
    reason = typed.words[1].strip(" \"“”'") if len(typed.words) > 1 else ""
    if pair and reason:
        return ask_for(desk, typed.who, pair, action.name, reason, say)
    line = IncompleteLine(action.name, pair)
    if pair:
        raise Refusal(RefusalCode.REASON_MISSING, action=action.name, pair=pair).because_of(line)
    names = and_list(list(desk.pairs()))
    raise Refusal(RefusalCode.REQUEST_WITHOUT_PAIR, action=action.name, names=names).because_of(line)


def ask_for(desk: Desk, who: Person, pair: str, action: str, reason: str, say: Say) -> None:
    """Store a request and tell the requester the result: the card is posted, or the form must be filled in first."""
    outcome = ask(desk, who, pair, action, reason)
    if isinstance(outcome, DetailsNeeded):
        return say(*needed_words(outcome, reason))
    request = replace(outcome, reason=reason)
    approvers = mention(tuple(approver for approver in desk.pair(pair).approvers if approver != who.id))
    return say(*asked(request, approvers))


def needed_words(needed: DetailsNeeded, reason: str) -> tuple[str, list[dict[str, object]]]:
    """Say what the requester must supply first (a statement, details, a reason), with the button for the form."""
    seen = needed.seen
    action = needed.action.worded(seen.situation)
    what = f"{needed.action.name} on {needed.pair.name}"
    needs = ["your word on what no probe can see"] if needed.ways else []
    if needed.details:
        needs += [f"the {detail.label[0].lower()}{detail.label[1:]}" for detail in action.details]
    if needed.after:
        needs.append("a reason for one more command")
    shown_now = f"Seen: {emoji(seen.about.severity)} {term(seen.situation)}."
    text = f"{what} is not asked for yet, and nothing was sent. It needs {and_list(needs)}. {shown_now}"
    go_on = ask_button(needed.pair.name, needed.action, reason, "Go on…", seen.situation)
    return text, [section(text), *buttons(go_on)]


def history(desk: Desk, pair: Pair | None) -> tuple[str, list[dict[str, object]]]:
    """Return the message with the last requests on one pair, or on all pairs for None."""
    name = pair.name if pair else None
    past = requests.history(desk.store, name)
    return history_text(name, [(request, runs.of_request(desk.store, request.id)) for request in past])


def show_status(desk: Desk, pair: Pair, say: Say) -> None:
    """Probe both servers and show the pair's status."""
    seen = shown(desk, observe(desk, pair))
    ahead = ahead_of(desk, pair.name)
    say(headline(seen, ahead), _status(desk, pair, seen, ahead))


def _status(desk: Desk, pair: Pair, seen: Snapshot, ahead: PendingWork) -> list[Block]:
    armed = sightings.armed(desk.store, pair)
    incident = incidents.open_incident(desk.store, pair.name)
    return status_text(seen, desk.actions, desk.now(), armed, ahead, incident.id if incident else 0)


def show_recovery(desk: Desk, pair: Pair, say: Say) -> None:
    """Probe both servers and show the next step of the recovery, with its button.

    It also says where the incident's thread is, or why no incident is open.
    """
    seen, incident = incident_handling.guide(desk, pair)
    ahead = ahead_of(desk, pair.name)
    close = close_buttons(ahead.run, desk.now()) if ahead.run and ahead.run.phase is Phase.UNKNOWN else []
    if incident is None and seen.situation is not SituationCode.HEALTHY:
        at_work = maintenance.current(desk.store, pair.name)
        until = f"{pair.name} is in maintenance until {when(at_work.ends_at)}" if at_work else ""
        none_open = small(f"No incident is open: {until or 'this look alone is no evidence'}.")
        blocks = [*_status(desk, pair, seen, ahead), *close, none_open]
        return say(headline(seen, ahead), blocks)
    if incident is None:
        what = "\n".join(ahead_lines(ahead)) or f"There is nothing to recover. {ONLY_PEOPLE}"
        text = f"{emoji(Severity.HEALTHY)} {pair.name} is healthy. {what}"
        return say(text, [section(text), *close, *buttons(*possible(healthy_buttons(pair.name, desk.actions), ahead))])
    why = incident_timeline.opened_because(desk.store, incident)
    blocks = lead(incident, desk.actions, took_next(desk, incident.latest), why, ahead) + close
    blocks.append(small(f"The incident's thread is in {channel(incident.channel)}."))
    return say(head_text(incident, desk.actions, "", ahead), blocks)


def plan_line(desk: Desk, commands: Mapping[str, Command], typed: TypedCommand, say: Say) -> None:
    """Handle `<pair> <command>`: show what the command would do, without sending anything."""
    if len(typed.words) < 2:
        line = IncompleteLine("ha-plan", desk.pair(typed.rest).name if typed.rest else "")
        raise Refusal(RefusalCode.PLAN_WITHOUT_PAIR, names=", ".join(desk.actions)).because_of(line)
    pair = desk.pair(typed.words[0])
    name = in_full(typed.words[1].split()[0], commands)
    if name in commands:
        check_offered(commands[name])
    action = desk.action(name)
    show_plan(desk, pair, observe(desk, pair), action, say)


def show_plan(desk: Desk, pair: Pair, seen: Observation, action: Action, say: Say) -> None:
    """Show what this command would do to the pair as observed."""
    say(*what_if(action, desk.actions, seen, shown(desk, seen), took(desk, pair.name, action.name)))


def show_next_plan(desk: Desk, pair: Pair, say: Say) -> None:
    """Show what the next command of the recovery would do, or say that no command is to come."""
    seen = observe(desk, pair)
    step = next((one for one in shown(desk, seen).steps if isinstance(one, CommandStep)), None)
    if step is None:
        text = f"{pair.name} has no command to come: nothing would be sent. Look: /ha-recover {pair.name}"
        return say(text, [section(text)])
    return show_plan(desk, pair, seen, desk.action(step.action), say)


def maintenance_line(desk: Desk, typed: TypedCommand, say: Say) -> None:
    """Handle `<pair> [for 2h because … | end]`: show, begin or end a pair's maintenance."""
    pair = desk.pair(typed.words[0]) if typed.words else _unnamed(desk, typed)
    rest = typed.words[1] if len(typed.words) > 1 else ""
    if not rest:
        return say(*_now_in_maintenance(desk, pair))
    if rest.lower() == "end":
        incident_handling.end_maintenance(desk, typed.who, pair)
        text = done(f"Maintenance on {pair.name} is over. Alerts are on again.")
        return say(text, [section(text)])
    begun = incident_handling.maintain(desk, typed.who, pair, rest)
    until = when(begun.ends_at, "{date_short_pretty} {time}")
    end = f"To end it sooner: /ha-maintenance {pair.name} end"
    text = done(f"{pair.name} is in maintenance until {until}. {channel(begun.channel)} is told. {end}")
    return say(text, [section(text)])


def _unnamed(desk: Desk, typed: TypedCommand) -> Pair:
    """Return the only pair, for a line that names none. Raises Refusal with the line where there are several."""
    try:
        return desk.only_pair(f"/{typed.name}")
    except Refusal as refusal:
        raise refusal.because_of(IncompleteLine(typed.name, rest=typed.raw or typed.rest)) from None


def _now_in_maintenance(desk: Desk, pair: Pair) -> tuple[str, list[Block]]:
    window = maintenance.current(desk.store, pair.name)
    if window:
        return maintenance_words(window)
    text = f"{pair.name} is not in maintenance. To begin: /ha-maintenance {pair.name} for 2h because …"
    return text, [section(text)]


def summary_line(desk: Desk, typed: TypedCommand, say: Say, draw: Draw) -> None:
    """Handle `[pair]`: show the health of one pair or all pairs from the last observations, without probing.

    The text is sent at once and the picture when it is drawn. If no picture can be drawn, the text says what is missing
    for it.
    """
    pair = _only_the_pair(desk, typed)
    names = (pair.name,) if pair else ()
    figures = sum_up(desk, "", names)
    lacks = missing()
    images = [small(f"No picture of the last day: `{lacks}` where I run brings it.")] if lacks else []
    say(summary_text(figures), summary(figures, desk.actions, images=images))
    if image := draw(names):
        say(str(image["alt_text"]), [image])


def _pair_first(desk: Desk, typed: TypedCommand) -> tuple[Pair, str]:
    """Return the pair and the rest of the line.

    If the line is empty, or begins with a verb that is not also a pair's name, it is the bot's only pair. Raises
    Refusal if there are several, or if there is no such pair.
    """
    first, rest = (*typed.words, "", "")[:2]
    if not first or (first.lower() in VERBS and first.casefold() not in map(str.casefold, desk.pairs())):
        return _unnamed(desk, typed), typed.rest
    return desk.pair(first), rest


def incident_line(desk: Desk, typed: TypedCommand, say: Say) -> None:
    """Handle `[pair] [take | give @person | note … | open … | close …]`: show or change a pair's incident."""
    pair, rest_of_line = _pair_first(desk, typed)
    blocks: list[Block] = []
    verb, _, rest = rest_of_line.partition(" ")
    match verb.lower():
        case "":
            incident = incident_handling.the_open_one(desk, pair)
            ahead = ahead_of(desk, pair.name)
            text = head_text(incident, desk.actions, "", ahead)
            why = incident_timeline.opened_because(desk.store, incident)
            blocks = head(incident, desk.actions, why, ahead)
        case "take":
            owned = incident_handling.take(desk, typed.who, pair, typed.who.id)
            text = done(f"You are on it: incident {owned.id} on {pair.name}.")
        case "give":
            owner = first_mentioned(typed.raw)
            incident = incident_handling.take(desk, typed.who, pair, owner)
            text = done(f"Handed over to {mention((incident.owner or owner,))}: incident {incident.id} on {pair.name}.")
        case "note":
            text = done(f"Noted in incident {incident_handling.note(desk, typed.who, pair, rest).id} on {pair.name}.")
        case "open":
            incident, new = incident_handling.open_by_hand(desk, typed.who, pair, rest)
            since = "" if new else f" already, since {when(incident.opened_at)}; what you say is noted in it"
            text = done(f"Incident {incident.id} on {pair.name} is open{since}.")
        case "close":
            closed = incident_handling.close_by_hand(desk, typed.who, pair, rest)
            text = done(f"Incident {closed.id} on {pair.name} is closed.")
        case _:
            raise Refusal(RefusalCode.NO_SUCH_VERB, verb=verb)
    say(text, blocks or [section(text)])
