"""Complete what was typed: a form asks for what is missing, and what is sent counts as if it had been typed."""

import json

from bot.domain.incomplete_line import IncompleteLine
from bot.domain.words import legible
from bot.slack.commands import TypedCommand, run_line
from bot.slack.interaction import Click, Interaction, Submission, Success
from bot.slack.line_form import line_form
from bot.views.blocks import Block


def _opens(click: Click) -> Block:
    return line_form(click.desk, click.who, IncompleteLine(**json.loads(click.value)))


def _sent(form: Submission) -> Success:
    """Answer as the typed line would have been answered."""
    meta, values = form.meta, {name: legible(words) for name, words in form.values.items()}
    line = f"{meta['pair'] or values['pair']} {meta['rest'].format_map(values)}"
    answers: list[tuple[str, list[Block]]] = []
    typed = TypedCommand(form.who, meta["command"], legible(line), line)
    run_line(form.desk, form.commands, typed, lambda *answer: answers.append(answer))
    text, blocks = answers[-1]
    return Success(text, blocks=blocks, kept=True)


LINE = Interaction(id="line", opens=_opens, sent=_sent, reads=True)
