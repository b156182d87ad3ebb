"""Enter the joining code of an approved request; it is used here and now, and kept nowhere."""

from bot.domain.errors import Refusal
from bot.services import enter_code
from bot.services.approvals import check_can_enter_code, check_secret
from bot.slack.interaction import Click, Interaction, Meta, Submission, Success, Values
from bot.store import requests
from bot.views.answers import done
from bot.views.blocks import Block
from bot.views.modals import code_modal
from bot.views.refusals import words


def _opens(click: Click) -> Block:
    request = check_can_enter_code(click.desk, int(click.value), click.who)
    return code_modal(request, click.desk.action(request.action))


def _mistakes(_meta: Meta, values: Values) -> dict[str, str]:
    mistakes = {}
    for slot, value in values.items():
        try:
            check_secret(value)
        except Refusal as refusal:
            mistakes[slot] = words(refusal)
    return mistakes


def _sent(form: Submission) -> Success:
    run = enter_code(form.desk, form.meta["request"], form.who, form.values)
    runs_now = done(f"{run.action} on {run.pair} runs now; its thread tells how it goes.")
    return Success(runs_now, requests.get(form.desk.store, run.request_id).channel)


CODE = Interaction(id="code", opens=_opens, mistakes=_mistakes, sent=_sent)
