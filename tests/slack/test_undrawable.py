"""Pictures that cannot be drawn on this machine: said once in a sentence, and dropped."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot import charts
from bot.charts import NoPictures, Undrawable, sheet
from bot.services import observe
from bot.slack.outbox import Deliverer
from bot.store import incidents, outbox
from tests.proof.away import OPS, Away
from tests.support.stage import split

DRAWS = """
import sys
from bot.charts.sheet import sheet
with sheet(False) as card:
    card.lines("london")
    sys.stdout.buffer.write(card.png())
"""


def drawn_with(folder: Path, **environ: str) -> bytes:
    """A picture as a process with this environment draws it."""
    words = [sys.executable, "-c", DRAWS]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(words, env=kept | environ, cwd=folder, capture_output=True, timeout=120, check=True).stdout


@pytest.mark.parametrize(
    "environ",
    [
        {"MPLBACKEND": "module://matplotlib_inline.backend_inline"},
        {"MPLBACKEND": "nonsense"},
        {"MPLBACKEND": "TkAgg"},
        {"MPLCONFIGDIR": "/proc/nowhere"},
        {"HOME": "/proc/nowhere", "XDG_CACHE_HOME": "/proc/nowhere", "XDG_CONFIG_HOME": "/proc/nowhere"},
    ],
    ids=str,
)
def test_what_the_environment_says_of_drawing_does_not_matter(tmp_path: Path, environ: dict[str, str]) -> None:
    assert drawn_with(tmp_path, **environ).startswith(b"\x89PNG")


def breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the plotting library fail, as where a font or its cache is broken."""

    def text(*_words: Any, **_more: Any) -> None:
        raise RuntimeError("Could not open font file")

    monkeypatch.setattr(sheet.Sheet, "text", text)


def test_whatever_the_library_fails_on_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    assert charts.undrawable() == ""
    breaks(monkeypatch)
    with pytest.raises(NoPictures) as told, sheet.sheet(False) as card:
        card.lines("london")
    assert isinstance(told.value, Undrawable)
    assert str(told.value) == "No picture can be drawn where I run (RuntimeError: Could not open font file)."
    assert charts.undrawable() == str(told.value)


def test_an_incident_s_picture_is_said_to_be_missing_once_and_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    s = Away(tmp_path)
    try:
        s.deliverer = Deliverer(s.desk, s.client, pictures=True)
        split(s)
        s.rounds()
        observe(s.desk, s.desk.pair("london"))
        (one,) = incidents.all_open(s.store)
        breaks(monkeypatch)
        s.clock.tick(minutes=5)
        incidents.close(s.store, one.latest, None, "closed")
        s.rounds(60)
        said = [m["text"] for m in s.shown(OPS) if "no picture" in m["text"]]
        assert said == [
            "There is no picture of this incident. No picture can be drawn where I run (RuntimeError: Could not open "
            "font file). Its report has all the times."
        ]
        assert outbox.undelivered(s.store) == 0
    finally:
        s.slack.stop()


def test_names_in_any_script_can_be_told_apart() -> None:
    names = [
        "東京",
        "大阪",
        "北京",
        "上海",
        "서울",
        "부산",
        "とうきょう",
        "กรุงเทพ",
        "दिल्ली",
        "Zürich",
        "Москва",
    ]
    drawn = [sheet.drawable(name) for name in names]
    assert len(set(drawn)) == len(names)
    assert not [name for name in drawn if "?" in name]
    assert drawn[0] == "u6771u4eac"
    assert drawn[4] == "seoul"
    assert drawn[-2:] == ["Zürich", "Москва"]
