"""What was printed, made harmless; no server needed."""

import pytest

from bot.ssh.transcript import KEEP, MARK, Mask, Transcript, clean

SECRET = "AB12-cd34-EF56"


def shown(*chunks: str, secrets: tuple[str, ...] = (SECRET,)) -> str:
    transcript = Transcript(Mask(secrets))
    for chunk in chunks:
        transcript.add(chunk)
    return transcript.text()


@pytest.mark.parametrize(
    "echo",
    [
        "AB12-cd34-EF56",
        "ab12-CD34-ef56",
        "AB12cd34EF56",
        "ab12 cd34 ef56",
        "AB12-\r\ncd34-EF56",
        "AB12-cd34\x1b[K-EF56",
        "A B 1 2 - c d 3 4 - E F 5 6",
        "\x1b[1mAB12\x1b[0m-cd34-EF56",
    ],
)
def test_a_secret_is_masked_however_it_is_echoed(echo: str) -> None:
    assert shown(f"code: {echo} ok {echo}\n") == f"code: {MARK} ok {MARK}\n"


def test_a_secret_is_masked_over_the_borders_of_chunks() -> None:
    assert shown("code: ", *"AB12-cd34-EF56", "\ndone\n") == f"code: {MARK}\ndone\n"


@pytest.mark.parametrize("size", range(3, len(SECRET)))
def test_a_secret_whose_end_never_came_is_masked_too(size: int) -> None:
    assert shown("code: " + SECRET[:size]) == f"code: {MARK}"


@pytest.mark.parametrize("secrets", [("ab", "abcd"), ("abcd", "ab")])
def test_of_two_secrets_the_longer_goes_first(secrets: tuple[str, ...]) -> None:
    assert shown("x abcd y ab z", secrets=secrets) == f"x {MARK} y {MARK} z"


def test_odd_secrets() -> None:
    assert shown("a - b {1}.*", secrets=("", "-", "{1}.*")) == f"a {MARK} b {MARK}"
    assert shown("nothing", secrets=()) == "nothing"


@pytest.mark.parametrize("shift", range(2 * len(SECRET) + 4))
def test_no_part_of_a_secret_stands_at_the_cut(shift: int) -> None:
    """The secret lies over each of the two places where the middle may be cut out."""
    margin = 4 * len(SECRET.replace("-", ""))
    for start in (KEEP, KEEP + margin):
        head = "." * (start - shift) + SECRET
        for text in (head + "." * 3 * KEEP, "." * 3 * KEEP + SECRET + "." * (start - shift)):
            out = shown(text)
            letters = set(out.split("\n[…")[0] + out.split("left out …]\n")[1]) - set(MARK)
            assert letters <= {"."}


def test_long_output_keeps_its_beginning_and_its_end() -> None:
    out = shown("first\n", *("x" * 1000 for _ in range(1000)), "\nlast\n")
    assert out.startswith("first\n")
    assert out.endswith("\nlast\n")
    assert "characters left out" in out
    assert len(out) < 2 * KEEP + 100
    total = 12 + 1_000_000
    missing = int(out.split("[… ")[1].split()[0])
    note = f"\n[… {missing} characters left out …]\n"
    assert len(out) - len(note) + missing == total


def test_output_that_just_fits_is_whole() -> None:
    text = "x" * KEEP + "y" * KEEP
    assert shown(text, secrets=()) == text


def test_control_characters_do_no_harm() -> None:
    assert clean("a\x00b\x07c\x08d\x7fe\x9bf\u202eg\u2066h\x1b]0;title\x07i\x1b[31mj\x1b(Bk\x1b") == "abcdefghijk"
    assert clean("one\r\ntwo\rthree\tx\n") == "one\ntwo\nthree\tx\n"
    assert clean("\x1b]0;a title without an end\nthe next line") == "\nthe next line"
