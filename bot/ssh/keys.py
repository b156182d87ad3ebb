"""Reads the private keys that logins use from their files, and reports what is wrong with a file."""

import os
import textwrap
from io import StringIO
from pathlib import Path
from typing import Any

import paramiko
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from bot.domain.transport import not_asked

OTHERS = 0o077  # the bits of a file's mode that let others than its owner at it
LARGEST = 100_000  # bytes of a key file; a larger file is something else
OPENSSH = "OPENSSH PRIVATE KEY"
CURVES = ("secp256r1", "secp384r1", "secp521r1")  # RFC 5656


def read_key(path: str) -> Any:
    """Return the login's private key from its file. Raises an Unreachable that says what is wrong with the file."""
    try:
        with Path(path).expanduser().open("rb") as file:
            data, mode = file.read(LARGEST), os.fstat(file.fileno()).st_mode
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
    except (RuntimeError, ValueError):
        reason = "cannot be found: there is no such user's home, or no such path"
    else:
        try:
            key = _certified(_key(data), Path(path).expanduser())
            if not mode & OTHERS:
                return key
            reason = f"can be read by others: run chmod 600 {path}"
        except (paramiko.PasswordRequiredException, TypeError):
            reason = "is encrypted, and nobody is there to type the passphrase"
        # each library raises errors of its own for a bad key; none of them may show what was in the file
        except Exception:
            reason = "holds no private key that can be used"
    raise not_asked(f"its key file {path} {reason}")


def _key(data: bytes) -> Any:
    """Return the key, in PEM or OpenSSH's form, as a paramiko key. Raises whatever the library raises."""
    armoured = _unwrapped(data.decode("ascii")).encode()
    load = load_ssh_private_key if OPENSSH.encode() in armoured else load_pem_private_key
    loaded = load(armoured, None)
    match loaded:
        case RSAPrivateKey():
            return paramiko.RSAKey(key=loaded)
        case EllipticCurvePrivateKey() if loaded.curve.name in CURVES:
            return paramiko.ECDSAKey(vals=(loaded, loaded.public_key()))
        case Ed25519PrivateKey():
            return _ed25519(loaded)
    raise ValueError("a kind of key that SSH does not know")


def _certified(key: Any, path: Path) -> Any:
    """Return the key, with the certificate from the file beside it if there is one."""
    certificate = path.with_name(f"{path.name}-cert.pub")
    if certificate.exists():
        key.load_certificate(str(certificate))
    return key


def _unwrapped(text: str) -> str:
    """Return the text with its line ends restored, where a form field or an indented file has lost them.

    The text between the first and last line is joined and wrapped anew. An old encrypted key has headers there and is
    left as it is.
    """
    begin, dashes, rest = text.replace("\\n", "\n").partition("PRIVATE KEY-----")
    body, end, _ = rest.partition("-----END")
    if not end or "Proc-Type:" in body:
        return text
    kind = begin.rpartition("-----BEGIN ")[2]
    wrapped = "\n".join(textwrap.wrap("".join(body.split()), 64))
    return f"-----BEGIN {kind}{dashes}\n{wrapped}\n-----END {kind}PRIVATE KEY-----\n"


def _ed25519(key: Ed25519PrivateKey) -> Any:
    """Return paramiko's form of an Ed25519 key, which it reads from OpenSSH's form only."""
    text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return paramiko.Ed25519Key.from_private_key(StringIO(text))
