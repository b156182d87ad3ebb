"""The requester takes a request back before it is decided."""

from bot.services import withdraw
from bot.slack.interaction import Click, Interaction
from bot.views.answers import done


def _does(click: Click) -> str:
    request = withdraw(click.desk, int(click.value), click.who)
    return done(f"Withdrawn: {request.action} on {request.pair}. Nothing was sent.")


WITHDRAW = Interaction(id="withdraw", does=_does)
