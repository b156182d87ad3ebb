"""What is next: the way back to a healthy pair."""

from bot.slack.commands import show_recovery
from bot.slack.interaction import Interaction

RECOVER = Interaction(
    id="recover", shows=lambda click, say: show_recovery(click.desk, click.desk.pair(click.value), say), reads=True
)
