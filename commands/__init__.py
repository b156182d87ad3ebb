"""The slash commands. Each is one file with a `COMMAND`, which the registry loads by the file's name."""
