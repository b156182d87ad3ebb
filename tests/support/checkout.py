"""The files of this project, as git counts them: tracked, or new and not ignored."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def missing() -> str | None:
    """Why git cannot tell which files belong to the project, or None."""
    if shutil.which("git") is None:
        return "git is not installed"
    return None if (ROOT / ".git").exists() else "this is no git checkout"


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project that is there, relative to its root."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, check=True, timeout=30).stdout.decode()
    return tuple(sorted(Path(name) for name in set(listed.split("\0")) if name and (ROOT / name).is_file()))
