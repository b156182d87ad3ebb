"""Approve a request: the form shows the whole plan, and the services let one person win."""

from bot.domain.approval import same_name
from bot.domain.request import RequestView
from bot.services import approve
from bot.services.approvals import check_can_approve
from bot.slack.interaction import Click, Interaction, Meta, Submission, Success, Values
from bot.views.answers import channel, done
from bot.views.blocks import Block
from bot.views.modals import approve_modal
from bot.views.wording import mention


def _opens(click: Click) -> Block:
    request = check_can_approve(click.desk, int(click.value), click.who)
    return approve_modal(request, click.desk.action(request.action))


def _mistakes(meta: Meta, values: Values) -> dict[str, str]:
    typed = values.get("name", "")
    if same_name(typed, meta.get("pair", typed)):
        return {}
    return {"name": f"Type the pair's name, {meta['pair']}, to approve. Nothing was sent."}


def _sent(form: Submission) -> Success:
    request = approve(form.desk, form.meta["request"], form.who, form.values.get("name", ""))
    return Success(_words(form, request), request.channel)


def _words(form: Submission, request: RequestView) -> str:
    missing = request.needed - len(request.approved_by)
    if missing > 0:
        return done(f"Your approval counts. {missing} more needed before anything is sent.")
    if form.desk.action(request.action).secrets:
        people = mention((request.requester, *request.approved_by))
        return done(f"Approved. It waits for the joining code: {people} can enter it at the card.")
    return done(f"Approved. I look again and run it now; the thread in {channel(request.channel)} tells how it goes.")


APPROVE = Interaction(id="approve", opens=_opens, mistakes=_mistakes, sent=_sent)
