"""Ask for an action by a form. It takes a reason, and opens again with fields for what the services still need."""

import json

from bot.domain.statement import StatementKind
from bot.domain.words import legible
from bot.services import Details, DetailsNeeded, ask
from bot.slack.form_validation import missing_confirmations
from bot.slack.interaction import Click, Interaction, Submission, Success
from bot.slack.request_form import request_form
from bot.views.blocks import Block
from bot.views.card import asked
from bot.views.modals import needed_modal
from bot.views.wording import mention


def _opens(click: Click) -> Block:
    offered = json.loads(click.value)
    desk, action = click.desk, click.desk.action(offered["action"])
    return request_form(desk, click.who, action, offered["pair"], offered["reason"], offered.get("situation", ""))


def _sent(form: Submission) -> Success | None:
    """Ask for the action. Where the services still need something, show the form again with fields for it."""
    desk, meta = form.desk, form.meta
    reason = legible(form.values.get("reason") or meta.get("reason", ""))
    pair = meta["pair"] or legible(form.values.get("pair", ""))
    outcome = ask(desk, form.who, pair, meta["action"], reason, _details(form))
    if isinstance(outcome, DetailsNeeded):
        form.show(needed_modal(outcome, reason))
        return None
    approvers = mention(tuple(approver for approver in desk.pair(outcome.pair).approvers if approver != form.who.id))
    text, blocks = asked(outcome, approvers)
    return Success(text, outcome.channel, blocks, kept=True)


def _details(form: Submission) -> Details:
    """Return the action's details, the statements and the acknowledgement that the form holds."""
    values = form.values
    statements = {
        StatementKind(name.removeprefix("state:")): legible(words)
        for name, words in values.items()
        if name.startswith("state:")
    }
    if values.get("way"):
        statements[StatementKind(values["way"])] = legible(values.get("words", ""))
    slots = [detail.slot for detail in form.desk.action(form.meta["action"]).details]
    details = {slot: values[slot].strip() for slot in slots if slot in values}
    return Details(details, statements, legible(values.get("acknowledgement", "")))


ASK = Interaction(id="ask", opens=_opens, mistakes=missing_confirmations, sent=_sent, takes_argument=True)
