"""Defects found in a review of what follows a split brain, of looks that are no evidence, and of what waits."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from bot.domain.pair import Role, Server
from bot.domain.pin import Stage
from bot.domain.plan import fingerprint
from bot.domain.situation import SituationCode, assess
from bot.domain.statement import StatementKind
from bot.domain.transport import Ending, Reply, Unreachable, UnreachableReason
from bot.services import Details, DetailsNeeded, ahead_of, incident_handling, key_approval, observe, watch
from bot.services.observation import shown
from bot.slack.commands import show_recovery
from bot.store import MessageKind, history, host_keys, incidents, outbox
from bot.store.tables import Audit
from bot.views.incident import pin_card
from bot.views.status import headline
from bot.views.terminal import plain_blocks
from tests.domain.build import KEY
from tests.support.refusals import refused
from tests.support.stage import ADDRESS, ALICE, BOB, NO_ANSWER, Stage_, pair, says
from tests.views.pressing import pressed

NEW_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBQsS7X1w0a7e5i0m0b2b8q5o0jvJ3m7y2a1b3c4d5e6"
A, S, PA = "Active", "Standby", "Promoted Active"
GIBBERISH = Reply("Login banner of the new firmware\n", 0, Ending.EXITED)
ELSEWHERE = Reply(says(Role.PRIMARY, A, PA).replace(ADDRESS[Role.PRIMARY], "10.0.0.99"), 0, Ending.EXITED)
JOINS = Details({"address": "10.0.0.12"}, {StatementKind.SECONDARY_DEPLOYED: "Bob built it in 8.4 tonight"})
Word = str | Unreachable | Reply


@pytest.fixture
def s(tmp_path: Path) -> Stage_:
    one = Stage_(tmp_path)
    become(one, A, S)
    return one


def become(s: Stage_, primary: Word, secondary: Word, seconds: float = 60) -> SituationCode:
    """What each server says from now on; the situation, as a look finds it after that time."""
    s.world.own |= {Role.PRIMARY: primary, Role.SECONDARY: secondary}
    s.clock.tick(seconds=seconds)
    return assess(observe(s.desk, s.desk.pair("london"))).name


def recovery(s: Stage_) -> tuple[str, str, set[str]]:
    """What /ha-recover says: its line, all of it, and what can be pressed."""
    found: list[tuple[str, str, set[str]]] = []
    show_recovery(
        s.desk,
        s.desk.pair("london"),
        lambda line, blocks: found.append((line, plain_blocks(blocks), {does for _, does, _ in pressed(blocks)})),
    )
    return found[0]


def worsened(s: Stage_) -> int:
    """How often the thread was told that it got worse."""
    with s.store.reading() as session:
        return len(session.exec(select(Audit).where(Audit.kind == "worse")).all())


# --- the Primary's data must survive


def keeping(s: Stage_) -> None:
    become(s, A, PA)
    incident_handling.state(
        s.desk, BOB, s.desk.pair("london"), StatementKind.KEEP_PRIMARY, "the vault changes of today"
    )


def test_what_must_survive_is_not_lost_when_the_primary_falls_silent_and_is_repaired(s: Stage_) -> None:
    keeping(s)
    for primary, kind in ((NO_ANSWER, StatementKind.OFF), (NO_ANSWER, StatementKind.PRIMARY_DEPLOYED)):
        become(s, primary, PA)
        incident_handling.state(s.desk, BOB, s.desk.pair("london"), kind, "it was repaired, and is up again")
        with refused("the Primary's data must survive"):
            s.ask("ha-failback")
        _, told, does = recovery(s)
        assert "Call the vendor's support, and change nothing on either server" in told
        assert "Deploy" not in told
        assert not {one for one in does if one.startswith(("ask:", "pin:", "state:"))}


def test_nor_by_a_new_secondary_when_the_other_one_falls_silent(s: Stage_) -> None:
    keeping(s)
    assert become(s, A, NO_ANSWER) is SituationCode.SPLIT_NO_SECONDARY
    assert "Then: Call the vendor's support" in recovery(s)[1]
    with refused("the Primary's data must survive"):
        s.ask("ha-initialise", JOINS)
    incident_handling.state(
        s.desk, BOB, s.desk.pair("london"), StatementKind.SECONDARY_DEPLOYED, "Bob built it tonight"
    )
    assert become(s, A, NO_ANSWER) is SituationCode.SECONDARY_REPLACED
    with refused("the Primary's data must survive"):
        s.ask("ha-initialise", JOINS)


def test_a_failover_costs_the_primary_nothing(s: Stage_) -> None:
    keeping(s)
    become(s, NO_ANSWER, S)
    found = s.ask("ha-failover", Details(statements={StatementKind.OFF: "I pulled its power cable"}))
    assert not isinstance(found, DetailsNeeded)
    assert "Then: Call the vendor's support" in recovery(s)[1]


# --- a split is remembered through looks that tell nothing


@pytest.mark.parametrize(
    ("looks", "name"),
    [
        ([(A, NO_ANSWER), (NO_ANSWER, PA)], SituationCode.SPLIT_NO_PRIMARY),
        ([(NO_ANSWER, PA), (A, NO_ANSWER)], SituationCode.SPLIT_NO_SECONDARY),
        ([(A, GIBBERISH), (NO_ANSWER, PA)], SituationCode.SPLIT_NO_PRIMARY),
        ([(ELSEWHERE, PA), (NO_ANSWER, PA)], SituationCode.SPLIT_NO_PRIMARY),
        ([(A, S), (A, NO_ANSWER)], SituationCode.NO_STANDBY),
        ([("Demoted", PA), (NO_ANSWER, PA)], SituationCode.SECONDARY_ALONE),
    ],
)
def test_a_split_ends_with_a_plain_word_only(s: Stage_, looks: list[tuple[Word, Word]], name: SituationCode) -> None:
    assert become(s, A, PA) is SituationCode.SPLIT_BRAIN
    assert [become(s, *look) for look in looks][-1] is name


def test_that_it_is_off_counts_no_more_after_it_has_answered_whatever(s: Stage_) -> None:
    become(s, A, PA)
    become(s, NO_ANSWER, PA)
    incident_handling.state(s.desk, BOB, s.desk.pair("london"), StatementKind.OFF, "I pulled its power cable")
    assert become(s, NO_ANSWER, PA) is SituationCode.SECONDARY_ALONE
    become(s, GIBBERISH, PA)
    assert become(s, NO_ANSWER, PA) is SituationCode.SPLIT_NO_PRIMARY


# --- what is told


@pytest.mark.parametrize("before", [(A, NO_ANSWER), (NO_ANSWER, PA), (A, PA)])
def test_that_nobody_is_seen_any_more_after_a_split_is_told(s: Stage_, before: tuple[Word, Word]) -> None:
    become(s, A, PA, 3600)
    become(s, *before)
    told = worsened(s)
    assert become(s, NO_ANSWER, NO_ANSWER) is SituationCode.BOTH_GONE
    become(s, NO_ANSWER, NO_ANSWER)
    assert worsened(s) == told + 1


def test_a_second_split_brain_after_somebody_stated_it_off_is_told(s: Stage_) -> None:
    become(s, NO_ANSWER, PA)
    become(s, A, PA)
    told = worsened(s)
    become(s, NO_ANSWER, PA)
    become(s, A, PA, 240)
    assert worsened(s) == told, "to and fro is told once"
    become(s, NO_ANSWER, PA, 240)
    incident_handling.state(s.desk, BOB, s.desk.pair("london"), StatementKind.OFF, "I pulled its power cable")
    become(s, NO_ANSWER, PA, 240)
    assert become(s, A, PA, 240) is SituationCode.SPLIT_BRAIN
    assert worsened(s) == told + 1


# --- a fresh Primary, and nothing else in sight


def test_with_nobody_in_sight_nothing_is_built_first_and_several_pairs_are_my_network(s: Stage_) -> None:
    s.settings["paris"] = pair("paris")
    paris = s.desk.pair("paris")
    observe(s.desk, paris)
    become(s, NO_ANSWER, PA)
    incident_handling.state(s.desk, BOB, s.desk.pair("london"), StatementKind.PRIMARY_DEPLOYED, "the new box is racked")
    assert become(s, NO_ANSWER, NO_ANSWER) is SituationCode.PRIMARY_NEW
    assert "Next: Ask a user whether they can log in" in recovery(s)[1]
    observe(s.desk, paris)
    assert become(s, NO_ANSWER, NO_ANSWER) is SituationCode.MY_NETWORK


# --- looks that are no evidence


def test_in_maintenance_what_is_wrong_is_shown(s: Stage_) -> None:
    incident_handling.maintain(s.desk, ALICE, s.desk.pair("london"), "for 2h because of the upgrade")
    become(s, A, PA)
    line, told, does = recovery(s)
    assert line.startswith("🔴 london: split brain.")
    assert "Primary 10.0.0.11 · ACTIVE · " in told
    assert "No incident is open: london is in maintenance until " in told
    assert "ask:ha-demote-primary" in does


def test_a_look_that_waited_in_my_own_queue_opens_nothing(s: Stage_) -> None:
    s.world.own[Role.PRIMARY] = Unreachable(UnreachableReason.NO_ANSWER, "it is being called already", ours=True)
    _, told, _ = recovery(s)
    assert "is healthy" not in told
    assert "No incident is open: this look alone is no evidence." in told
    assert incidents.open_incident(s.store, "london") is None


def replaced(s: Stage_, meanwhile: Callable[[], None]) -> None:
    """The Secondary shows another key than the pinned one; that is approved during the next look at it."""
    before, due = s.world.probe, [meanwhile]

    def probe(server: Server, line: str, seconds: float) -> Reply:
        if s.world.role(server) is Role.SECONDARY and server.host_key == KEY:
            if due:
                due.pop()()
            raise Unreachable(
                UnreachableReason.WRONG_KEY, f"{UnreachableReason.WRONG_KEY.value}: it showed A, pinned is B"
            )
        return before(server, line, seconds)

    s.world.probe = probe  # type: ignore[method-assign]
    s.world.offered_key = lambda *_: NEW_KEY  # type: ignore[method-assign]


def test_nor_does_a_turn_of_the_watch_that_began_before_the_key_was_pinned(s: Stage_) -> None:
    old = s.desk.pair("london")
    s.world.offered_key = lambda *_: NEW_KEY  # type: ignore[method-assign]
    pin = key_approval.offer(s.desk, ALICE, "london", Role.SECONDARY, "pam-secondary", 22, "10.0.0.12")

    def pinned() -> None:
        key_approval.approve(s.desk, pin.id, BOB, fingerprint(NEW_KEY)[-6:])
        assert become(s, A, S) is SituationCode.HEALTHY

    replaced(s, pinned)
    watch(s.desk, old, lambda: s.clock.tick(seconds=5) is not None)
    assert host_keys.get(s.store, pin.id).stage is Stage.APPROVED
    assert incidents.open_incident(s.store, "london") is None


# --- what another release has kept


def test_a_statement_of_a_kind_that_only_a_newer_release_knows_blinds_nobody(s: Stage_) -> None:
    become(s, NO_ANSWER, S)
    incident_handling.state(s.desk, BOB, s.desk.pair("london"), StatementKind.OFF, "I pulled its power cable")
    with s.store.writing() as session:
        for table in ("statement", "sighting", "incident"):
            column = {"statement": "kind", "sighting": "seen", "incident": "latest"}[table]
            session.execute(text(f"UPDATE {table} SET {column} = replace({column}, 'off', 'unplugged')"))
    assert history.read(s.store, "london").recent_statements == ()
    assert become(s, NO_ANSWER, S) is SituationCode.PRIMARY_SILENT
    assert incidents.open_incident(s.store, "london") is not None


# --- a key that was offered twice


def test_the_other_offers_of_a_key_are_set_aside_with_the_one_that_is_approved(s: Stage_) -> None:
    offers = [
        key_approval.offer(s.desk, ALICE, "london", Role.SECONDARY, host, 22, "10.0.0.12")
        for host in ("pam-typo", "pam-secondary")
    ]
    approve_key = key_approval.approve(s.desk, offers[1].id, BOB, fingerprint(KEY)[-6:])
    assert approve_key.stage is Stage.APPROVED
    assert ahead_of(s.desk, "london").keys == ()
    other = host_keys.get(s.store, offers[0].id)
    assert (other.stage, other.decided_by) == (Stage.SUPERSEDED, BOB.id)
    line, blocks = pin_card(other)
    assert line.endswith("superseded by <@U0BOB> at " + line.rpartition(" at ")[2])
    assert fingerprint(KEY)[-6:] not in plain_blocks(blocks)
    assert sum(one.kind is MessageKind.PIN for one in outbox.due(s.store)) == 2, "its card is drawn anew"


def test_a_key_that_waits_does_not_hide_what_is_next(s: Stage_) -> None:
    key_approval.offer(s.desk, ALICE, "london", Role.SECONDARY, "pam-secondary", 22, "10.0.0.12")
    become(s, A, PA)
    line = headline(shown(s.desk, observe(s.desk, s.desk.pair("london"))), ahead_of(s.desk, "london"))
    assert "🔑 First, " in line
    assert line.endswith("Next: ha-demote-primary.")
    s.asked("ha-demote-primary")
    assert "Next: " not in recovery(s)[0]
