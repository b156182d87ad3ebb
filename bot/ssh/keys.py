"""The private keys that logins use: read from their files, whatever those hold."""

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

LARGEST = 100_000  # bytes of a key file: what is larger is something else
OPENSSH = "OPENSSH PRIVATE KEY"
CURVES = ("secp256r1", "secp384r1", "secp521r1")  # RFC 5656


def read_key(path: str) -> Any:
    """The login's private key from its file; raises Unreachable that says what is wrong with the file."""
    try:
        with Path(path).expanduser().open("rb") as file:
            data = file.read(LARGEST)
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
    except (RuntimeError, ValueError):
        reason = "cannot be found: there is no such user's home, or no such path"
    else:
        try:
            return _certified(_key(data), Path(path).expanduser())
        except (paramiko.PasswordRequiredException, TypeError):
            reason = "is encrypted, and nobody is there to type the passphrase"
        except Exception:  # each library has its own for what is no key; none of them may say what was in the file
            reason = "holds no private key that can be used"
    raise not_asked(f"its key file {path} {reason}")


def _key(data: bytes) -> Any:
    """The key in PEM or OpenSSH's form, as paramiko has it."""
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
    """The key with the certificate that lies beside it, if there is one."""
    certificate = path.with_name(f"{path.name}-cert.pub")
    if certificate.exists():
        key.load_certificate(str(certificate))
    return key


def _unwrapped(text: str) -> str:
    """The text with a line's end where one was lost, as when it went through a form field or an indented file.

    What is inside the armour is joined and cut anew; an old encrypted key has headers there, and stays as it is.
    """
    begin, dashes, rest = text.replace("\\n", "\n").partition("PRIVATE KEY-----")
    body, end, _ = rest.partition("-----END")
    if not end or "Proc-Type:" in body:
        return text
    kind = begin.rpartition("-----BEGIN ")[2]
    wrapped = "\n".join(textwrap.wrap("".join(body.split()), 64))
    return f"-----BEGIN {kind}{dashes}\n{wrapped}\n-----END {kind}PRIVATE KEY-----\n"


def _ed25519(key: Ed25519PrivateKey) -> Any:
    """paramiko reads this kind from OpenSSH's form only."""
    text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return paramiko.Ed25519Key.from_private_key(StringIO(text))
