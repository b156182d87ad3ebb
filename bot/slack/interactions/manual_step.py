"""What was asked for has been done at the server itself: the request ends, and both servers are observed."""

from bot.domain.pair import Role
from bot.services import by_hand, incident_handling
from bot.slack.interaction import Click, Interaction
from bot.views.answers import done
from bot.views.status import headline, word


def _does(click: Click) -> str:
    request = by_hand(click.desk, int(click.value), click.who)
    seen, _ = incident_handling.guide(click.desk, click.desk.pair(request.pair))
    noted = f"Noted: {request.action} on {request.pair} was done by hand. I sent nothing."
    if all(seen.own(role) is request.seen.own(role) for role in Role):
        says = ", ".join(f"{role.word} {word(seen.own(role))}" for role in Role)
        noted += f" It does not show: both servers are as they were when it was asked for ({says})."
    return done(f"{noted} Now: {headline(seen)}")


BY_HAND = Interaction(id="by_hand", does=_does)
