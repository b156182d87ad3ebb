"""Slack: Bolt listeners, the people, and the messages kept up to date."""
