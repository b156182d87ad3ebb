"""The words in which the shapes of Block Kit are written down as data."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Str:
    """A string of ``least`` to ``most`` characters, one of ``among`` where given, matching ``pattern``."""

    most: int = 3000
    least: int = 1
    among: tuple[str, ...] = ()
    pattern: str | None = None


@dataclass(frozen=True)
class Text:
    """A text object whose text has 1 to ``most`` characters; plain_text only where ``plain``."""

    most: int = 3000
    plain: bool = False


@dataclass(frozen=True)
class Flag:
    """true or false."""


@dataclass(frozen=True)
class Whole:
    """A whole number."""

    least: int = 0
    most: int = 10**12


@dataclass(frozen=True)
class Items:
    """A list of ``least`` to ``most`` things of one rule."""

    of: Rule
    most: int
    least: int = 1


@dataclass(frozen=True)
class Kinds:
    """An object whose ``type`` is one of these names, each a shape of its own."""

    names: tuple[str, ...]
    family: str


@dataclass(frozen=True)
class Part:
    """An object without a type, by the name of its shape."""

    name: str


@dataclass(frozen=True)
class Shape:
    """The fields of an object; those of ``either`` need at least one, those of ``one_of`` exactly one."""

    fields: dict[str, Rule] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()


Rule = Str | Text | Flag | Whole | Items | Kinds | Part
