"""Maintenance is over before its time."""

from bot.services import incident_handling
from bot.slack.interaction import Click, Interaction
from bot.views.answers import done


def _does(click: Click) -> str:
    incident_handling.end_maintenance(click.desk, click.who, click.desk.pair(click.value))
    return done(f"Maintenance on {click.value} is over. Alerts are on again.")


END_MAINTENANCE = Interaction(id="end_maintenance", does=_does)
