"""Slack: the Bolt listeners, the identity of people, and the delivery of messages."""
