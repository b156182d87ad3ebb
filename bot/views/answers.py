"""The marks with which an answer to one person begins, and Slack's markup for people and channels."""


def done(text: str) -> str:
    """Mark the text as: something was done."""
    return f"✅ {text}"


def under_way(text: str) -> str:
    """Mark the text as: something has begun and continues, or somebody else must continue it."""
    return f"⏳ {text}"


def not_done(text: str) -> str:
    """Mark the text as: something was refused."""
    return f"⛔ {text}"


def warning(text: str) -> str:
    """Mark the text as: a person might misunderstand something."""
    return f"⚠️ {text}"


def linked(name: str, link: str, place: str) -> str:
    """Return a link to a message by this name, or the sentence in which channel it is where its address is unknown."""
    return f"<{link}|{name}>" if link else f"{name} is in {channel(place)}."


def channel(place: str) -> str:
    """Return a link to a channel."""
    return f"<#{place}>"
