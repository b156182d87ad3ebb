"""The shape of the project: what lies where, how large it is, and what may import what."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.checkout import ROOT, files

TOP = {"pyproject.toml", "bot", "commands", "migrations", "tests", "Procfile", "README.md", "LICENSE"}
NEVER = {"uv.lock", "package-lock.json", "poetry.lock", "yarn.lock", "alembic.ini", "setup.py", "node_modules"}
# Written in parts, or this file would be the first to be found.
REGISTRIES: tuple[str, ...] = ("pypi|org", "pypi|python|org", "pythonhosted|org", "npmjs|org", "npmjs|com")
REGISTRIES += ("yarnpkg|com", "deb|debian|org", "security|debian|org", "archive|ubuntu|com", "crates|io")
SOURCES = ("--index|url", "--extra-index|url", "--find|links", "--trusted|host")
MOCKS = ("unittest.|mock", "Magic|Mock", "pytest_|mock", "import |mock")
LONGEST_FUNCTION, LONGEST_FILE = 40, 500
PYTHON = sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "commands").rglob("*.py")])
CALLS = {"open", "input", "print", "os.getenv", "os.getcwd", "time.time", "time.monotonic", "time.sleep", "uuid.uuid4"}
CALLS |= {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "socket.socket", "subprocess.run"}
CALLS |= {"Path.cwd", "Path.home", "random.random", "threading.Thread", "subprocess.Popen"}
METHODS = ("read_text", "read_bytes", "write_text", "write_bytes", "exists", "mkdir", "connect")
VIOLATIONS = {
    "bot/domain/words.py": "import bot.services",
    "commands/ha_help.py": "import bot.store",
    "bot/slack/app.py": "import commands, bot.simulator, bot.ssh, bot.store.made_up, aiohttp",
    "bot/services/observation.py": "import apprise, prometheus_client, pydantic",
    "bot/services/base.py": (
        "import bot.views, slack_sdk, waitress, matplotlib, paramiko, sqlalchemy, apscheduler, click, jinja2"
    ),
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def words(path: Path) -> str:
    """The text of a file of this project; what is no text holds no words."""
    return (ROOT / path).read_bytes().decode(errors="ignore")


def whole(parts: tuple[str, ...], joint: str) -> re.Pattern[str]:
    """A pattern for any of these, put together."""
    return re.compile("|".join(re.escape(part.replace("|", joint)) for part in parts))


@pytest.mark.needs("checkout")
def test_the_top_level_is_as_fixed() -> None:
    top = {path.parts[0] for path in files()}
    assert {entry for entry in top if not entry.startswith(".")} == TOP
    assert {".ci", ".gitignore"} <= top


@pytest.mark.needs("checkout")
def test_nothing_is_kept_that_is_made_elsewhere() -> None:
    assert not [path for path in files() if NEVER & set(path.parts) or path.suffix in (".pyc", ".db", ".whl", ".log")]


@pytest.mark.needs("checkout")
def test_no_file_says_where_packages_come_from() -> None:
    for pattern in (whole(REGISTRIES, "."), whole(SOURCES, "-")):
        assert pattern.search("https://" + pattern.pattern.split("|")[0].replace("\\", "")), "this would find nothing"
        assert {str(path): found[0] for path in files() if (found := pattern.search(words(path)))} == {}


@pytest.mark.needs("checkout")
def test_no_file_knows_where_it_was_written() -> None:
    assert [path for path in files() if f"{ROOT}/" in words(path)] == []


@pytest.mark.needs("checkout")
def test_nothing_is_mocked() -> None:
    assert [path for path in files() if path.suffix == ".py" and whole(MOCKS, "").search(words(path))] == []


@pytest.mark.needs("checkout")
def test_no_test_imports_from_another_test_module() -> None:
    tests = re.compile(r"^from tests\.(?:\w+\.)*test_\w+ import", re.M)
    assert [str(path) for path in files() if path.suffix == ".py" and tests.search(words(path))] == []


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_functions_are_short() -> None:
    long = {
        f"{name(path)}:{function.lineno} {function.name}": lines
        for path in PYTHON
        for function in functions(ast.parse(path.read_text()))
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


def test_files_are_short() -> None:
    long = {name(path) for path in PYTHON if len(path.read_text().splitlines()) > LONGEST_FILE}
    assert long == set()


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when the module is imported: everything but the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in [*child.decorator_list, *child.args.defaults, *filter(None, child.args.kw_defaults)]:
                yield from (part, *at_import(part))
        elif not isinstance(child, ast.Lambda) and not is_main(child):
            yield child
            yield from at_import(child)


def is_main(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)


def touched(code: str) -> set[str]:
    """What of the world outside a module touches when it is imported."""
    found = set()
    for node in at_import(ast.parse(code)):
        said = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if said in CALLS or said.endswith(tuple(f".{method}" for method in METHODS)):
            found.add(said)
        elif isinstance(node, ast.Attribute) and ast.unparse(node) == "os.environ":
            found.add("os.environ")
    return found


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_an_import_touches_nothing(path: Path) -> None:
    assert touched(path.read_text()) == set()


@pytest.mark.parametrize(
    "code",
    [
        "from pathlib import Path\nTEXT = Path('a').read_text()",
        "import os\nclass A:\n    home = os.environ.get('HOME')",
        "from datetime import datetime\ndef f(at=datetime.now()):\n    pass",
        "with open('a') as file:\n    pass",
        "import time\nSTART = [time.time() for _ in range(3)]",
    ],
)
def test_an_import_that_touches_something_would_be_seen(code: str) -> None:
    assert touched(code)
    assert not touched("def f():\n" + "\n".join("    " + line for line in code.splitlines()))


def imported(path: Path) -> set[str]:
    """The packages that a file imports, by their first name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").split(".")[0])
    return found


def test_the_domain_needs_python_only() -> None:
    for path in (ROOT / "bot" / "domain").rglob("*.py"):
        assert imported(path) <= sys.stdlib_module_names | {"bot"}, path


def test_every_library_has_its_edge() -> None:
    """A contract in pyproject.toml says where a library may be imported; none is imported without one."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    held = {module for contract in contracts for module in contract.get("protected_modules", ())}
    free = set().union(*map(imported, PYTHON)) - sys.stdlib_module_names - held - {"bot", "commands"}
    assert free == set(), "say in [tool.importlinter] where it may be imported"


def test_every_import_rule_can_be_broken(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("bot", "commands"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file, line in VIOLATIONS.items():
        with (tmp_path / file).open("a") as target:
            target.write(f"\n{line}\n")
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    told = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert told.returncode == 1
    assert re.search(r"Contracts: 0 kept, \d+ broken", told.stdout), told.stdout
