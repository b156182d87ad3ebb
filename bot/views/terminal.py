"""What the command line prints: the same facts as in Slack, as plain text."""

import codecs
import io
import re
from collections.abc import Iterable, Sequence
from typing import TextIO

from bot.views.blocks import Block

DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")
MARKUP = re.compile(r"<[@#!]([^|>]*)(?:\|([^>]*))?>")


LATIN = {"🟢": "[ok]", "🟠": "[degraded]", "🔴": "[NOT OK]", "⚪": "[unknown]", "⏳": "[running]", "✅": "[ok]"}
LATIN |= {
    "⛔": "[x]",
    "⚠": "[!]",
    "❓": "[?]",
    "→": "->",
    "…": "...",
    "“": '"',
    "”": '"',
    "’": "'",
    "–": "-",
    "·": "-",
    "•": "*",
}


def degrade(*streams: TextIO) -> None:
    """Make each stream print what its locale can encode, and other characters in plain letters, instead of failing."""
    codecs.register_error("degrade", _in_latin)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="degrade")


def mark(right: bool, missing: bool = False) -> str:
    """Return the mark for something that is right, optional and missing, or wrong."""
    if missing:
        return "⚠️"
    return "✅" if right else "⛔"


def _in_latin(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end].replace("\ufe0f", "").replace("\u2060", "")
    return "".join(LATIN.get(sign, sign if sign.isascii() else "?") for sign in signs), error.end


def plain_line(text: str) -> str:
    """Return text with Slack's markup as plain text."""
    text = MARKUP.sub(lambda m: m[2] or m[1], DATE.sub(r"\1", text))
    text = re.sub(r"(?<![\w*])\*([^*\n\u2060]+)\*(?![\w*\u2060])", r"\1", text)
    text = re.sub(r"`(?!\u2060)", "", text).replace("\u2060", "")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def plain_blocks(blocks: Iterable[Block]) -> str:
    """Return a message's blocks as lines: fields below each other, buttons in brackets."""
    return "\n".join(line for block in blocks for line in _block(block))


def _block(block: Block) -> Iterable[str]:
    if block["type"] == "actions":
        yield " ".join(f"[{element['text']['text']}]" for element in block["elements"])
    for text in [block.get("text"), *block.get("fields", []), *block.get("elements", [])]:
        if isinstance(text, dict) and text.get("type") in ("mrkdwn", "plain_text"):
            yield from plain_line(text["text"]).splitlines()
    if block["type"] == "input":
        yield f"  {block['label']['text']} ____"


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Return the rows in columns as wide as their longest entry. The last column is not padded."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    return "\n".join("  ".join([*map(str.ljust, row, widths), row[-1]]).rstrip() for row in rows)
