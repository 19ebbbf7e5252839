"""Finds in source text what import contracts and linters can't see; each guard yields one line per place."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FUNCTION_LINES = 50
FILE_LINES = 400
TEST_FILE_LINES = 500

#: Where the one allowed use of each thing lives, relative to the root.
COMMIT_ROOM = {"airbnb/unit_of_work.py"}
CLOCK_ROOM = {"airbnb/domain/clock.py"}
#: Start and supervisor are not the application: they hand their environment on to the processes that are.
ENVIRONMENT_ROOMS = {
    "airbnb/config/keys.py",
    "airbnb/config/loading.py",
    "airbnb/cli/start.py",
    "airbnb/cli/supervisor.py",
}

READS_OF_TIME = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
    # The database's clock is another clock.
    ("func", "now"),
    ("func", "current_timestamp"),
    ("func", "utc_timestamp"),
    ("func", "unix_timestamp"),
}


@dataclass(frozen=True)
class Source:
    """One file: where it is, its text, and its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    @classmethod
    def of(cls, text: str, path: str = "airbnb/services/example.py") -> "Source":
        """Parse a text as if it stood at ``path``."""
        return cls(path, text, ast.parse(text))

    def at(self, node: ast.AST, what: str) -> str:
        """Return one complaint."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {what}"


Guard = Callable[[Source], Iterator[str]]


def sources(*folders: str) -> list[Source]:
    """Return every Python file below these folders of the project."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [Source.of(path.read_text(), path.relative_to(ROOT).as_posix()) for path in paths]


def dotted_end(node: ast.AST) -> tuple[str, str] | None:
    """Return the last two names of ``a.b.c``: ``("b", "c")``."""
    if not isinstance(node, ast.Attribute):
        return None
    before = node.value
    if isinstance(before, ast.Attribute):
        return before.attr, node.attr
    return (before.id, node.attr) if isinstance(before, ast.Name) else None


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def find_commits(source: Source) -> Iterator[str]:
    """Only the unit of work ends a transaction."""
    if source.path in COMMIT_ROOM:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in {"commit", "rollback"}:
            yield source.at(node, f".{node.attr} belongs to the unit of work")


def find_reads_of_time(source: Source) -> Iterator[str]:
    """Only the clock reads the time, so that tests and commands can move it."""
    if source.path in CLOCK_ROOM:
        return
    for node in ast.walk(source.tree):
        if dotted_end(node) in READS_OF_TIME:
            yield source.at(node, "take the time from airbnb.domain.clock")
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            for alias in node.names:
                if ("time", alias.name) in READS_OF_TIME:
                    yield source.at(node, "take the time from airbnb.domain.clock")


def find_reads_of_environment(source: Source) -> Iterator[str]:
    """Only the settings read the environment."""
    if source.path in ENVIRONMENT_ROOMS:
        return
    names = {"environ", "environb", "getenv", "putenv"}
    for node in ast.walk(source.tree):
        read = dotted_end(node) in {("os", name) for name in names}
        imported = isinstance(node, ast.ImportFrom) and node.module == "os" and names & {a.name for a in node.names}
        if read or imported:
            yield source.at(node, "settings come from airbnb.config")


def find_status_assignments(source: Source) -> Iterator[str]:
    """A status changes by compare-and-set in queries/transitions.py, never by assignment."""
    for node in ast.walk(source.tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = [leaf for target in node.targets for leaf in unpacked(target)]
        elif isinstance(node, ast.AugAssign) or (isinstance(node, ast.AnnAssign) and node.value is not None):
            targets = [node.target]
        if any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets):
            yield source.at(node, "change a status through airbnb.queries.transitions")
        if is_setattr_of_status(node):
            yield source.at(node, "change a status through airbnb.queries.transitions")


def unpacked(target: ast.expr) -> Iterator[ast.expr]:
    """Yield the single targets of ``a, (b, *c) = …``."""
    if isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from unpacked(element)
    else:
        yield target.value if isinstance(target, ast.Starred) else target


def is_setattr_of_status(node: ast.AST) -> bool:
    """Return whether this is ``setattr(row, "status", …)``."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "setattr"
        and len(node.args) == 3
        and isinstance(node.args[1], ast.Constant)
        and node.args[1].value == "status"
    )


def find_hidden_imports(source: Source) -> Iterator[str]:
    """An import inside a function hides a circle between rooms."""
    for function in functions(source.tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield source.at(node, "import at the top of the file")


def find_long_functions(source: Source) -> Iterator[str]:
    """A function fits on a page."""
    for function in functions(source.tree):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > FUNCTION_LINES:
            yield source.at(function, f"{function.name} has {lines} lines, at most {FUNCTION_LINES}")


def find_long_files(source: Source) -> Iterator[str]:
    """A file that outgrows its limit becomes a package of the same name."""
    limit = TEST_FILE_LINES if source.path.startswith("tests/") else FILE_LINES
    lines = len(source.text.splitlines())
    if lines > limit:
        yield f"{source.path}: {lines} lines, at most {limit}"


def find_lazy_relationships(source: Source) -> Iterator[str]:
    """Every relationship refuses to load by itself; each query says what it loads."""
    for node in ast.walk(source.tree):
        if not (
            isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "relationship"
        ):
            continue
        lazy = [keyword.value for keyword in node.keywords if keyword.arg == "lazy"]
        if not (lazy and isinstance(lazy[0], ast.Constant) and lazy[0].value in {"raise", "noload", "write_only"}):
            yield source.at(node, 'write lazy="raise"')
