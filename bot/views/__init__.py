"""Draws every message and modal as Block Kit. Pure functions, no I/O."""
