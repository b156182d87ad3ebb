"""Builds a self-contained HTML page of headings, tables, texts and a picture. Pure."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:68rem;margin:0 auto;padding:1.5rem 1rem}
h1,h2{line-height:1.25}
img{display:block;width:100%;max-width:1080px;height:auto;border-radius:6px}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8886}
td:first-child{white-space:nowrap}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#8882;padding:.8rem;border-radius:6px}
"""
Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]  # its title, its column heads, its rows


@dataclass(frozen=True)
class Picture:
    """A PNG for light and one for dark surroundings. `words` say the same."""

    light: bytes
    dark: bytes
    words: str


def page(
    title: str, facts: Iterable[str], tables: Iterable[Table], texts: Iterable[tuple[str, str]], picture: Picture | None
) -> str:
    """Return the page, as one file."""
    body = [f"<h1>{escape(title)}</h1>", *(f"<p>{escape(fact)}</p>" for fact in facts)]
    body += [_figure(picture)] if picture else []
    body += [_table(*one) for one in tables]
    body += [f"<h2>Transcript: {escape(name)}</h2>\n<pre>{escape(text)}</pre>" for name, text in texts]
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{STYLE}</style></head>\n<body>\n" + "\n".join(body) + "\n</body>\n</html>\n"
    )


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return f"<h2>{escape(title)}</h2>\n<p>Nothing.</p>"
    head = f"<thead>{_row('th', heads)}</thead>\n" if any(heads) else ""
    body = "\n".join(_row("td", row) for row in rows)
    return f"<h2>{escape(title)}</h2>\n<table>\n{head}<tbody>\n{body}\n</tbody>\n</table>"


def _row(kind: str, cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{kind}>{escape(cell)}</{kind}>" for cell in cells) + "</tr>"


def _figure(picture: Picture) -> str:
    light, dark = (f"data:image/png;base64,{b64encode(one).decode()}" for one in (picture.light, picture.dark))
    return (
        f'<figure><picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" alt="{escape(picture.words)}"></picture></figure>'
    )
