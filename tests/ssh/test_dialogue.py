"""A strict dialogue: each known question once, in order, when it is seen; anything else ends it."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bot.domain.pair import CONTINUE, Question
from bot.domain.transport import Ending, Reply
from bot.ssh import SshClient
from tests.ssh.sshd import Sshd, within
from tests.support.patience import eventually

pytestmark = pytest.mark.needs("sshd")

ADDRESS = Question(r"Secondary PAM Server address:\s*$", "{address}")
CODE = Question(r"Joining code:\s*$", "{joining_code}")
ASK = "Are you sure you want to continue? [y/N]: "
GO = f'printf \'{ASK}\'; read a; echo "$a" >> $TRUTH; [ "$a" = y ] && echo going'

Talk = Callable[..., Reply]


@pytest.fixture
def talk(console: SshClient, sshd: Sshd, request: pytest.FixtureRequest) -> Talk:
    """Holds a dialogue over a fresh session; on a terminal, unless `both` says otherwise."""

    def talk(line: str, *dialogue: Question, seconds: float = 5, **changes: Any) -> Reply:
        options: dict[str, Any] = {"slots": {}, "secrets": {}, "before_answer": lambda _: True, **changes}
        with console.open(sshd.server(pty=pty), 5) as session, within(seconds + 60):
            return session.converse(line, dialogue, seconds=seconds, **options)

    pty = getattr(request, "param", True)
    return talk


class Told:
    """A person who hears what the command says, and waits no more once it asks something."""

    def __init__(self) -> None:
        self.questions: list[str] = []

    def hears(self, words: str, asks: bool) -> None:
        self.questions += [words] if asks else []

    def goes_on(self) -> bool:
        return not self.questions


both = pytest.mark.parametrize("talk", [False, True], ids=["no pty", "pty"], indirect=True)


@both
def test_the_known_question_is_answered(talk: Talk, sshd: Sshd) -> None:
    reply = talk(GO, CONTINUE)
    assert (reply.ending, reply.exit, reply.answered, reply.question) == (Ending.EXITED, 0, 1, None)
    assert reply.text.replace("y\n", "") == f"{ASK}going\n"
    assert sshd.done == ["y"]


@pytest.mark.parametrize("line", [f"bash -c 'read -r -p \"{ASK}\" a'", f"printf '{ASK}' >/dev/tty && read a </dev/tty"])
def test_prompts_that_need_a_terminal(console: SshClient, sshd: Sshd, line: str) -> None:
    """Trap: bash's `read -p` shows its prompt only on a terminal, and /dev/tty needs one."""
    with console.open(sshd.server(pty=True), 5) as session:
        reply = session.converse(line, [CONTINUE], {}, {}, 5, lambda _: True)
    assert (reply.ending, reply.answered) == (Ending.EXITED, 1)
    with console.open(sshd.server(), 5) as session:
        reply = session.converse(line, [CONTINUE], {}, {}, 0.5, lambda _: True)
    assert reply.answered == 0


def test_several_questions_in_order_with_their_slots(talk: Talk, sshd: Sshd) -> None:
    seen: list[int] = []
    line = (
        "printf 'Secondary PAM Server address: '; read first; printf 'Joining code: '; stty -echo 2>&-; read c; "
        "stty echo 2>&-; echo; " + GO + "; echo $first/$c >> $TRUTH"
    )
    reply = talk(
        line,
        ADDRESS,
        CODE,
        CONTINUE,
        slots={"address": "{joining_code}{0}%s"},
        secrets={"joining_code": "AB{12}-cd"},
        before_answer=lambda index: not seen.append(index),  # type: ignore[func-returns-value]
    )
    assert (reply.ending, reply.exit, reply.answered) == (Ending.EXITED, 0, 3)
    assert seen == [0, 1, 2]
    assert sshd.done == ["y", "{joining_code}{0}%s/AB{12}-cd"]


@both
def test_the_transcript_shows_what_was_answered_and_of_a_secret_that_it_was_given(talk: Talk) -> None:
    line = (
        "printf 'Secondary PAM Server address: '; read first; printf 'Joining code: '; stty -echo 2>&-; read c; "
        f"stty echo 2>&- && echo; {GO}"
    )
    secrets = {"joining_code": "AB12-cd34"}
    reply = talk(line, ADDRESS, CODE, CONTINUE, slots={"address": "10.0.0.12"}, secrets=secrets)
    assert reply.text == f"Secondary PAM Server address: 10.0.0.12\nJoining code: «joining code»\n{ASK}y\ngoing\n"


@pytest.mark.parametrize(
    ("slots", "answer"), [({}, "{code}"), ({"code": "one\ntwo"}, "{code}"), ({"code": "a\x03"}, "x{code}")]
)
def test_a_slot_without_a_value_that_can_be_typed_sends_nothing(
    talk: Talk, sshd: Sshd, slots: dict[str, str], answer: str
) -> None:
    """A newline in a value would answer the next question as well."""
    with pytest.raises(ValueError, match="code") as told:
        talk("echo x >> $TRUTH", Question("Code:", answer), slots=slots)
    assert "two" not in str(told.value)
    assert not sshd.done


def test_a_pattern_in_a_banner_is_not_answered(talk: Talk, sshd: Sshd) -> None:
    """Trap: the stock Responder answers a pattern wherever it stands."""
    asked: list[int] = []
    line = f"echo '{ASK}'; sleep .4; echo 'you will be asked {ASK}'; sleep .4; read -t .2 a; echo \"<$a>\" >> $TRUTH"
    reply = talk(line, CONTINUE, before_answer=lambda index: not asked.append(index))  # type: ignore[func-returns-value]
    assert (reply.ending, reply.answered, asked) == (Ending.EXITED, 0, [])
    assert sshd.done == ["<>"]


def test_a_prompt_in_pieces_is_answered_once_it_is_whole(talk: Talk, sshd: Sshd) -> None:
    pieces = "; sleep .12; ".join(f"printf '{ASK[at : at + 9]}'" for at in range(0, len(ASK), 9))
    reply = talk(f"{pieces}; read a; echo $a >> $TRUTH", CONTINUE)
    assert (reply.ending, reply.answered, sshd.done) == (Ending.EXITED, 1, ["y"])


def test_a_pattern_at_the_end_of_a_chunk_is_not_yet_the_end_of_the_line(talk: Talk, sshd: Sshd) -> None:
    line = f"printf '{ASK}'; sleep .1; echo 'is asked later'; sleep .5; echo no >> $TRUTH"
    assert talk(line, CONTINUE).answered == 0
    assert sshd.done == ["no"]


def test_a_second_yes_no_question_is_never_approved(talk: Talk, sshd: Sshd) -> None:
    """Trap: the stock Responder approved a second, different y/n question. Cut off there, a pair is left half-way."""
    line = f"{GO}; printf 'Delete the replica as well? [y/N]: '; read b; echo second:$b >> $TRUTH"
    told = Told()
    reply = talk(line, CONTINUE, seconds=8, hears=told.hears, goes_on=told.goes_on)
    assert (reply.ending, reply.exit, reply.answered) == (Ending.LEFT, None, 1)
    assert told.questions == ["going\nDelete the replica as well? [y/N]:"]
    assert sshd.done == ["y"], "it was answered, or hung up on"


def test_the_known_question_a_second_time(talk: Talk, sshd: Sshd) -> None:
    told = Told()
    reply = talk(f"{GO}; {GO}", CONTINUE, hears=told.hears, goes_on=told.goes_on)
    assert (reply.ending, reply.answered) == (Ending.LEFT, 1)
    assert told.questions == [f"going\n{ASK.strip()}"]
    assert sshd.done == ["y"], "it was answered, or hung up on"


@both
def test_it_ends_as_the_server_ended_it_however_long_after_its_time(talk: Talk, sshd: Sshd) -> None:
    said: list[tuple[str, bool]] = []
    line = f"{GO}; sleep 1.5; echo the code was refused; sleep 2; echo end >> $TRUTH; exit 4"
    reply = talk(line, CONTINUE, seconds=1, hears=lambda *words: said.append(words))
    assert (reply.ending, reply.exit, reply.answered) == (Ending.EXITED, 4, 1)
    assert sshd.done == ["y", "end"]
    assert said == [("going", False), ("going\nthe code was refused", False)]


@both
def test_a_line_that_asks_nothing_is_at_work_once_it_is_sent(talk: Talk, sshd: Sshd) -> None:
    reply = talk("sleep 2; echo end >> $TRUTH", seconds=0.5)
    assert (reply.ending, reply.exit, sshd.done) == (Ending.EXITED, 0, ["end"])


@both
def test_who_waits_no_more_cuts_nothing_off(talk: Talk, sshd: Sshd) -> None:
    reply = talk(f"{GO}; sleep 1; echo end >> $TRUTH", CONTINUE, goes_on=lambda: False)
    assert (reply.ending, reply.answered) == (Ending.LEFT, 1)
    eventually(lambda: sshd.done == ["y", "end"])


def test_errors_of_those_who_wait_end_nothing(talk: Talk, sshd: Sshd, caplog: pytest.LogCaptureFixture) -> None:
    def broken(*_: object) -> bool:
        raise RuntimeError("the database is away")

    reply = talk(f"{GO}; sleep 1; echo end >> $TRUTH", CONTINUE, hears=broken, goes_on=broken)
    assert (reply.ending, reply.exit, sshd.done) == (Ending.EXITED, 0, ["y", "end"])
    assert caplog.text.count("the database is away") >= 2


def test_the_same_question_twice_where_it_is_known_to_come_twice(talk: Talk, sshd: Sshd) -> None:
    assert talk(f"{GO}; {GO}", CONTINUE, CONTINUE).answered == 2
    assert sshd.done == ["y", "y"]


STRANGE = ["Password: ", "Wipe it? ", "Mode [fast] ", "pam> ", "Reason: ", "Go on (yes/no) "]


def test_an_unknown_question_before_the_known_one(talk: Talk, sshd: Sshd) -> None:
    def one(strange: str) -> Reply:
        line = f"printf '{strange}'; read a; echo \"<$a>\" >> $TRUTH; {GO}"
        with within(1):
            return talk(line, CONTINUE, seconds=8, before_answer=pytest.fail)

    with ThreadPoolExecutor(len(STRANGE)) as crew:
        replies = list(crew.map(one, STRANGE))
    told = [(reply.ending, reply.answered, reply.question) for reply in replies]
    assert told == [(Ending.UNEXPECTED, 0, strange.strip()) for strange in STRANGE]
    assert not sshd.done


def test_questions_out_of_order(talk: Talk, sshd: Sshd) -> None:
    line = f"{GO}; printf 'Joining code: '; read c; echo $c >> $TRUTH"
    reply = talk(line, CODE, CONTINUE, secrets={"joining_code": "sesame"})
    assert (reply.ending, reply.answered, reply.question) == (Ending.UNEXPECTED, 0, ASK.strip())
    assert "y" not in sshd.done
    assert "sesame" not in sshd.done


def test_a_slow_step_after_the_answer_is_left_to_work(talk: Talk, sshd: Sshd) -> None:
    """Cut off there, the pair would be left half-way: a label is no question once all is answered."""
    reply = talk(f"{GO}; printf 'Demoting Primary: '; sleep 1; echo done; echo end >> $TRUTH", CONTINUE)
    assert (reply.ending, reply.exit, sshd.done) == (Ending.EXITED, 0, ["y", "end"])


def test_silence_is_no_question(talk: Talk, sshd: Sshd) -> None:
    reply = talk(f"echo Checking; printf 'now '; sleep 1; {GO}", CONTINUE)
    assert (reply.ending, reply.answered) == (Ending.EXITED, 1)


def test_it_ends_without_having_asked(talk: Talk) -> None:
    reply = talk("echo nothing to do; exit 2", CONTINUE)
    assert reply == Reply("nothing to do\n", 2, Ending.EXITED, 0)


def test_a_question_left_standing_by_a_command_that_ended_is_nobodys(console: SshClient, sshd: Sshd) -> None:
    line = f"printf '{ASK}'; sleep 5 & exit 3"
    with console.open(sshd.server(), 5) as session, within(0):
        reply = session.converse(line, [CONTINUE], {}, {}, 5, lambda _: pytest.fail("asked for leave"))
    assert reply == Reply(ASK, 3, Ending.EXITED)


@both
def test_stopped_before_the_answer(talk: Talk, sshd: Sshd) -> None:
    with within(0.5):
        reply = talk(f"trap '' HUP; {GO}", CONTINUE, seconds=9, before_answer=lambda _: False)
    assert (reply.ending, reply.exit, reply.answered) == (Ending.STOPPED, None, 0)
    assert reply.text == ASK
    time.sleep(0.2)
    assert "y" not in sshd.done


def test_an_error_where_leave_is_asked_for_is_no_leave(
    talk: Talk, sshd: Sshd, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: int) -> bool:
        raise RuntimeError("the database is away")

    assert talk(GO, CONTINUE, before_answer=broken).ending is Ending.STOPPED
    assert "y" not in sshd.done
    assert "the database is away" in caplog.text


def test_leave_that_comes_after_the_deadline_is_not_used(talk: Talk, sshd: Sshd) -> None:
    reply = talk(GO, CONTINUE, seconds=0.4, before_answer=lambda _: not time.sleep(0.2))  # type: ignore[func-returns-value]
    assert (reply.ending, reply.exit, reply.answered) == (Ending.TIMED_OUT, None, 0)
    assert "y" not in sshd.done


def test_leave_for_a_question_that_has_moved_on_is_not_used(console: SshClient, sshd: Sshd) -> None:
    """The prompt gave up waiting, and another question stands where the approved one was."""
    other = "printf '\\nTimed out. Erase all? [y/N]: '; read a; echo $a >> $TRUTH"
    line = f"printf '{ASK}'; read -t 1 a || {{ {other}; }}"
    with console.open(sshd.server(pty=True), 5) as session:

        def leave(_place: int) -> bool:
            eventually(lambda: session._talk._channel.recv_ready())
            return True

        reply = session.converse(f"bash -c {_quoted(line)}", [CONTINUE], {}, {}, 60, leave)
    assert (reply.ending, reply.answered) == (Ending.UNEXPECTED, 0)
    assert reply.question == "Timed out. Erase all? [y/N]:"
    assert not sshd.done


def _quoted(line: str) -> str:
    return "'" + line.replace("'", "'\\''") + "'"


def test_secrets_are_in_no_reply_and_no_log(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    """Trap: with a terminal and a prompt that echoes, the secret is in the output."""
    caplog.set_level(logging.DEBUG)
    secret = "Tr0ub4-dor 99"
    line = (
        "printf 'Joining code: '; read c; echo \"you typed $c\"; echo \"$c\" | tr -d ' -'; "
        'echo "$c" | tr a-z A-Z; printf "$(echo $c | cut -c1-5)"; sleep .1; echo "$(echo "$c" | cut -c6-)"; '
        'printf "Use $c? "; read d'
    )
    heard = Told()
    reply = talk(line, CODE, secrets={"joining_code": secret}, seconds=4, hears=heard.hears, goes_on=heard.goes_on)
    assert (reply.ending, reply.answered) == (Ending.LEFT, 1)
    assert heard.questions[0].endswith("Use ••••••?")
    told = (repr(reply) + caplog.text + repr(heard.questions)).lower()
    assert not [form for form in ("tr0ub4", "dor", "99", "tr0ub4dor99") if form in told]
    assert reply.text.count("••••••") == 6


def test_many_dialogues_at_once(talk: Talk, sshd: Sshd) -> None:
    with ThreadPoolExecutor(12) as crew:
        replies = list(crew.map(lambda _: talk(GO, CONTINUE, seconds=10), range(12)))
    assert [(reply.ending, reply.answered) for reply in replies] == [(Ending.EXITED, 1)] * 12
    assert sshd.done == ["y"] * 12
