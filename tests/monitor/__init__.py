"""Watching by the clock: looks, alerts, summaries, and a month of all that in a minute."""
