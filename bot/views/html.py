"""Renders a page of texts, pictures and tables from the one template, `page.html`. Every text is escaped."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]  # its title, its column heads, its rows


@dataclass(frozen=True)
class Picture:
    """A PNG for light and one for dark surroundings, each as its bytes or as the name of its file.

    `words` say the same. A picture with a title has the words below it, too.
    """

    light: bytes | str
    dark: bytes | str
    words: str
    title: str = ""


def _address(picture: bytes | str) -> str:
    return picture if isinstance(picture, str) else f"data:image/png;base64,{b64encode(picture).decode()}"


@cache
def _pages() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # it takes a tenth of a second to import

    pages = Environment(
        loader=PackageLoader("bot.views", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["address"] = _address
    return pages


def page(
    title: str,
    facts: Iterable[str] = (),
    pictures: Iterable[Picture] = (),
    tables: Iterable[Table] = (),
    texts: Iterable[tuple[str, str]] = (),
) -> str:
    """Return the page. It is self-contained if its pictures are bytes."""
    parts = {"title": title, "facts": facts, "pictures": pictures, "tables": tables, "texts": texts}
    return str(_pages().get_template("page.html").render(parts))
