"""Pictures of what happened, drawn with matplotlib; imported only when one is drawn."""

import io
from datetime import UTC, datetime
from typing import Any

from bot.domain.incident import Report

# By Okabe and Ito, told apart also by those who see few colours; each with a hatch and a label beside.
LOOKS = {
    "active": ("#0072B2", ""),
    "standby": ("#56B4E9", "//"),
    "demoted": ("#E69F00", "\\\\"),
    "unpaired": ("#F0E442", "oo"),
    "failed": ("#D55E00", "xx"),
    "silent": ("#DDDDDD", ".."),
}
OTHER = ("#CC79A7", "++")
MARKS = {"asked": "o", "approved": "^", "run": "s"}


class NoPictures(Exception):
    """The plotting library is not installed."""


def ribbon(report: Report, until: datetime) -> bytes:
    """A PNG: a ribbon of states per server, with requests, approvals and runs marked; raises NoPictures."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.dates import DateFormatter
        from matplotlib.figure import Figure
    except ImportError:
        raise NoPictures("pip install 'pairkeeper[pictures]'") from None
    figure = Figure(figsize=(5.4, 3.4), dpi=160)  # readable at the width of a phone
    FigureCanvasAgg(figure)
    axes: Any = figure.add_subplot()
    stretches = list(zip(report.states, [*(at for at, *_ in report.states[1:]), until], strict=True))
    for (start, primary, secondary), end in stretches:
        for row, state in ((1, primary), (0, secondary)):
            _stretch(axes, row, state, start, end)
    for kind, mark in MARKS.items():
        at = [line.at for line in report.timeline if line.kind == kind]
        axes.plot(at, [1.62] * len(at), mark, color="black", label=kind, markersize=7, linestyle="none")
    _finish(axes, report, DateFormatter("%H:%M", tz=UTC))  # type: ignore[no-untyped-call]
    out = io.BytesIO()
    figure.savefig(out, format="png", bbox_inches="tight")
    return out.getvalue()


def _stretch(axes: Any, row: int, state: str, start: datetime, end: datetime) -> None:
    colour, hatch = LOOKS.get(state, OTHER)
    width = end - start
    axes.barh(row, width, left=start, height=0.7, color=colour, hatch=hatch, edgecolor="white", linewidth=0.5)
    axes.text(start + width / 2, row, state, ha="center", va="center", fontsize=12, clip_on=True,
              bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1})  # fmt: skip


def _finish(axes: Any, report: Report, form: Any) -> None:
    axes.set_yticks([1, 0], ["Primary", "Secondary"], fontsize=12)
    axes.set_ylim(-0.6, 1.9)
    axes.xaxis.set_major_formatter(form)
    axes.set_title(f"{report.incident.pair}: incident {report.incident.id}, times in UTC", fontsize=12)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3, fontsize=11, frameon=False)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def described(report: Report) -> str:
    """The same in words, for those who cannot see the picture."""
    parts = [
        f"{at.astimezone(UTC):%H:%M} Primary {primary}, Secondary {secondary}"
        for at, primary, secondary in report.states
    ]
    return f"States of {report.incident.pair} over time: " + "; ".join(parts)
