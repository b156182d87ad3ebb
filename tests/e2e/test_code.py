"""The joining code: asked for last, used once, and afterwards nowhere."""

import sqlite3
from pathlib import Path

import pytest

from bot.services.execution import MASK
from tests.e2e.conftest import Start
from tests.e2e.play import Play, as_text, labels, modal_text, text_of

HIDDEN = "Tr0ub4dor-joining-code"


def files(p: Play) -> dict[str, bytes]:
    """What Slack keeps of every file, by its name."""
    return {one.name: one.content for one in p.slack.files}


def nowhere(p: Play, code: str, folder: Path) -> None:
    """The bot has stopped, and its code is in no message, modal, transcript, file, log or table."""
    everybody = [p.person(name) for name in ("alice", "bob", "carol", "dave", "olivia")]
    said = as_text([p.slack.messages("C0PAMOPS"), *([*p.all(who), who.modal(), who.home()] for who in everybody)])
    assert code not in said
    assert not [name for name, content in files(p).items() if code.encode() in content]
    kept = [path for path in folder.rglob("*") if path.is_file()]
    assert {"bot.log", "pairkeeper.db"} <= {path.name for path in kept}
    assert not [path for path in kept if code.encode() in path.read_bytes()]
    with sqlite3.connect(folder / "pairkeeper.db") as database:
        assert code not in "\n".join(database.iterdump())


def test_a_new_secondary_joins_and_its_code_is_nowhere(play: Start, tmp_path: Path) -> None:
    """Over a terminal, which shows what is typed: the code comes back to the bot, and goes no further."""
    p = play(
        {"state": "failed-secondary", "needs_pty": True}, settings={"commands": {"ha-status": {"time_limit": 2.0}}}
    )
    p.pair.secondary.redeploy()
    code = p.pair.joining_code
    assert code
    host_key = p.pair.secondary.host_key
    p.stage.pairs["london"]["secondary"]["host_key"] = host_key  # a person compared it with the console
    p.stage.prepare()

    since = p.type(p.alice, "/ha-initialise london the new Secondary is up")
    needed = p.reads(p.alice, "It needs the address of the new Secondary", since=since)
    p.alice.click("Go on…", needed)
    p.wait(lambda: p.alice.modal())
    assert not p.alice.submit({})
    p.wait(lambda: "Address of the new Secondary" in modal_text(p.alice.modal()))
    wrong = p.alice.submit({"Address of the new Secondary": "10.0.0.13"})
    assert wrong, "the form stays open"
    assert "is at 10.0.0.12 by my settings, not at 10.0.0.13" in wrong["Address of the new Secondary"]
    assert not p.alice.submit({"Address of the new Secondary": "10.0.0.12"})
    card = p.reads(p.bob, "london: join the new Secondary?")
    assert ", address 10.0.0.12" in text_of(card)
    assert "Approved" in p.approve(card)
    card = p.reads(p.bob, "waits for the joining code until")
    assert labels(card) == ["Enter joining code…", "Done by hand"]
    since = p.latest()
    p.carol.click("Enter joining code…", card)
    p.reads(p.carol, "U0ALICE and U0BOB can enter the joining code", since=since)
    p.alice.click("Enter joining code…", card)
    p.wait(lambda: "Joining code" in modal_text(p.alice.modal()))
    assert p.alice.submit({"Joining code": "   "}) == {"Joining code": "The joining code is empty. Nothing was sent."}
    assert not p.alice.submit({"Joining code": code})
    p.reads(p.bob, "london is healthy again")
    assert "ha-initialise" in p.changing()
    assert p.pair.truth()["secondary"]["state"] == "standby"
    name = "london-ha-initialise-run-1.txt"
    p.reads(p.bob, f"[file {name}]")
    transcript = files(p)[name].decode()
    assert f"Joining code: «joining code»{MASK}\n" in transcript
    assert "address: 10.0.0.12\n" in transcript  # what is no secret is there as it was shown
    p.stage.stop()
    nowhere(p, code, tmp_path)


@pytest.mark.proof
def test_a_wrong_code_changes_nothing_and_is_nowhere(play: Start, tmp_path: Path) -> None:
    p = play(
        {"state": "failed-secondary", "needs_pty": True}, settings={"commands": {"ha-status": {"time_limit": 2.0}}}
    )
    p.pair.secondary.redeploy()
    p.stage.pairs["london"]["secondary"]["host_key"] = p.pair.secondary.host_key
    p.stage.prepare()
    since = p.type(p.alice, "/ha-initialise london the new Secondary is up")
    p.alice.click("Go on…", p.reads(p.alice, "It needs the address", since=since))
    p.wait(lambda: p.alice.modal())
    p.alice.submit({})
    p.wait(lambda: "Address of the new Secondary" in modal_text(p.alice.modal()))
    assert not p.alice.submit({}), "the address is filled in"
    p.approve(p.reads(p.bob, "london: join the new Secondary?"))
    card = p.reads(p.bob, "waits for the joining code until")
    p.bob.click("Enter joining code…", card)
    p.wait(lambda: "Joining code" in modal_text(p.bob.modal()))
    p.bob.submit({"Joining code": HIDDEN})
    end = p.reads(p.bob, "ha-initialise on london failed")
    assert "nothing has changed. Its last words: “The joining code is not correct. Nothing was done.”" in text_of(end)
    p.reads(p.bob, "[file london-ha-initialise-run-1.txt]")
    assert MASK in files(p)["london-ha-initialise-run-1.txt"].decode()
    asks_again(p)
    p.stage.stop()
    nowhere(p, HIDDEN, tmp_path)


def asks_again(p: Play) -> None:
    """Ask again as the message offers it: nothing is typed twice, and nothing is sent before another approval.

    Only why a second command comes so soon is asked anew.
    """
    sent, since = p.changing(), p.latest()
    p.alice.click("Ask again", p.reads(p.alice, "ha-initialise on london", "The story"))
    p.wait(lambda: "Why?" in modal_text(p.alice.modal()))
    assert not p.alice.submit({}), "the reason is filled in"
    p.wait(lambda: "Address of the new Secondary" in modal_text(p.alice.modal()))
    assert not p.alice.submit({"Why one more command now?": "the code was misread"}), "the address is filled in"
    card = p.reads(p.bob, "london: join the new Secondary?", since=since)
    assert "the new Secondary is up" in text_of(card)
    assert ", address 10.0.0.12" in text_of(card)
    assert p.rows("SELECT stage FROM request ORDER BY id") == [("started",), ("pending",)]
    assert any(label.startswith("Approve") for label in labels(card))
    assert p.changing() == sent
