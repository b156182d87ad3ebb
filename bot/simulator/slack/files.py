"""Uploaded files: first an upload URL, then the bytes, then the sharing."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass

from .errors import ApiError, Json


@dataclass
class File:
    """One file; ``content`` is None until its bytes have arrived, ``channel`` None until it is shared."""

    id: str
    name: str
    length: int
    ticket: str
    content: bytes | None = None
    title: str = ""
    channel: str | None = None
    thread_ts: str | None = None
    snippet_type: str | None = None
    alt_text: str = ""

    def info(self, base: str) -> Json:
        """Return the file object of Slack; ``base`` is the service's own address."""
        kind = self.name.rpartition(".")[2].lower() if "." in self.name else "text"
        is_image = kind in ("png", "jpg", "jpeg", "gif")
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title or self.name,
            "size": self.length,
            "filetype": kind,
            "mimetype": f"image/{kind}" if is_image else "text/plain",
            "mode": "hosted" if is_image else "snippet",
            "alt_txt": self.alt_text,
            "url_private": f"{base}/files/{self.id}/{self.name}",
            "permalink": f"{base}/files/{self.id}/{self.name}",
        }


class Files:
    """Every file of the workspace."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}
        self._numbers = itertools.count(1)

    def announce(self, name: str, length: int) -> File:
        """Make room for a file of ``length`` bytes and return it with its upload ticket."""
        file = File(f"F{next(self._numbers):09d}", name, length, secrets.token_urlsafe(18))
        self._files[file.id] = file
        return file

    def receive(self, ticket: str, content: bytes) -> File | None:
        """Keep the bytes sent to an upload URL; None when no file waits for them or the length is wrong."""
        for file in self._files.values():
            if file.ticket == ticket and file.content is None and len(content) == file.length:
                file.content = content
                return file
        return None

    def get(self, file_id: str) -> File:
        """Return a file; raises ApiError when it is not known or its bytes never came."""
        file = self._files.get(file_id)
        if file is None or file.content is None:
            raise ApiError("file_not_found")
        return file

    def remove(self, file: File) -> None:
        """Take a file away."""
        del self._files[file.id]

    def all(self) -> list[File]:
        """Return every file that has its bytes, oldest first."""
        return [file for file in self._files.values() if file.content is not None]
