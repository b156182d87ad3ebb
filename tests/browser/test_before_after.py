"""Each of the twenty texts stands beside what it was before."""

import json

from tests.browser.before_after import BEFORE
from tests.browser.texts import texts


def test_each_text_has_one_from_before_beside_it() -> None:
    before = json.loads(BEFORE.read_text(encoding="utf-8"))
    today = texts()
    assert list(before) == list(today)
    assert len(today) == 20
    assert {title: view["type"] for title, view in before.items()} == {t: view["type"] for t, view in today.items()}
