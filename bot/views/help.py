"""Help, history and refusals: texts for one person."""

import re
from collections.abc import Mapping, Sequence

from bot.domain.command import Command, in_full
from bot.domain.errors import Refusal
from bot.domain.request import Phase, RequestView, RunView, Stage
from bot.domain.words import esc, span, when
from bot.views.blocks import Block, section, small
from bot.views.card import ended
from bot.views.refusal_buttons import refusal_buttons
from bot.views.refusals import words
from bot.views.wording import mention, term

REFUSED = "⛔"
# Slack's own marks begin with @, # or !, and its links hold a colon, so they do not match
PLACEHOLDER = re.compile(r"<(\w+)>")


def refused(refusal: Refusal) -> tuple[str, list[Block]]:
    """Draw a refusal to one person, with the button for what is possible instead."""
    text = f"{REFUSED} {_shown(words(refusal))}"
    return text, [section(text), *refusal_buttons(refusal)]


def _shown(text: str) -> str:
    """Return the text with its `<placeholders>` escaped, so that Slack shows them."""
    return PLACEHOLDER.sub(r"&lt;\1&gt;", text)


def help_text(commands: Mapping[str, Command], name: str = "") -> tuple[str, list[Block]]:
    """Draw a list of all commands, or the full help for the named one."""
    command = commands.get(in_full(name, commands))
    if command:
        return f"Help for /{command.name}", [section(_one(command))]
    lines = [f"`/{c.name} {esc(c.usage)}` {c.summary}" for c in commands.values() if not c.refuses]
    unknown = f"{REFUSED} I know no command “{esc(name)}”. Here is what there is.\n" if name else ""
    footer = (
        "In a thread, where slash commands do not work: `@pairkeeper status london`. Nobody approves their own request."
    )
    return "What I can do", [section(unknown + "\n".join(lines)), small(footer)]


def _one(command: Command) -> str:
    lines = [f"*`/{command.name} {esc(command.usage)}`* {command.summary}."]
    if command.refuses:
        return lines[0] + f"\n{command.refuses}"
    if action := command.action:
        lines += [
            action.does,
            f"*Runs on* the {action.runs_on.word}",
            f"*You lose* {action.loses.format(window='since the pair was last seen healthy')}",
            f"*Possible when* {', '.join(map(term, action.allowed))}",
            f"*Done when* {action.expects}",
            "A second person approves it; I look again, run it once, and look afterwards.",
        ]
    return "\n".join([*lines, *(_shown(one) for one in command.more), f"Example: `{command.example}`"])


def history_text(pair: str | None, found: Sequence[tuple[RequestView, RunView | None]]) -> tuple[str, list[Block]]:
    """Draw the last requests, newest first."""
    title = f"Last requests on {pair}" if pair else "Last requests"
    if not found:
        return title, [section(f"Nobody has asked for anything{f' on {esc(pair)}' if pair else ''} yet.")]
    return title, [section(f"*{esc(title)}*"), *(section(_line(request, run)) for request, run in found)]


def _line(request: RequestView, run: RunView | None) -> str:
    end = ended(run) if run and request.stage is Stage.STARTED else term(request.stage)
    denied = request.stage is Stage.DENIED
    took = f" in {span((run.ended_at - run.started_at).total_seconds())}" if run and run.ended_at else ""
    by = f", approved by {mention(request.approved_by)}" if request.approved_by else ""
    by += f", {term(request.stage)} by <@{request.decided_by}>: “{esc(request.why)}”" if denied else ""
    why = f"\n{run.words}" if run and run.phase in (Phase.FAILED, Phase.NOT_SENT, Phase.UNKNOWN) else ""
    return (
        f"{when(request.created_at, '{date_short} {time}')} · `{request.action}` on {esc(request.pair)} · *{end}*{took}"
        "\n"
        f"<@{request.requester}>: “{esc(request.reason)}”{by}{why}"
    )
