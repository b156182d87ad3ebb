"""Codes in the database: both spellings are read, and an older release beside this one shares its indexes."""

import json
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from bot.domain.code import Code
from bot.domain.errors import Refusal
from bot.domain.outcome import Outcome
from bot.domain.request import Note, Phase, Stage, Step
from bot.domain.situation import SituationCode
from bot.domain.statement import StatementKind
from bot.domain.status import Health
from bot.store import Store, requests, run_progress, runs
from bot.store.column_types import Coded
from bot.store.tables import Request, Run
from tests.store.given import asked, sent
from tests.support.refusals import refused

CODES: tuple[type[Code], ...] = (Stage, Phase, Outcome, Step, Note, SituationCode, StatementKind, Health)
ROUNDS = 12


@pytest.mark.parametrize("kind", CODES)
def test_a_code_is_snake_case_and_both_of_its_spellings_are_read(kind: type[Code]) -> None:
    for code in kind:
        assert code.value == code.value.lower().replace(" ", "_")
        assert kind(code.value) is kind(code.stored) is code
    assert len({spelling for code in kind for spelling in {code.value, code.stored}}) == sum(
        len({code.value, code.stored}) for code in kind
    )


@pytest.mark.parametrize("spelling", [Stage.WAITING.value, Stage.WAITING.stored])
def test_a_request_in_either_spelling_is_open_and_the_only_one(store: Store, spelling: str) -> None:
    request = asked(store, "london")
    spell(store, request.id, spelling)
    found = requests.open_request(store, "london")
    assert found
    assert found.stage is Stage.WAITING
    with store.reading() as session:
        assert session.exec(select(Request.stage)).one() is Stage.WAITING
        assert session.exec(select(Request.id).where(Request.stage == Stage.WAITING)).one() == request.id
        assert not session.exec(select(Request.id).where(Request.stage != Stage.WAITING)).all()
    with refused("Nothing was sent"):
        asked(store, "london")


def test_an_older_replica_and_this_one_never_open_two_requests_on_a_pair(store: Store) -> None:
    """Each round both open one at the same moment, each in its own spelling."""
    asked(store, "first")
    for number in range(ROUNDS):
        pair = f"pair{number}"
        start = threading.Barrier(2)
        opened: list[str] = []

        def older(pair: str = pair, start: threading.Barrier = start, opened: list[str] = opened) -> None:
            start.wait(60)
            try:
                with store.engine.connect().execution_options(writes=True) as connection:
                    connection.execute(text(AS_OLDER), {"pair": pair, "stage": Stage.WAITING.stored})
                    connection.commit()
                opened.append("older")
            except IntegrityError:
                pass

        other = threading.Thread(target=older)
        other.start()
        start.wait(60)
        try:
            request = asked(store, pair)
            spell(store, request.id, Stage.WAITING.value)
            opened.append("newer")
        except Refusal:
            pass
        other.join(60)
        assert len(opened) == 1, f"round {number}: {opened}"


def test_what_is_stored_is_what_the_release_before_reads(store: Store) -> None:
    assert Coded(Stage).process_bind_param(Stage.WAITING, store.engine.dialect) == "waiting for its code"
    assert Coded(Phase).process_bind_param("not_sent", store.engine.dialect) == "not sent"
    assert runs.open_run(store, "london") is None


COPIED = """action, requester, reason, plan, digest, seen, needed, approvals, created_at, expires_at, why, channel,
    acknowledgement, reminded"""
AS_OLDER = f"""INSERT INTO request (pair, stage, {COPIED}) SELECT :pair, :stage, {COPIED} FROM request
    WHERE pair = 'first'"""


def spell(store: Store, request_id: int, spelling: str) -> None:
    """Write the stage of a request in this spelling, as another release would."""
    with store.writing() as session:
        session.connection().execute(
            text("UPDATE request SET stage = :stage WHERE id = :id"), {"stage": spelling, "id": request_id}
        )


def test_what_an_older_release_has_told_of_a_run_is_not_told_again(store: Store) -> None:
    run = sent(store)
    with store.writing() as session:
        told = json.dumps([(Note.LATE.stored, store.now().isoformat())])
        session.connection().execute(text("UPDATE run SET notes = :told"), {"told": told})
    assert not run_progress.note(store, run.id, Note.LATE)
    assert run_progress.note(store, run.id, Note.UNSERVED)
    with store.reading() as session:
        notes = json.loads(session.exec(select(Run.notes)).one())
    assert [spelling for spelling, _ in notes] == [Note.LATE.stored, Note.UNSERVED.stored]
