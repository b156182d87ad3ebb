"""The way to the servers: SSH by Fabric, with pinned host keys, deadlines and strict dialogues.

Fabric opens, pins and logs on; commands run on channels of its transport, because its own `run` has no
bound on an unanswered request, and answers a pattern wherever it stands.
"""

from .client import SshClient
from .session import Session

__all__ = ["Session", "SshClient"]
