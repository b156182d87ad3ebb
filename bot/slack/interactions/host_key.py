"""A replacement server: its host key is offered in a form, and a second person pins or refuses it."""

from bot.domain.pair import Role
from bot.domain.plan import fingerprint, veiled
from bot.domain.status import is_address
from bot.domain.words import legible
from bot.services import key_approval
from bot.slack.interaction import Click, Interaction, Meta, Submission, Success, Values
from bot.views.answers import channel, done, under_way
from bot.views.blocks import Block
from bot.views.forms import pin_approve_modal, pin_modal


def _opens_offer(click: Click) -> Block:
    return pin_modal(click.desk.pair(click.value), Role(click.argument))


def _mistakes_of_offer(_meta: Meta, values: Values) -> dict[str, str]:
    if is_address(legible(values.get("address", ""))):
        return {}
    return {"address": "That is no IP address. Give the one that ha-status prints for it. Nothing was done."}


def _offered(form: Submission) -> Success:
    """The key is fetched and put before a second person."""
    values, port = form.values, form.values.get("port", "")
    role, host, address = Role(form.meta["role"]), legible(values.get("host", "")), legible(values.get("address", ""))
    number = int(port) if port.isdecimal() else 0
    pin = key_approval.offer(form.desk, form.who, form.meta["pair"], role, host, number, address)
    words = under_way(
        f"The new {pin.role.word} of {pin.pair} offers {veiled(fingerprint(pin.host_key))} (the last six are on its "
        f"console). Somebody else has to compare it with its console: the card is in {channel(pin.channel)}."
    )
    return Success(words, pin.channel)


def _opens_approval(click: Click) -> Block:
    return pin_approve_modal(key_approval.check_can_decide(click.desk, int(click.value), click.who))


def _mistakes_of_approval(meta: Meta, values: Values) -> dict[str, str]:
    typed = values.get("name", "").strip()
    if typed == meta.get("ending", typed):
        return {}
    compare = "Compare it with the console. Nothing was pinned."
    return {"name": f"Those are not the last six characters of the fingerprint. {compare}"}


def _approved(form: Submission) -> Success:
    """A second person has compared the fingerprint with the console."""
    pin = key_approval.approve(form.desk, form.meta["pin"], form.who, form.values.get("name", ""))
    words = done(f"Pinned: the new {pin.role.word} of {pin.pair} at {pin.address}. Look at it: /ha-recover {pin.pair}")
    return Success(words, pin.channel)


def _refuse(click: Click) -> str:
    pin = key_approval.refuse(click.desk, int(click.value), click.who)
    return done(f"Refused: the new {pin.role.word} of {pin.pair} is not pinned, and I send it nothing.")


OFFER = Interaction(id="pin", opens=_opens_offer, mistakes=_mistakes_of_offer, sent=_offered, takes_argument=True)
APPROVE = Interaction(id="pin_approve", opens=_opens_approval, mistakes=_mistakes_of_approval, sent=_approved)
REFUSE = Interaction(id="pin_refuse", does=_refuse)
