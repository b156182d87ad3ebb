"""The joining code: asked for last, used once, and afterwards nowhere."""

import sqlite3
from pathlib import Path

from tests.e2e.conftest import Start
from tests.e2e.play import as_text, labels, modal_text, text_of

HIDDEN = "Tr0ub4dor-joining-code"


def test_a_new_secondary_joins_and_its_code_is_nowhere(play: Start, tmp_path: Path) -> None:
    p = play({"state": "failed-secondary"}, settings={"commands": {"ha-status": {"time_limit": 2.0}}})
    p.pair.secondary.redeploy()
    code = p.pair.joining_code
    assert code
    host_key = p.pair.secondary.host_key
    p.stage.pairs["london"]["secondary"]["host_key"] = host_key  # a person compared it with the console
    p.stage.prepare()

    since = p.type(p.alice, "/ha-initialise london the new Secondary is up")
    needed = p.reads(p.alice, "It needs to know: address of the new secondary", since=since)
    p.alice.click("Go on…", needed)
    p.wait(lambda: p.alice.modal())
    assert not p.alice.submit({})
    p.wait(lambda: "Address of the new Secondary" in modal_text(p.alice.modal()))
    p.alice.submit({"Address of the new Secondary": "10.0.0.12"})
    card = p.reads(p.bob, "Approve ha-initialise on london?")
    assert "Address 10.0.0.12" in text_of(card)
    assert "Approved. It waits for the joining code" in p.approve(card)
    card = p.reads(p.bob, "waits for the joining code until")
    assert labels(card) == ["Enter joining code…", "Done by hand"]
    since = p.latest()
    p.carol.click("Enter joining code…", card)
    p.reads(p.carol, "U0ALICE and U0BOB can enter the joining code", since=since)
    p.alice.click("Enter joining code…", card)
    p.wait(lambda: "Joining code" in modal_text(p.alice.modal()))
    assert p.alice.submit({"Joining code": "   "}) == {"Joining code": "The joining code is empty. Nothing was sent."}
    assert not p.alice.submit({"Joining code": code})
    end = p.reads(p.bob, "london is healthy again", seconds=30)
    assert "ha-initialise" in p.changing()
    assert p.pair.truth()["secondary"]["state"] == "standby"
    p.reads(p.bob, "[file london-ha-initialise-run-1.txt]")
    assert "••••••" in p.slack.files[-1].text if hasattr(p.slack.files[-1], "text") else True

    p.stage.stop()
    said = as_text([p.slack.messages("C0PAMOPS"), *(list(p.all(who)) for who in (p.alice, p.bob, p.carol)), end])
    said += as_text([vars(one) if hasattr(one, "__dict__") else str(one) for one in p.slack.files])
    assert code not in said
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert code.encode() not in path.read_bytes(), path
    with sqlite3.connect(tmp_path / "pairkeeper.db") as database:
        assert code not in "\n".join(database.iterdump())


def test_a_wrong_code_changes_nothing_and_is_nowhere(play: Start, tmp_path: Path) -> None:
    p = play({"state": "failed-secondary"}, settings={"commands": {"ha-status": {"time_limit": 2.0}}})
    p.pair.secondary.redeploy()
    p.stage.pairs["london"]["secondary"]["host_key"] = p.pair.secondary.host_key
    p.stage.prepare()
    since = p.type(p.alice, "/ha-initialise london the new Secondary is up")
    p.alice.click("Go on…", p.reads(p.alice, "It needs to know", since=since))
    p.wait(lambda: p.alice.modal())
    p.alice.submit({})
    p.wait(lambda: "Address of the new Secondary" in modal_text(p.alice.modal()))
    p.alice.submit({"Address of the new Secondary": "10.0.0.12"})
    p.approve(p.reads(p.bob, "Approve ha-initialise on london?"))
    card = p.reads(p.bob, "waits for the joining code until")
    p.bob.click("Enter joining code…", card)
    p.wait(lambda: p.bob.modal())
    p.bob.submit({"Joining code": HIDDEN})
    end = p.reads(p.bob, "ha-initialise on london failed", seconds=30)
    assert "nothing has changed" in text_of(end)
    p.stage.stop()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert HIDDEN.encode() not in path.read_bytes(), path
    assert HIDDEN not in as_text(list(p.all(p.bob)))
