"""What somebody has typed or pressed."""

from bot.store.processes import Self

THIS = Self("host", 1, "1")
