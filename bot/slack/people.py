"""Who a person is, according to Slack: standing in the workspace and membership of groups; cached for a short while."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

from slack_sdk import WebClient

from bot.domain.approval import Person, Standing
from bot.domain.errors import Refusal, RefusalCode
from bot.slack.slack_errors import FAILURES, Meaning, means, word_of

PERSON_SECONDS = 60.0
RECENT = 600.0  # seconds for which Slack's last answer about a person lets them read, while Slack gives none
GROUP_SECONDS = 300.0  # seconds; usergroups.* allows 20 calls a minute


class People:
    """The people of one workspace. Its methods raise Refusal if Slack cannot be asked."""

    def __init__(self, client: WebClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._lock = Lock()
        self._kept: dict[str, tuple[float, Any]] = {}
        self._asked: dict[str, bool] = {}  # the keys that Slack has answered for since `forget` was last called

    def identify(self, user: str, team: str | None) -> Person:
        """Return the person with this id, as seen from the workspace that the bot lives in.

        `team` is the team that the interaction came from. `fresh` in the result says whether the answer is good enough
        to change something.
        """
        ask = lambda: self._client.users_info(user=user)["user"]  # noqa: E731
        user_now, known = self._cached(f"user {user}", PERSON_SECONDS, ask, RECENT)
        home, at_home = self._cached("home", GROUP_SECONDS, lambda: _home(self._client.auth_test()), RECENT)
        name = user_now.get("real_name") or user_now.get("name") or user
        return Person(user, name, standing(user_now, team, home), fresh=known and at_home)

    def members(self, group: str) -> frozenset[str]:
        """Return the ids of a user group's members.

        User groups need a paid plan; lists of ids in the settings always work without one.
        """
        ask = lambda: self._client.usergroups_users_list(usergroup=group)["users"]  # noqa: E731
        group_now, known = self._cached(f"group {group}", GROUP_SECONDS, ask)
        if not known:
            raise Refusal(RefusalCode.PEOPLE_UNKNOWN)
        return frozenset(group_now)

    def forget(self) -> None:
        """Have Slack asked again about everybody, as the bot does right before a command is sent.

        If Slack is away, its answer counts until it is too old. If Slack limits the calls, an old answer no longer
        allows a change.
        """
        with self._lock:
            self._asked = {}

    def _cached(self, key: str, seconds: float, ask: Callable[[], Any], recent: float = 0.0) -> tuple[Any, bool]:
        """Return Slack's answer, and whether it is good enough to change something.

        It is good enough if it is no older than `seconds`, and Slack has not just refused to repeat it. If Slack gives
        no answer now, an older one is returned up to an age of `recent` seconds. Otherwise raises Refusal.
        """
        with self._lock:
            kept, asked = self._kept.get(key), self._asked
        fresh = kept is not None and kept[0] > self._clock()
        if kept and fresh and key in asked:
            return kept[1], True
        try:
            answer = ask()
        except FAILURES as error:
            away, limited = not word_of(error), means(error, Meaning.LIMITED)
            if kept and (away or limited) and (fresh or self._clock() < kept[0] - seconds + recent):
                return kept[1], fresh and away  # an outage of Slack must not stop a recovery
            raise Refusal(RefusalCode.PEOPLE_UNKNOWN) from error
        with self._lock:
            self._kept[key] = (self._clock() + seconds, answer)
            asked[key] = True
        return answer, True


@dataclass(frozen=True)
class Workspace:
    """The bot's own workspace, and the organisation that it belongs to (Enterprise Grid), or None."""

    team: str
    enterprise: str | None = None


def _home(me: Any) -> Workspace:
    return Workspace(me["team_id"], me.get("enterprise_id"))


def names(identify: Callable[[str], Person] | None) -> Callable[[str], str]:
    """Return a function that gives a person's name according to Slack, or their id if Slack cannot be asked."""

    @cache
    def name(who: str) -> str:
        try:
            return identify(who).name if identify else who
        except Refusal:
            return who

    return name


def standing(user: Any, team: str | None, home: Workspace) -> Standing:
    """Return what Slack's account of a person means to the bot.

    `team` is the team that the interaction came from, None if unknown.
    """
    if user.get("deleted"):
        return Standing.DELETED
    if user.get("is_stranger") or not {user.get("team_id"), team} <= {None, home.team, *_colleagues(user, home)}:
        return Standing.STRANGER
    if user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_bot"):
        return Standing.GUEST
    return Standing.MEMBER


def _colleagues(user: Any, home: Workspace) -> set[str]:
    """Return the teams and the organisation of a person who belongs to the bot's own; an empty set for anybody else.

    In an organisation one account is in several workspaces.
    """
    org = user.get("enterprise_user") or {}
    teams = {*org.get("teams", ()), user.get("team_id")}
    ours = home.team in teams or (home.enterprise is not None and org.get("enterprise_id") == home.enterprise)
    return {team for team in (*teams, org.get("enterprise_id")) if team} if ours and org else set()
