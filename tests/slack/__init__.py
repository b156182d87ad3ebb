"""How Slack is spoken to."""
