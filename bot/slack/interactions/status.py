"""Look again: both servers are observed, and the answer shows what they say."""

from bot.slack.commands import show_status
from bot.slack.interaction import Interaction

LOOK = Interaction(
    id="look", shows=lambda click, say: show_status(click.desk, click.desk.pair(click.value), say), reads=True
)
