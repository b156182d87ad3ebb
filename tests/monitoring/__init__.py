"""How the bot watches itself."""
