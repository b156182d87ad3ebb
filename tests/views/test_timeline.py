"""Every deed of a timeline has words, and the store gives the values for them."""

import json
from datetime import UTC, datetime
from string import Formatter
from typing import Any

import pytest

from bot.domain.incident import Deed
from bot.store.tables import Audit
from bot.store.timeline_entries import timeline_entry
from bot.views.timeline import DEEDS, line

TYPED = "ask <@U0BOB> & *not* me"
SHOWN = "ask &lt;@U0BOB&gt; &amp; *\u2060not*\u2060 me"
STATES = {"situation": "split brain", "primary": "active", "secondary": "silent"}
SEEN = "split brain (Primary active, Secondary no answer)"
LEFT = "Incident closed, since the pair is no longer in the settings"
CASES: list[tuple[str, str | None, str, dict[str, Any], str]] = [
    ("incident", None, "opened", STATES, f"Incident opened: {SEEN}"),
    ("incident", None, "told", STATES, SEEN),
    ("incident", None, "closed", STATES, f"Incident closed: {SEEN}"),
    (
        "incident",
        None,
        "left",
        STATES,
        f"Incident closed, since the pair is no longer in the settings; last seen: {SEEN}",
    ),
    ("owner", "U0ALICE", "", {"owner": "U0ALICE"}, "is on it"),
    ("owner", "U0ALICE", "", {"owner": "U0BOB"}, "handed it over to <@U0BOB>"),
    ("note", "U0ALICE", "", {"words": TYPED}, f"noted: {SHOWN}"),
    ("statement", "U0ALICE", "", {"statement": "not serving", "words": TYPED}, f"stated (not serving): {SHOWN}"),
    ("statement", "U0ALICE", "", {"statement": "unplugged", "words": "it is"}, "stated (unplugged): it is"),
    ("revoked", "U0ALICE", "", {"statement": "primary_not_serving"}, "took back (not serving)"),
    ("host key", "U0ALICE", "offered", {"role": "primary"}, "asked to compare the host key of the new Primary"),
    ("host_key", "U0BOB", "approved", {"role": "primary"}, "approved the host key of the new Primary"),
    ("host_key", "U0BOB", "refused", {"role": "primary"}, "refused the host key of the new Primary"),
    ("host_key", "U0BOB", "superseded", {"role": "primary"}, "set aside the host key of the new Primary"),
    ("host_key", None, "superseded", {}, "The pairs file has replaced the host key of the new server"),
    ("request", "U0ALICE", "pending", {"reason": TYPED}, f"asked for ha-failover: {SHOWN}"),
    ("request", "U0BOB", "pending", {}, "approved ha-failover"),
    ("request", "U0BOB", "waiting_for_code", {}, "approved ha-failover"),
    ("request", "U0BOB", "denied", {"why": TYPED}, f"denied ha-failover: {SHOWN}"),
    ("request", "U0ALICE", "withdrawn", {}, "withdrew ha-failover"),
    ("request", None, "expired", {}, "ha-failover expired"),
    ("request", None, "void", {"why": "restarted"}, "ha-failover became void: restarted"),
    ("request", "U0BOB", "done by hand", {}, "did ha-failover by hand"),
    ("run", None, "sending", {}, "sending ha-failover"),
    ("run", None, "not sent", {"words": "<@U0BOB> stopped it."}, "ha-failover: not sent. <@U0BOB> stopped it."),
    ("run", None, "unknown", {}, "ha-failover: unknown."),
    ("run", None, "did_not_take_effect", {"closed_by": "U0BOB"}, "closed ha-failover: it did not take effect"),
    ("stop", "U0ALICE", "", {}, "pressed Stop on ha-failover"),
    ("still_looking", "U0BOB", "", {}, "is still looking how ha-failover ended"),
]


def entry_of(kind: str, who: str | None, state: str, data: dict[str, Any]) -> Any:
    row = Audit(at=datetime(2026, 3, 1, tzinfo=UTC), kind=kind, who=who, state=state, data=json.dumps(data))
    return timeline_entry(row, "ha-failover")


@pytest.mark.parametrize(("kind", "who", "state", "data", "words"), CASES)
def test_each_entry_is_read_in_plain_words(
    kind: str, who: str | None, state: str, data: dict[str, Any], words: str
) -> None:
    assert line(entry_of(kind, who, state, data)).words == words


def test_every_deed_is_told_by_some_entry_with_exactly_the_values_of_its_words() -> None:
    told = {entry.deed: set(entry.values) for entry in (entry_of(*case[:4]) for case in CASES)}
    places = {
        deed: {name for _, name, _, _ in Formatter().parse("".join(texts)) if name} for deed, texts in DEEDS.items()
    }
    assert told == places
    assert set(told) == set(Deed)


def test_what_adds_nothing_has_no_entry() -> None:
    for kind, state in (("request", "started"), ("run", "intent"), ("armed", "")):
        assert entry_of(kind, None, state, {}) is None
