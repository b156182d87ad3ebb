"""The forms that complete what was typed: for a plan, for maintenance, and for an incident."""

from collections.abc import Mapping, Sequence

from bot.domain.incident import IncidentView
from bot.domain.incomplete_line import IncompleteLine
from bot.domain.words import esc
from bot.views.blocks import Block, choice, cut, entry, modal, section
from bot.views.modals import metadata, pair_entry
from bot.views.wording import term

LENGTHS = {
    "30m": "30 minutes",
    "1h": "1 hour",
    "2h": "2 hours",
    "4h": "4 hours",
    "8h": "8 hours",
    "1d": "1 day",
    "3d": "3 days",
    "7d": "7 days",
}
# By the verb: what the button says, and what is asked for; empty where the verb takes no words.
VERBS = {
    "": ("Show", ""),
    "take": ("I'm on it", ""),
    "give": ("Hand over", ""),
    "note": ("Note it", "What to note?"),
    "open": ("Open it", "Why?"),
    "close": ("Close it", "How did it end?"),
}


def plan_modal(line: IncompleteLine, pairs: Mapping[str, str], actions: Sequence[str]) -> Block:
    """Draw the form for `<pair> <command>`, for what the command would do."""
    text = f"*What would a command do{_of('on', line.pair)}?* I look at both servers; nothing is sent."
    which = choice("command", "Which command?", {name: name for name in actions})
    return line_modal(line, pairs, "What if", text, [which], "Show", "{command}")


def maintenance_modal(line: IncompleteLine, pairs: Mapping[str, str], length: str, why: str, most: int) -> Block:
    """Draw the form for `<pair> for <length> because <why>`. The reason takes `most` characters."""
    text = f"*Begin maintenance{_of('of', line.pair)}.* No new alerts meanwhile; I still look."
    lengths = {length: LENGTHS.get(length, length), **LENGTHS} if length else LENGTHS
    fields = [choice("length", "For how long?", lengths, length), _words("Why?", why, most)]
    return line_modal(line, pairs, "Maintenance", text, fields, "Begin", "for {length} because {words}")


def incident_modal(
    line: IncompleteLine, pairs: Mapping[str, str], verb: str, owner: str, words: str, most: int
) -> Block:
    """Draw the form for `<pair> <verb> …`. Words take `most` characters; `owner` is to whom it is given."""
    submit, asks = VERBS[verb]
    text = f"*{submit}: the incident{_of('of', line.pair)}{f', to <@{owner}>' if owner else ''}.*"
    fields = [_words(asks, words, most)] if asks else []
    rest = f"{verb} {{words}}" if asks else f"{verb} <@{owner}>" if owner else verb
    return line_modal(line, pairs, "Incident", text, fields, submit, rest)


def incident_option(incident: IncidentView) -> str:
    """Return the words for a pair with its open incident, for a list to choose from."""
    return f"{incident.pair} · incident {incident.id} · {term(incident.latest.situation)}"


def line_modal(
    line: IncompleteLine,
    pairs: Mapping[str, str],
    title: str,
    text: str,
    fields: Sequence[Block],
    submit: str,
    rest: str,
) -> Block:
    """Draw a form for a line. `rest` is what follows the pair, with the fields' names in braces."""
    return modal(
        title,
        [section(text), *pair_entry(line.pair, pairs), *fields],
        callback="line",
        submit=submit,
        metadata=metadata(command=line.command, pair=line.pair, rest=rest),
    )


def _words(title: str, words: str, most: int) -> Block:
    field = entry("words", title, lines=True, most=most)
    if words:
        field["element"]["initial_value"] = cut(words, most)
    return field


def _of(preposition: str, pair: str) -> str:
    return f" {preposition} {esc(pair)}" if pair else ""
