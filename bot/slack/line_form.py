"""The form for a typed line that lacks something: what is typed already is filled in."""

from bot.domain.approval import Person
from bot.domain.incomplete_line import IncompleteLine
from bot.domain.maintenance import read_window, typed_length
from bot.domain.words import legible
from bot.services import Desk
from bot.services.incident_handling import LONGEST_NOTE
from bot.slack.request_form import request_form
from bot.store import incidents
from bot.views.blocks import Block
from bot.views.line_forms import incident_modal, incident_option, maintenance_modal, plan_modal
from bot.views.wording import first_mentioned


def line_form(desk: Desk, who: Person, line: IncompleteLine) -> Block:
    """Return the form that completes this line. Raises Refusal for a person who may not ask for what they typed."""
    if action := desk.actions.get(line.command):
        return request_form(desk, who, action, line.pair, "")
    match line.command:
        case "ha-plan":
            return plan_modal(line, _pairs(desk), list(desk.actions))
        case "ha-maintenance":
            text = legible(line.rest)
            return maintenance_modal(line, _pairs(desk), typed_length(text), read_window(text)[1], LONGEST_NOTE)
    verb, _, words = legible(line.rest).partition(" ")
    verb = verb.lower()
    pairs = _pairs(desk) if verb == "open" else _open_incidents(desk) or _pairs(desk)
    owner = first_mentioned(line.rest) if verb == "give" else ""
    return incident_modal(line, pairs, verb, owner, words, LONGEST_NOTE)


def _pairs(desk: Desk) -> dict[str, str]:
    return {pair: pair for pair in desk.pairs()}


def _open_incidents(desk: Desk) -> dict[str, str]:
    """Return the pairs that have an open incident, each with the words for it."""
    open_ones = {pair: incidents.open_incident(desk.store, pair) for pair in desk.pairs()}
    return {pair: incident_option(incident) for pair, incident in open_ones.items() if incident}
