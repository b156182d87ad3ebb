"""A command that takes several times its limit: a reduced form of `python -m tests.proof.slow_command`."""

import pytest

from tests.proof.slow_command import ends_as_the_server_ends_it, is_unknown_after_a_kill

pytestmark = pytest.mark.proof
SECONDS, LIMIT = 15.0, 3.0


def test_a_command_that_takes_far_longer_than_its_limit_ends_as_the_server_ends_it() -> None:
    ends_as_the_server_ends_it(SECONDS, LIMIT)


def test_the_bot_killed_in_its_middle_sends_nothing_again_and_lets_nobody_close_it_early() -> None:
    is_unknown_after_a_kill(SECONDS, LIMIT)
