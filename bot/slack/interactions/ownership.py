"""I'm on it: the person who presses takes the incident on, or all incidents of a group."""

from bot.services import incident_handling
from bot.services.base import and_list
from bot.slack.interaction import Click, Interaction
from bot.views.answers import done


def _own(click: Click) -> str:
    incident = incident_handling.take(click.desk, click.who, click.desk.pair(click.value), click.who.id)
    return done(f"You are on it: incident {incident.id} on {incident.pair}.")


def _own_group(click: Click) -> str:
    owned = incident_handling.take_group(click.desk, click.who, int(click.value))
    return done(f"You are on it: {and_list(owned)}.")


OWN = Interaction(id="own", does=_own)
OWN_GROUP = Interaction(id="own_storm", does=_own_group)
