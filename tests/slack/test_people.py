"""Who somebody is by Slack's word, also in an organisation with several workspaces (Enterprise Grid)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.domain.approval import Standing
from bot.simulator import cast
from bot.simulator.slack import LocalSlack, Person
from bot.slack.people import PERSON_SECONDS, RECENT, People, Workspace, standing
from tests.support.refusals import refused

HOME, SISTER, ORG = "T0LOCAL", "T0SISTER", "E0ORG"


@dataclass(frozen=True)
class Colleague(Person):
    """An account that an organisation has given to these workspaces; `users.info` says so in `enterprise_user`."""

    first: str = SISTER
    teams: tuple[str, ...] = (SISTER, HOME)
    org: str = ORG

    def profile(self, home: str) -> dict[str, Any]:
        """Return the user object of ``users.info``."""
        org = {"id": self.id, "enterprise_id": self.org, "enterprise_name": "org", "teams": list(self.teams)}
        return super().profile(home) | {"team_id": self.first, "enterprise_user": org}


GRACE = Colleague("U0GRACE", "grace")
GUEST = Colleague("U0GINA", "gina", kind="guest")
ELSEWHERE = Colleague("U0ELSE", "else", teams=(SISTER,))
OTHER_ORG = Colleague("U0OTHER", "other", teams=(SISTER, "T0THIRD"), org="E0OTHER")


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    everybody = [*cast.FIVE, *cast.REFUSED, GRACE, GUEST, ELSEWHERE, OTHER_ORG]
    with LocalSlack(everybody, cast.channels(), cast.groups()) as found:
        yield found


@pytest.fixture
def people(slack: LocalSlack) -> People:
    return People(WebClient(slack.bot_token, base_url=slack.api_url))


@pytest.mark.parametrize(
    ("who", "team", "is_one"),
    [
        ("U0ALICE", HOME, Standing.MEMBER),
        ("U0ALICE", None, Standing.MEMBER),
        ("U0ALICE", SISTER, Standing.STRANGER),  # what they sent came from somewhere else
        ("U0STAN", None, Standing.STRANGER),
        ("U0GRACE", None, Standing.MEMBER),  # her first workspace is another, and ours is one of hers
        ("U0GRACE", SISTER, Standing.MEMBER),
        ("U0GRACE", HOME, Standing.MEMBER),
        ("U0GRACE", ORG, Standing.MEMBER),
        ("U0GRACE", "T0STRANGE", Standing.STRANGER),
        ("U0GINA", None, Standing.GUEST),
        ("U0ELSE", None, Standing.STRANGER),  # of an organisation, but not in our workspace, which is in none
        ("U0OTHER", SISTER, Standing.STRANGER),
    ],
)
def test_who_is_a_member(people: People, who: str, team: str | None, is_one: Standing) -> None:
    assert people.identify(who, team).standing is is_one


@pytest.mark.parametrize(
    ("who", "is_one"),
    [(GRACE, Standing.MEMBER), (ELSEWHERE, Standing.MEMBER), (GUEST, Standing.GUEST), (OTHER_ORG, Standing.STRANGER)],
)
def test_our_own_organisation_is_ours(who: Person, is_one: Standing) -> None:
    assert standing(who.profile(HOME), None, Workspace(HOME, ORG)) is is_one


def test_no_organisation_is_none_of_ours() -> None:
    somebody = ELSEWHERE.profile(HOME) | {"enterprise_user": {"id": "U1"}}
    assert standing(somebody, None, Workspace(HOME, None)) is Standing.STRANGER


@pytest.mark.parametrize("how", ["500", "reset"])
def test_where_slack_is_away_its_last_word_stands_for_its_short_while(slack: LocalSlack, how: str) -> None:
    now = [0.0]
    people = People(WebClient(slack.bot_token, base_url=slack.api_url), lambda: now[0])
    known = people.identify("U0ALICE", None)
    slack.away(how=how)  # type: ignore[arg-type]
    people.forget()
    assert people.identify("U0ALICE", None) == known
    with refused("I could not ask Slack"):
        people.identify("U0BOB", None)
    now[0] = PERSON_SECONDS
    assert not people.identify("U0ALICE", None).fresh
    now[0] = RECENT
    with refused("I could not ask Slack"):
        people.identify("U0ALICE", None)


def test_it_is_asked_anew_where_that_is_wanted(slack: LocalSlack, people: People) -> None:
    group = cast.groups()[0].id
    before = people.members(group)
    slack.change_group(group, users=("U0ALICE",))
    assert people.members(group) == before
    people.forget()
    assert people.members(group) == frozenset({"U0ALICE"}) != before
