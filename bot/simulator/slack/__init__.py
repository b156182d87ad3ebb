"""The local Slack: Slack's service on loopback, strict where Slack is strict."""

from .actor import Actor
from .envelope import Delivery
from .errors import SlackError
from .files import File
from .local import LocalSlack
from .people import Channel, Group, Person

__all__ = ["Actor", "Channel", "Delivery", "File", "Group", "LocalSlack", "Person", "SlackError"]
