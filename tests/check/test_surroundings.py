"""What the check and the command line make of the machine they run on."""

import errno
import fcntl
import os
import socket
import ssl
import subprocess
import sys
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest

from bot.check.causes import cause
from bot.check.database import opened
from bot.domain.pair import Login
from bot.settings.schedules import cron_mistake
from bot.store import Store
from bot.wiring import CannotStart, lock_sqlite
from tests.store.given import Clock

PROXY = {"HTTPS_PROXY": "http://user:secret@proxy:3128"}


def unknown_ca() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "unable to get local issuer certificate"
    return error


@pytest.mark.parametrize(
    ("error", "environ", "words", "remedy"),
    [
        (URLError(unknown_ca()), {}, "authority that this machine does not know", "SSL_CERT_FILE"),
        (URLError(OSError("Tunnel connection failed: 407 Proxy Authentication Required")), PROXY, "407", "HTTPS_PROXY"),
        (HTTPError("http://proxy", 407, "Proxy Authentication Required", Message(), None), PROXY, "407", "HTTPS_PROXY"),
        (OSError("no answer from http://127.0.0.1:40701/api/"), {}, "OSError", "Check the network"),
        (URLError(OSError("Tunnel connection failed: 403 Forbidden")), PROXY, "does not let us through", "allow"),
        (URLError(ConnectionRefusedError(111, "Connection refused")), PROXY, "the proxy that HTTPS_PROXY", "Start it"),
        (URLError(socket.gaierror(-2, "Name or service not known")), PROXY, "the proxy that HTTPS_PROXY", "correct"),
        (URLError(socket.gaierror(-2, "Name or service not known")), {}, "its name does not resolve", "SLACK_API_URL"),
        (URLError(ConnectionRefusedError(111, "Connection refused")), {}, "Connection refused", "SLACK_API_URL"),
        (None, {}, "no reason", "SLACK_API_URL"),
    ],
)
def test_the_cause_is_named(error: Exception | None, environ: dict[str, str], words: str, remedy: str) -> None:
    said, mend = cause(error, environ)
    assert words in said
    assert remedy in mend
    assert "secret" not in said + mend


def test_a_file_system_without_locks_is_no_other_pairkeeper(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pairkeeper.db"
    file.write_bytes(sqlite_template.read_bytes())

    def flock(*_words: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    store = Store(f"sqlite:///{file}", Clock())
    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", flock)
        with pytest.raises(CannotStart, match="takes no locks"):
            lock_sqlite(store)
        _, found = opened(f"sqlite:///{file}")
        assert not found.right
        assert "No locks available" in found.words
    held = lock_sqlite(store)
    assert held is not None
    with pytest.raises(CannotStart, match="Another Pairkeeper runs"):
        lock_sqlite(store)
    assert opened(f"sqlite:///{file}")[1].right, "the bot that runs is no fault"
    held.close()
    store.engine.dispose()


@pytest.mark.parametrize(
    "encoding",
    ["latin-1", "ascii", *(pytest.param(name, marks=pytest.mark.proof) for name in ("cp1252", "iso8859-15"))],
)
@pytest.mark.parametrize("words", [["--help"], ["check", "--no-slack"], ["status"]])
def test_a_locale_that_prints_no_emoji_is_no_crash(tmp_path: Path, encoding: str, words: list[str]) -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    ran = subprocess.run(
        [sys.executable, "-m", "bot", *words], env=environ, cwd=tmp_path, capture_output=True, timeout=120, check=False
    )
    assert b"Traceback" not in ran.stderr
    assert b"UnicodeEncodeError" not in ran.stderr
    if encoding == "ascii":
        return  # there the command line's library writes UTF-8 all the same
    if words[0] == "check":
        assert b"[x]" in ran.stdout
    if words[0] == "status":
        assert b"[x]" in ran.stderr


@pytest.mark.parametrize(
    ("cron", "never"),
    [
        ("0 8 31 2 *", True),
        ("0 8 30 feb *", True),
        ("0 8 31 feb,apr,jun *", True),
        ("0 8 30-31 2 mon", True),
        ("0 8 29 2 *", False),
        ("0 8 31 2-3 *", False),
        ("0 8 31 * *", False),
        ("0 8 28,31 2 *", False),
        ("0 8 */30 2 *", False),
        ("0 8 * * mon-fri", False),
        ("0 8 31 */2 *", False),
    ],
)
def test_a_cron_that_never_comes_is_a_mistake(cron: str, never: bool) -> None:
    assert ("never comes" in cron_mistake(cron)) is never


def test_an_ipv6_address_in_brackets_is_a_host() -> None:
    assert Login("[::1]", "bot", "").host == "::1"
    assert Login("[fd00::1]", "bot", "") == Login("fd00::1", "bot", "")
    assert Login("10.0.0.1", "bot", "").host == "10.0.0.1"
