"""A snapshot as it is stored: what an older or a newer release has stored is read too."""

import json
from dataclasses import replace

from bot.domain.pair import Role
from bot.domain.snapshot import Snapshot, snapshot
from bot.domain.status import State
from bot.domain.transport import UnreachableReason
from tests.domain import build

WORDS = f"{UnreachableReason.WRONG_KEY.value}: it showed SHA256:x, pinned is SHA256:y"


def rekeyed() -> Snapshot:
    """The Primary showed another host key than the pinned one."""
    primary = replace(build.silent(Role.PRIMARY), why=UnreachableReason.WRONG_KEY, words=WORDS)
    return snapshot(build.seen(primary, State.STANDBY))


def test_it_is_read_as_it_was_stored() -> None:
    assert rekeyed().rekeyed == (Role.PRIMARY,)
    assert Snapshot.from_json(rekeyed().as_json()) == rekeyed()


def test_an_older_release_said_in_its_words_which_key_was_wrong() -> None:
    stored = json.loads(rekeyed().as_json())
    del stored["rekeyed"]
    assert Snapshot.from_json(json.dumps(stored)).rekeyed == (Role.PRIMARY,)


def test_what_it_means_hangs_on_no_wording() -> None:
    stored = json.loads(rekeyed().as_json())
    stored["primary"]["words"] = "reworded"
    assert Snapshot.from_json(json.dumps(stored)).rekeyed == (Role.PRIMARY,)
