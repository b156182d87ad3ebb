"""The connection to the servers: SSH by Fabric, with pinned host keys, deadlines and strict dialogues.

Fabric connects, checks the pinned host key and logs in. Commands run on channels of its transport, because Fabric's own
`run` has no time limit for an unanswered request, and its watchers answer a pattern wherever it stands in the output.
"""

from .client import SshClient
from .session import Session

__all__ = ["Session", "SshClient"]
