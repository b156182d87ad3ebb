"""One file per slash command, each with a `COMMAND`; loaded by name."""
