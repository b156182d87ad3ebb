"""Whatever a key file holds: a key that works, or a sentence."""

import textwrap
from pathlib import Path

import paramiko
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bot.domain.transport import Unreachable, UnreachableReason
from bot.ssh.keys import read_key

KINDS = {
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
}
FORMS = {"pkcs8": PrivateFormat.PKCS8, "openssh": PrivateFormat.OpenSSH, "openssl": PrivateFormat.TraditionalOpenSSL}


def pem(key: object, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()  # type: ignore[attr-defined, no-any-return]


def kept(path: Path, text: str) -> Path:
    """Write a key file that its owner alone can read."""
    path.touch(0o600)
    path.write_bytes(text.encode())
    return path


def public(key: object) -> str:
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)  # type: ignore[attr-defined]
    return line.decode().split()[1]  # type: ignore[no-any-return]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_in_every_form_is_read(tmp_path: Path, kind: str, form: str) -> None:
    if (kind, form) == ("ed25519", "openssl"):
        return  # OpenSSL has no such form
    key = KINDS[kind]()
    path = kept(tmp_path / "key", pem(key, FORMS[form]))
    found = read_key(str(path))
    assert found.get_base64() == public(key)
    assert found.can_sign()


SPOILT = {
    "a leading blank line": lambda text: "\n" + text,
    "indented": lambda text: textwrap.indent(text, "    "),
    "spaces for newlines": lambda text: text.replace("\n", " "),
    "no newline at the end": lambda text: text.rstrip("\n"),
    "Windows' line ends": lambda text: text.replace("\n", "\r\n"),
    "text before it": lambda text: "Bag Attributes\n  friendlyName: bot\n" + text,
    "literal backslash-n": lambda text: text.replace("\n", "\\n"),
    "quotes around it": lambda text: f'"{text}"',
}


@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize("form", ["pkcs8", "openssh"])
def test_a_key_that_went_through_a_form_field_is_read(tmp_path: Path, how: str, form: str) -> None:
    key = KINDS["ed25519"]()
    path = kept(tmp_path / "key", SPOILT[how](pem(key, FORMS[form])))
    assert read_key(str(path)).get_base64() == public(key)


def locked(kind: str, form: PrivateFormat) -> str:
    key = KINDS[kind]()
    return key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"x")).decode()  # type: ignore[attr-defined, no-any-return]


USELESS = {
    "empty": lambda: b"",
    "secp256k1": lambda: pem(ec.generate_private_key(ec.SECP256K1()), PrivateFormat.TraditionalOpenSSL).encode(),
    "x25519": lambda: pem(x25519.X25519PrivateKey.generate()).encode(),
    "dsa": lambda: pem(dsa.generate_private_key(1024)).encode(),
    "rsa of 512 bits": lambda: b"-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----\n",
    "cut in the middle": lambda: pem(KINDS["rsa"]()).encode()[:400],
    "only its head": lambda: b"-----BEGIN OPENSSH PRIVATE KEY-----\n",
    "a public key": lambda: b"ssh-ed25519 AAAA bot@here\n",
    "bytes": lambda: bytes(range(256)),
    "UTF-16": lambda: pem(KINDS["ed25519"]()).encode("utf-16"),
    "PuTTY's": lambda: b"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n",
    "large": lambda: b"A" * 300_000,
    "locked pkcs8": lambda: locked("rsa", PrivateFormat.PKCS8).encode(),
    "locked openssl": lambda: locked("rsa", PrivateFormat.TraditionalOpenSSL).encode(),
    "locked openssh": lambda: locked("ed25519", PrivateFormat.OpenSSH).encode(),
}


@pytest.mark.parametrize("what", USELESS)
def test_what_is_no_key_is_a_sentence(tmp_path: Path, what: str) -> None:
    path = tmp_path / "key"
    path.write_bytes(USELESS[what]())
    with pytest.raises(Unreachable) as told:
        read_key(str(path))
    assert told.value.why is UnreachableReason.NOT_ASKED
    assert told.value.ours
    assert told.value.words.startswith(f"not asked: its key file {path} ")
    assert ("encrypted" in told.value.words) is what.startswith("locked")


@pytest.mark.parametrize("path", ["~nosuchuser/key", "/no/such/file", "/tmp", "a\0b", "/dev/null", ""])
def test_a_path_that_leads_nowhere_is_a_sentence(path: str) -> None:
    with pytest.raises(Unreachable) as told:
        read_key(path)
    assert told.value.ours


def test_a_certificate_beside_the_key_is_offered_with_it(tmp_path: Path) -> None:
    key = KINDS["ed25519"]()
    kept(tmp_path / "key", pem(key, PrivateFormat.OpenSSH))
    (tmp_path / "key-cert.pub").write_text("nonsense")
    with pytest.raises(Unreachable):
        read_key(str(tmp_path / "key"))
    (tmp_path / "key-cert.pub").unlink()
    assert isinstance(read_key(str(tmp_path / "key")), paramiko.Ed25519Key)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_key_that_others_can_read_is_not_used(tmp_path: Path, mode: int) -> None:
    path = kept(tmp_path / "key", pem(KINDS["ed25519"]()))
    path.chmod(mode)
    with pytest.raises(Unreachable, match=f"can be read by others: run chmod 600 {path}") as told:
        read_key(str(path))
    assert told.value.ours
