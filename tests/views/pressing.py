"""The buttons of what was drawn."""

from bot.views.blocks import Block


def pressed(blocks: list[Block]) -> list[tuple[str, str, str]]:
    """The buttons of a message: what each says, does, and of which pair."""
    found = [one for block in blocks if block["type"] == "actions" for one in block["elements"]]
    return [(one["text"]["text"], one["action_id"], one["value"]) for one in found]
