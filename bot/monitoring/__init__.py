"""Whether the bot itself is alive: its vital signs, who is told of its troubles, and what it does when it is deaf."""
