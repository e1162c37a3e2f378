"""Every error message of the package in one file, tests/messages.txt. `make messages` renews it."""

import ast
import builtins
import re
from collections.abc import Iterator
from difflib import unified_diff
from functools import cache
from pathlib import Path

import pytest

import jobbot_gql

PACKAGE = Path(jobbot_gql.__file__).parent
LISTED = Path(__file__).with_name("messages.txt")

API = ("GraphQLError", "HTTPException", "RuleViolation")
"""What is told to a client of the API, with every subclass."""
COMMAND_LINE = ("ClickException", "DatabaseProblem", "SettingsError", "TokenProblem", "ScrapeFileError", "OutputError")
LIBRARIES = {
    "GraphQLError",
    "StrawberryInputCoercionError",
    "HTTPException",
    "ClickException",
    "UsageError",
    "BadParameter",
}
"""Exceptions of libraries that are raised or derived from here."""
CALLS = {
    "_reject": "HttpError",
    "_end": "WebSocketClose",
    "_wrong": "SettingsError",
    "Conflict": "Conflict",
    "reject": "Conflict",
    "Problem": "Problem",
    "RowProblem": "Problem",
    "BadRow": "Problem",
    "warn": "Problem",
    "read": "Problem",
    "Finding": "Finding",
}
"""Functions that tell a message or the reason in one, and what they are listed as."""
TEXTS = {
    "api.engine.core_executor": "InvalidStoredData",
    "api.engine.plain_messages": "GraphQLError",
    "api.types.errors": "GraphQLError",
    "db.maintenance_connection": "DatabaseProblem",
    "importing.batches": "Problem",
    "importing.examination": "ScrapeFileError",
    "importing.formats": "ScrapeFileError",
    "importing.json_rows": "Problem",
    "importing.service": "Problem",
    "web.rejected_requests": "RejectedRequest",
}
"""Modules whose functions return messages, or whose constants are messages, and what these are listed as."""
SENTENCE = re.compile(r"(?:\S+ ){2,}\S*[.?]", re.DOTALL)
DIALECT = (
    r"there (is|are) (no|nothing)|\bis no\b|not an? .+ but\b|\bleft out\b|\bleave out\b|\brefus|\bby now\b"
    r"|\bas a rule\b|\bwhoever\b|\bthings?\b|\bgo(es)? on\b|\bwhat came\b|\bof yours\b|\bas it is here\b"
)


@cache
def messages() -> list[str]:
    """The messages of the package's exceptions, as `module exception: template`."""
    kinds, found = exceptions(), []
    for file, tree in trees().items():
        module = ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
        texts = [*told(tree, kinds), *returned(tree, TEXTS.get(module)), *assigned_texts(tree, TEXTS.get(module))]
        found += [f"{module} {name}: {text}" for name, text in texts]
    return sorted(set(found))


@cache
def trees() -> dict[Path, ast.Module]:
    return {file: ast.parse(file.read_text("utf-8")) for file in sorted(PACKAGE.rglob("*.py"))}


@cache
def exceptions() -> dict[str, set[str]]:
    """Every class of exception by its name, with the names of all its bases."""
    bases = {
        node.name: [ast.unparse(base).split("[")[0].split(".")[-1] for base in node.bases]
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    builtin = {name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, Exception)}

    def ancestors(name: str, below: frozenset[str] = frozenset()) -> set[str]:
        above = set(bases.get(name, ())) - below
        return {name}.union(*(ancestors(base, below | {name}) for base in above - {name}))

    every = {name: ancestors(name) for name in {*bases, *builtin, *LIBRARIES}}
    return {name: above for name, above in every.items() if above & (builtin | LIBRARIES)}


def told(tree: ast.AST, kinds: dict[str, set[str]], within: str = "") -> Iterator[tuple[str, str]]:
    """Exception and template of every message in a module, a class or a function; `within` is the class around it."""
    assigned: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and (text := template(node.value)):
            assigned.setdefault(node.targets[0].id, []).append(text)
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.ClassDef):
            yield from told(child, kinds, child.name)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from told(child, kinds, within)
        else:
            for node in ast.walk(child):
                if isinstance(node, ast.Call):
                    name = ast.unparse(node.func).split(".")[-1]
                    if ast.unparse(node.func) == "super().__init__":
                        name = within
                    name = CALLS.get(name, name)
                    if name in kinds or name in CALLS.values():
                        for argument in (*node.args, *(one.value for one in node.keywords)):
                            texts = assigned.get(argument.id, []) if isinstance(argument, ast.Name) else []
                            texts = texts or [template(argument) or ""]
                            yield from ((name, text.replace("\n", "\\n")) for text in texts if " " in text)


def returned(tree: ast.AST, kind: str | None) -> Iterator[tuple[str, str]]:
    """The messages that functions return: every sentence, and in a module of `TEXTS` every text of several words."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and node.value is not None:
            for value in node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]:
                text = template(value) or ""
                if SENTENCE.fullmatch(text) or (kind and has_words(text)):
                    yield kind or "returned", text.replace("\n", "\\n")


def assigned_texts(tree: ast.Module, kind: str | None) -> Iterator[tuple[str, str]]:
    """The messages that are constants or variables of a module of `TEXTS`, and all that become an error's message."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and (text := template(node.value)) and has_words(text):
            name = ast.unparse(node.targets[0])
            if name.endswith(".message") or (kind and (name.isupper() or name in {"message", "problem", "reason"})):
                yield kind or "GraphQLError", text.replace("\n", "\\n")


def has_words(text: str) -> bool:
    """Whether a template has several words of its own."""
    return re.sub(r"\{[^}]*\}", "", text).count(" ") > 1


def template(node: ast.AST) -> str | None:
    """The text of an expression, with what is put into it in braces; None if it is no text."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{" + ast.unparse(part.value) + "}"
            for part in node.values
            if isinstance(part, ast.Constant | ast.FormattedValue)
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = template(node.left), template(node.right)
        return None if left is None and right is None else (left or "{…}") + (right or "{…}")
    if isinstance(node, ast.IfExp):
        texts = [text for text in (template(node.body), template(node.orelse)) if text]
        return " | ".join(texts) or None
    return None


def of(*names: str) -> list[str]:
    """The messages of some exceptions and their subclasses."""
    return [line for line in messages() if exceptions().get(kind_of(line), set()) & set(names)]


def kind_of(line: str) -> str:
    return line.split(": ", maxsplit=1)[0].split(" ")[1]


def test_the_list_is_complete() -> None:
    listed = LISTED.read_text("utf-8").splitlines()
    stale = "\n".join(unified_diff(listed, messages(), "messages.txt", "the package", lineterm="", n=0))
    assert not stale, f"tests/messages.txt is stale; `make messages` renews it:\n{stale}"


def test_the_list_has_every_kind_of_message() -> None:
    kinds = {
        "BadRequest",
        "RejectedRequest",
        "NotFound",
        "DatabaseProblem",
        "ScrapeFileError",
        "TooComplex",
        "Conflict",
    }
    assert kinds <= {kind_of(line) for line in messages()}


@pytest.mark.parametrize(
    "source",
    [
        "raise BadRequest('a is b.')",
        "def f():\n    text = f'{a} is b.'\n    raise BadRequest(text)",
        "def f():\n    raise BadRequest(text=a + ' is b.')",
        "def f():\n    return f'{a} is b.', 1",
        "def f(error):\n    error.message = f'{a} is b.'",
        "def f(self):\n    self.reject(change, f'{a} is b')",
        "x = [Conflict(1, f'{a} is b')]",
    ],
)
def test_messages_are_found(source: str) -> None:
    tree = ast.parse(source)
    (found,) = {*told(tree, {"BadRequest": {"BadRequest"}}), *returned(tree, None), *assigned_texts(tree, None)}
    assert found[1].rstrip(".").endswith("is b")


def test_messages_are_plain_english() -> None:
    texts = {line: re.sub(r"\{[^}]*\}", "", line.split(": ", 1)[1]) for line in messages()}
    assert [line for line, text in texts.items() if re.search(DIALECT, text, re.IGNORECASE)] == []


def test_messages_of_the_api_end_with_a_full_stop() -> None:
    parts = ("InvalidStoredData",)  # which puts its reason into a sentence
    assert [line for line in of(*API) if not line.endswith((".", "?", "}")) and kind_of(line) not in parts] == []


def test_messages_of_the_command_line_do_not() -> None:
    assert [line for line in of(*COMMAND_LINE) if line.endswith(".")] == []


if __name__ == "__main__":
    LISTED.write_text("".join(f"{line}\n" for line in messages()), "utf-8")
