"""Deny a request, with a reason that its requester hears."""

from bot.domain.approval import check_approver
from bot.domain.words import legible
from bot.services import deny
from bot.services.approvals import check_can_approve
from bot.slack.interaction import Click, Interaction, Meta, Submission, Success, Values
from bot.store import requests
from bot.views.answers import done
from bot.views.blocks import Block
from bot.views.modals import deny_modal
from bot.views.wording import mention


def _opens(click: Click) -> Block:
    desk = click.desk
    request = requests.get(desk.store, int(click.value))
    check_approver(desk.pair(request.pair), click.who, request.requester, desk.members)
    return deny_modal(check_can_approve(desk, int(click.value), click.who))


def _mistakes(_meta: Meta, values: Values) -> dict[str, str]:
    return {} if values.get("why", "").strip() else {"why": "Say why you deny it. Nothing was done."}


def _sent(form: Submission) -> Success:
    request = deny(form.desk, form.meta["request"], form.who, legible(form.values.get("why", "")))
    hears = f"{mention((request.requester,))} hears why"
    words = done(f"Denied: {request.action} on {request.pair}. Nothing was sent, and {hears}.")
    return Success(words, request.channel)


DENY = Interaction(id="deny", opens=_opens, mistakes=_mistakes, sent=_sent)
