"""Ask for an action by a form. It takes a reason, and opens again with fields for what the services still need."""

import json

from bot.domain.situation import SituationCode
from bot.domain.snapshot import Snapshot
from bot.domain.statement import StatementKind
from bot.domain.words import plain, when
from bot.services import Details, DetailsNeeded, ask
from bot.slack.form_validation import missing_confirmations
from bot.slack.interaction import Click, Interaction, Submission
from bot.store import sightings
from bot.views.blocks import Block
from bot.views.card import asked
from bot.views.modals import needed_modal, reason_modal
from bot.views.severity import emoji
from bot.views.wording import mention, term


def _opens(click: Click) -> Block:
    """Return the form for the action that the button offers, worded for the situation seen last."""
    offered = json.loads(click.value)
    pair = offered["pair"]
    seen = sightings.last_seen(click.desk.store, pair)
    action = click.desk.action(offered["action"])
    worded = action.worded(seen.situation) if seen else action
    moved = situation_moved(offered.get("situation"), seen)
    return reason_modal(pair, worded, offered["reason"], click.channel, moved)


def situation_moved(then: str | None, seen: Snapshot | None) -> str:
    """Return a note where the situation has changed since the reason was given; else an empty text."""
    if seen is None or not then or SituationCode(then) is seen.situation:
        return ""
    newest = f"Last seen, at {when(seen.as_of)}: {emoji(seen.about.severity)} {term(seen.situation)}. {seen.about.says}"
    return f"*The situation has changed since this reason was given.* It was: {term(SituationCode(then))}. {newest}"


def _sent(form: Submission) -> None:
    """Ask for the action. Where the services still need something, show the form again with fields for it."""
    desk, meta = form.desk, form.meta
    reason = plain(form.values.get("reason") or meta.get("reason", ""))
    found = ask(desk, form.who, meta["pair"], meta["action"], reason, _details(form))
    if isinstance(found, DetailsNeeded):
        form.show(needed_modal(found, reason, meta.get("channel", "")))
        return
    approvers = mention(tuple(one for one in desk.pair(found.pair).approvers if one != form.who.id))
    form.say(*asked(found, approvers))


def _details(form: Submission) -> Details:
    """Return the action's details, the statements and the acknowledgement that the form holds."""
    values = form.values
    statements = {
        StatementKind(name.removeprefix("state:")): plain(words)
        for name, words in values.items()
        if name.startswith("state:")
    }
    if values.get("way"):
        statements[StatementKind(values["way"])] = plain(values.get("words", ""))
    slots = [detail.slot for detail in form.desk.action(form.meta["action"]).details]
    details = {slot: values[slot].strip() for slot in slots if slot in values}
    return Details(details, statements, plain(values.get("acknowledgement", "")))


ASK = Interaction(id="ask", opens=_opens, mistakes=missing_confirmations, sent=_sent, takes_argument=True)
