"""What goes wrong: told to a person by the Slack client, or to a program by the Web API."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class SlackError(Exception):
    """What the Slack client tells a person who tried something it does not allow."""


class ApiError(Exception):
    """A Web API answer with ``"ok": false``: Slack's code, and the further fields of the answer."""

    def __init__(self, code: str, **fields: Any) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields

    def answer(self) -> Json:
        """Return the JSON body of the answer."""
        return {"ok": False, "error": self.code, **self.fields}


def bad_argument(words: str, pointer: str = "") -> ApiError:
    """Return the error for an argument that is missing or of the wrong shape."""
    message = f"[ERROR] {words}" + (f" [json-pointer:{pointer}]" if pointer else "")
    return ApiError("invalid_arguments", response_metadata={"messages": [message]})
