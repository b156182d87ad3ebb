"""Phrases that made people stop and read again: none of them comes back, neither in what is said nor in a README."""

import pytest

from tests.support.checkout import ROOT

OLD = (
    "I know of no standby",
    "ake sure that the Primary",
    "fit again",
    "State it",
    "gives no answer that I understand",
    "on half a view",
    "to and fro",
    "I cannot tell how",
    "I cannot see the",
    "will not be sent again",
    "and say so.",
    "whether PAM still serves",
    "says of itself: *",
    "the word of <@",
    "what no probe can see, and",
    "answer what it asks",
    "wait for its end",
    "nobody took it",
    '"taken in"',
    "was not there.",
    "In brackets: the same time before",
    "Look what is next",
    "is presumably overwritten",
    "no page of the vendor",
    "*Costs*",
    "*Mind*",
    '"Recover"',
    'Raw output"',
    "tart it anew",
)
TEXTS = sorted(
    path
    for folder in ("bot", "commands")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".md", ".js", ".html") and "__pycache__" not in path.parts
)


@pytest.mark.parametrize("phrase", OLD)
def test_it_is_gone(phrase: str) -> None:
    files = [*TEXTS, ROOT / "README.md", ROOT / "tests" / "README.md"]
    assert len(files) > 200, "this would find nothing"
    found = [path.relative_to(ROOT).as_posix() for path in files if phrase in path.read_text(encoding="utf-8")]
    assert found == []
