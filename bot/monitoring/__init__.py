"""Whether the bot itself is alive: its vital signs, who hears of them, and what is done when it is deaf."""
