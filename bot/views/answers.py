"""How an answer to one person begins, and how it names people and channels in Slack's markup."""


def done(text: str) -> str:
    """Something was done."""
    return f"✅ {text}"


def under_way(text: str) -> str:
    """Something has begun and goes on, or somebody else has to go on with it."""
    return f"⏳ {text}"


def not_done(text: str) -> str:
    """Something was refused."""
    return f"⛔ {text}"


def warning(text: str) -> str:
    """Something that a person could take wrongly."""
    return f"⚠️ {text}"


def person(user: str) -> str:
    """A mention of one person."""
    return f"<@{user}>"


def channel(place: str) -> str:
    """A link to a channel."""
    return f"<#{place}>"
