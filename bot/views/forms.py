"""The forms of a recovery: a statement, a replacement server, and that server's host key."""

from bot.domain.pair import Pair, Role
from bot.domain.pin import PinView
from bot.domain.plan import LAST, fingerprint, veiled
from bot.domain.statement import SENTENCES, StatementKind, sentence
from bot.domain.words import esc
from bot.views.blocks import Block, entry, modal, section, small
from bot.views.modals import metadata


def state_modal(pair: Pair, kind: StatementKind) -> Block:
    """Draw the form for a statement, which a person makes under their name and in their own words."""
    asked = SENTENCES[kind]
    return modal(
        "Confirm",
        [
            section(f"You state: *{esc(sentence(kind, pair))}*"),
            entry("words", asked.question, hint=asked.hint, lines=True),
            entry("name", f"Type {pair.name} to state this under your name", most=100),
        ],
        callback="state",
        submit="Confirm",
        metadata=metadata(pair=pair.name, kind=kind.value, ways=True),
    )


def pin_modal(pair: Pair, role: Role) -> Block:
    """Draw the form that says where a replacement server is. The other access settings stay as they were."""
    now = pair.server(role)
    fields = (
        ("host", "Host for SSH", now.host, "Name or address that I connect to"),
        ("port", "Port", str(now.port), ""),
        ("address", "Address", now.address, "The address that ha-status prints for it"),
    )
    blocks = [
        section(
            f"*New {role.word} of {esc(pair.name)}.* I fetch the host key that it offers, and log on to nothing. "
            "A second person compares the key with its console before it is pinned."
        )
    ]
    for name, title, value, hint in fields:
        field = entry(name, title, hint=hint, most=200)
        field["element"]["initial_value"] = value
        blocks.append(field)
    return modal(
        f"New {role.word}", blocks, callback="pin", submit="Fetch its key", metadata=metadata(pair=pair.name, role=role)
    )


def pin_approve_modal(pin: PinView) -> Block:
    """Draw the form to approve a host key.

    The last characters must be typed from the server's console: a person who only clicks has not compared the key.
    """
    shown = fingerprint(pin.host_key)
    return modal(
        "Host key",
        [
            section(
                f"*{pin.role.word} of {esc(pin.pair)} at {pin.address}* offers\n`{veiled(shown)}` "
                "(the last six are on its console)"
            ),
            entry(
                "name",
                "Type the last six characters that its console shows",
                hint="Capitals count. If what stands before them differs, close this and refuse the key.",
                most=20,
            ),
            small("Then commands go to this server. The key that was pinned before stays in the history."),
        ],
        callback="pin_approve",
        submit="Pin this key",
        metadata=metadata(pin=pin.id, ending=shown[-LAST:]),
    )
