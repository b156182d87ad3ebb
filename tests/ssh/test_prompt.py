"""What is a question and what is not; no server needed."""

import pytest

from bot.domain.pair import CONTINUE, Question
from bot.ssh.prompt import asks, perhaps_a_question, surely_a_question

JOINING = (
    Question(r"Secondary PAM Server address:\s*$", "{address}"),
    Question(r"Joining code:\s*$", "{joining_code}"),
    CONTINUE,
)
ASK = "Are you sure you want to continue? [y/N]"


@pytest.mark.parametrize(
    "heard", [ASK, f"{ASK}:", f"{ASK}: ", f"This demotes the Primary.\n{ASK}: ", f"{ASK}:\n{ASK}:"]
)
def test_the_known_question_at_the_end(heard: str) -> None:
    assert asks(CONTINUE, heard)


@pytest.mark.parametrize(
    "heard",
    [
        "",
        f"{ASK}:\n",
        f"{ASK}: \n\n",
        f"You will be asked: {ASK}: answer y\n",
        f"{ASK}: y\nDemoting",
        f"{ASK}: and {ASK[:-3]}",
        f"{ASK}: [default N] ",
    ],
)
def test_the_known_question_elsewhere(heard: str) -> None:
    assert not asks(CONTINUE, heard)


def test_a_pattern_without_an_end_still_counts_at_the_end_only() -> None:
    open_ended = Question(r"continue\?", "y")
    assert asks(open_ended, "Will it continue? Perhaps.\nDo you want to continue? ")
    assert not asks(open_ended, "Do you want to continue? [y/N]")
    assert asks(Question(r"lost:\s+a\s+b\nGo on\?", "y"), "lost: a b\nGo on? ")


@pytest.mark.parametrize(
    "heard",
    [
        "Really?",
        "Proceed? (yes/no) ",
        "Overwrite the Secondary [Y/n]:",
        "Overwrite (y/n)",
        "Go on [yes|no] >",
        "Password:",
        "[sudo] password for pam: ",
        "Enter passphrase for key '/root/.ssh/id':",
        "password",
        "Port [22]:",
        "Type the hostname to confirm: ",
        "All is ready. Enter the code:",
        "Please choose one of the above:",
        "Do you want to go on [default n]:",
        "Press any key to continue . . .",
        "Hit ENTER",
        "--More--",
        "lines 1-23 (END)",
        "one\ntwo\nSelect an option >",
    ],
)
def test_surely_a_question(heard: str) -> None:
    assert surely_a_question(heard)
    assert perhaps_a_question(heard)


@pytest.mark.parametrize(
    "heard",
    ["Demoting Primary:", "Stopping services: ", "[=====>    ]", "replica >", "Floating IP address:"],
)
def test_perhaps_a_question(heard: str) -> None:
    assert not surely_a_question(heard)
    assert perhaps_a_question(heard)


@pytest.mark.parametrize(
    "heard",
    [
        "",
        "\n",
        "Password:\n",
        "Really?\n",
        "done",
        "Copying 41%",
        "Waiting ...",
        "12:04:31 started",
        "Failing over",
    ],
)
def test_no_question(heard: str) -> None:
    assert not perhaps_a_question(heard)


def test_the_questions_of_the_settings() -> None:
    for text in ("Secondary PAM Server address: ", "Joining code: ", f"{ASK}: "):
        assert perhaps_a_question(text)
    assert [asks(question, "Joining code: ") for question in JOINING] == [False, True, False]
