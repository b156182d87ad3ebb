"""Who may ask and who may approve, in ids; and the sentence for everybody who may not."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.approval import (
    Person,
    Standing,
    check_approver,
    check_member,
    check_requester,
    closers,
    expires_at,
    listed,
    others,
    same_name,
)
from bot.domain.errors import Reason, Refusal
from bot.views.refusals import words
from bot.views.wording import mention, term
from tests.domain.build import AT, pair

GROUPS = {"S0DBA": frozenset({"U2", "U7"}), "S0EMPTY": frozenset[str]()}
ALICE, BOB, CAROL, DAN = (
    Person(id, name) for id, name in (("U1", "Alice"), ("U2", "Bob"), ("U3", "Carol"), ("U4", "D"))
)


def members(group: str) -> frozenset[str]:
    return GROUPS[group]


def test_groups_are_their_members_and_people_count_once() -> None:
    assert listed(("U1", "S0DBA", "U2", "S0EMPTY"), members) == {"U1", "U2", "U7"}
    assert listed((), members) == frozenset()


def test_the_requester_is_never_among_the_others() -> None:
    london = pair(approvers=("U1", "S0DBA"))
    assert others(london, "U1", members) == {"U2", "U7"}
    assert others(london, "U2", members) == {"U1", "U7"}
    assert others(london, "U9", members) == {"U1", "U2", "U7"}


def test_a_run_of_unknown_outcome_is_closed_by_anybody_of_the_pair_but_its_requester() -> None:
    london = pair(requesters=("U1", "U4"), approvers=("U1", "S0DBA"))
    assert closers(london, "U1", members) == {"U2", "U4", "U7"}
    assert closers(london, "U7", members) == {"U1", "U2", "U4"}


def test_who_may_ask() -> None:
    check_requester(pair(), ALICE, members)
    check_requester(pair(requesters=("S0DBA",)), BOB, members)
    with pytest.raises(Refusal) as refused:
        check_requester(pair(), CAROL, members)
    assert refused.value.reason is Reason.NOT_ALLOWED
    assert words(refused.value) == (
        "You may look at london and approve what others ask for, but not ask for changes. "
        "<@U1> and <@U2> can. Nothing was sent."
    )


def test_who_may_approve() -> None:
    check_approver(pair(), BOB, "U1", members)
    check_approver(pair(approvers=("S0DBA",)), BOB, "U1", members)
    with pytest.raises(Refusal) as refused:
        check_approver(pair(), DAN, "U1", members)
    assert refused.value.reason is Reason.NOT_ALLOWED
    assert words(refused.value) == (
        "You are not an approver of london. <@U2> and <@U3> can approve it. Nothing was sent."
    )


@pytest.mark.parametrize("approvers", [("U2", "U3"), ("S0DBA", "U3"), ("U2",)])
def test_nobody_approves_their_own_request(approvers: tuple[str, ...]) -> None:
    with pytest.raises(Refusal) as refused:
        check_approver(pair(approvers=approvers), BOB, "U2", members)
    assert refused.value.reason is Reason.SELF_APPROVAL
    can = {("U2", "U3"): "<@U3>", ("S0DBA", "U3"): "<@U3> and <@U7>", ("U2",): "Nobody"}[approvers]
    assert words(refused.value) == (
        f"You asked for this one, so somebody else has to approve it. {can} can. Nothing was sent."
    )


def test_it_is_ids_that_count_not_names() -> None:
    with pytest.raises(Refusal):
        check_approver(pair(), Person("U9", "Bob"), "U1", members)
    with pytest.raises(Refusal):
        check_approver(pair(), Person("U2", "somebody else"), "U2", members)


@pytest.mark.parametrize("standing", sorted(set(Standing) - {Standing.MEMBER}))
def test_only_full_members_whatever_the_lists_say(standing: Standing) -> None:
    bob = Person("U2", "Bob", standing)
    checks: list[Callable[[], None]] = [
        lambda: check_member(bob),
        lambda: check_requester(pair(), bob, members),
        lambda: check_approver(pair(), bob, "U1", members),
    ]
    for check in checks:
        with pytest.raises(Refusal) as refused:
            check()
        assert refused.value.reason is Reason.NOT_A_MEMBER
        assert term(standing) in words(refused.value)
        assert words(refused.value).endswith("Nothing was done.")


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ((), "Nobody"),
        (("U1",), "<@U1>"),
        (("U1", "S0DBA"), "<@U1> and <!subteam^S0DBA>"),
        (("U1", "W2", "U3"), "<@U1>, <@W2> and <@U3>"),
    ],
)
def test_mentions(ids: tuple[str, ...], words: str) -> None:
    assert mention(ids) == words


def test_a_request_that_nobody_decides_ends() -> None:
    assert expires_at(pair(), AT) == AT + timedelta(minutes=15)
    assert expires_at(pair(approval_minutes=0.5), AT) == AT + timedelta(seconds=30)


@pytest.mark.parametrize("typed", ["london", " London\n", "LON DON", "l o n d o n", "\tlondon\u00a0"])
def test_case_and_blanks_are_forgiven(typed: str) -> None:
    assert same_name(typed, "london")


@pytest.mark.parametrize("typed", ["", " ", "londn", "london.", "paris", "london london", "lοndon", "*london*"])
def test_nothing_else_is(typed: str) -> None:
    assert not same_name(typed, "london")


def test_an_old_answer_of_slacks_is_enough_to_look_and_for_nothing_else() -> None:
    known_before = Person("U1", "Alice", fresh=False)
    check_member(known_before, only_reads=True)
    with pytest.raises(Refusal) as refused:
        check_member(known_before)
    assert refused.value.reason is Reason.SLACK
    assert words(refused.value) == (
        "Slack does not tell me now who may do this, so nothing was done. You can look meanwhile; for this, try again "
        "in a minute."
    )


@pytest.mark.parametrize(
    ("who", "also"), [(DAN, ""), (BOB, " and approve what others ask for"), (CAROL, " and approve what others ask for")]
)
def test_who_may_not_ask_reads_what_they_may(who: Person, also: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_requester(pair(requesters=("U9",), approvers=("U3", "S0DBA")), who, members)
    assert words(refused.value).startswith(f"You may look at london{also}, but not ask for changes. <@U9> can.")
