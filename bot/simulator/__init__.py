"""The simulated pair and the local Slack: the demo, the drill, and what the tests talk to."""
