"""What a person confirms because no probe can see it: the form, and taking it back."""

import json

from bot.domain.statement import StatementKind
from bot.domain.words import legible
from bot.services import incident_handling
from bot.slack.form_validation import missing_confirmations
from bot.slack.interaction import Click, Interaction, Submission, Success
from bot.store import incidents
from bot.views.answers import done
from bot.views.blocks import Block
from bot.views.forms import state_modal
from bot.views.incident import stated
from bot.views.status import headline


def _opens(click: Click) -> Block:
    return state_modal(click.desk.pair(click.value), StatementKind(click.argument))


def _sent(form: Submission) -> Success:
    """The statement counts, and the incident's message shows what is next with it."""
    desk, pair = form.desk, form.desk.pair(form.meta["pair"])
    words = legible(form.values.get("words", ""))
    seen = incident_handling.state(desk, form.who, pair, StatementKind(form.meta["kind"]), words)
    incident = incidents.open_incident(desk.store, seen.pair)
    text, blocks = stated(incident.latest if incident else seen, desk.actions)
    return Success(text, incident.channel if incident else "", blocks)


def _revoke(click: Click) -> str:
    stated_before = json.loads(click.value)
    pair = click.desk.pair(stated_before["pair"])
    observation = incident_handling.revoke(click.desk, click.who, pair, int(stated_before["statement"]))
    return done(f"Taken back. {headline(observation)}")


STATE = Interaction(id="state", opens=_opens, mistakes=missing_confirmations, sent=_sent, takes_argument=True)
REVOKE = Interaction(id="revoke", does=_revoke)
