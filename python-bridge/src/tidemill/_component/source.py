"""The text of a function with all that it uses, as a module that stands on its own."""

from __future__ import annotations

import ast
import builtins
import datetime
import decimal
import fractions
import inspect
import linecache
import re
import sys
import textwrap
import types
from typing import Any, NoReturn

PLAIN = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis))


class SourceError(Exception):
    """A function uses something that cannot be taken along. Says what, and in which line."""

    def __init__(self, message: str, function: object, line: int | None = None, hint: str | None = None) -> None:
        code = getattr(function, "__code__", None)
        name = getattr(function, "__qualname__", str(function)).rpartition("<locals>.")[2]
        place = "" if code is None else f"\n  in {name}, {code.co_filename}:{line if line is not None else code.co_firstlineno}"
        super().__init__(f"{message}{place}" + ("" if hint is None else f"\n  {hint}"))


def source_of(*objects: types.FunctionType | type) -> str:
    """
    A module with these functions and classes, under their names, and what they use: constants, other functions and classes, the standard library.

    >>> import math
    >>> limit = 10
    >>> def area(radius: float) -> float:
    ...     return math.pi * min(radius, limit) ** 2
    >>> print(source_of(area))
    import math
    limit = 10
    def area(radius: float) -> float:
        return math.pi * min(radius, limit) ** 2

    Raises SourceError for what is in no text, such as an open file or a package that is not of the standard library.
    """
    module = Module()
    for each in objects:
        module.define(each.__name__, each, each, None)
    return "\n".join([*module.imports, *module.constants, *module.definitions])


class Module:
    def __init__(self) -> None:
        self.imports: list[str] = []
        self.constants: list[str] = []
        self.definitions: list[str] = []
        self._known: dict[str, object] = {}

    def define(self, name: str, value: object, user: object, line: int | None) -> None:
        """`user`: whose line `line` is."""
        value = getattr(value, "__tidemill_function__", value)
        if name in self._known:
            if self._known[name] is not value and not _equal(self._known[name], value):
                raise SourceError(f"{name} means two different things in what the function uses", user, line, "Rename one.")
            return
        self._known[name] = value
        if isinstance(value, types.ModuleType):
            self._module(name, value, user, line)
        elif _of_library(value):
            self._from_library(name, value)
        elif isinstance(text := _written_in_python(value), (types.FunctionType, type)):
            self._text(name, text, user, line)
        elif isinstance(value, re.Pattern):
            self.define("re", re, user, line)
            self.constants.append(f"{name} = re.compile({value.pattern!r}, {value.flags & ~re.UNICODE.value if isinstance(value.pattern, str) else value.flags})")
        else:
            self.constants.append(f"{name} = {self._written(value, name, user, line)}")

    def _module(self, name: str, value: types.ModuleType, user: object, line: int | None) -> None:
        full = value.__name__
        if full.partition(".")[0] not in sys.stdlib_module_names:
            _refuse_package(full, user, line)
        parent, _, last = full.rpartition(".")
        if full == name:
            self.imports.append(f"import {full}")
        elif parent == "":
            self.imports.append(f"import {full} as {name}")
        else:
            self.imports.append(f"from {parent} import {last}" + ("" if last == name else f" as {name}"))

    def _from_library(self, name: str, value: Any) -> None:
        module, qualified = value.__module__, value.__qualname__
        if module == "builtins":
            if name != qualified:
                self.constants.append(f"{name} = {qualified}")
            return
        self.imports.append(f"from {module} import {qualified}" + ("" if qualified == name else f" as {name}"))

    def _text(self, name: str, value: types.FunctionType | type, user: object, line: int | None) -> None:
        top = (value.__module__ or "").partition(".")[0]
        file = _file_of(value)
        if "site-packages" in file or "dist-packages" in file:
            _refuse_package(top, user, line)
        try:
            lines, first = _lines_of_class(value) if isinstance(value, type) else inspect.getsourcelines(value)
        except (OSError, TypeError):
            raise SourceError(f"the text of {name} cannot be read", user, line, "Define it in a file or a notebook cell.") from None
        text = textwrap.dedent("".join(lines))
        tree = ast.parse(text).body[0]
        if isinstance(tree, ast.AsyncFunctionDef) or not isinstance(tree, (ast.FunctionDef, ast.ClassDef)):
            raise SourceError(f"{name} is not a plain function", user, line)
        tree.decorator_list = [each for each in tree.decorator_list if not self._is_ours(each, value)]
        for used, at in _names(tree):
            found = self._resolve(used, value)
            if found is not _missing:
                self.define(used, found, value, first - 1 + at)
            elif not hasattr(builtins, used):
                raise SourceError(f"{used} is not known", value, first - 1 + at)
        if tree.name != name:
            tree.name = name
        # the text is as it was written, line by line
        body = [*(f"@{ast.unparse(each)}" for each in tree.decorator_list), *text.splitlines()[tree.lineno - 1 :]]
        shown = "\n".join(body).rstrip() if getattr(value, "__name__", name) == name else ast.unparse(tree)
        self.definitions.append(shown)

    def _is_ours(self, decorator: ast.expr, owner: types.FunctionType | type) -> bool:
        """@udf and the like, however they are called here."""
        root = decorator
        while not isinstance(root, ast.Name):
            inner = getattr(root, "func", None) or getattr(root, "value", None)
            if inner is None:
                return False
            root = inner
        found = self._resolve(root.id, owner)
        if found is _missing:
            # a name of the function around it
            return not hasattr(builtins, root.id)
        module = found.__name__ if isinstance(found, types.ModuleType) else str(getattr(found, "__module__", None) or "")
        return module.partition(".")[0] == "tidemill"

    def _resolve(self, name: str, owner: types.FunctionType | type) -> object:
        if isinstance(owner, types.FunctionType):
            code = owner.__code__
            if name in code.co_freevars:
                try:
                    return (owner.__closure__ or ())[code.co_freevars.index(name)].cell_contents
                except ValueError:
                    return _missing
            return owner.__globals__.get(name, _missing)
        for each in vars(owner).values():
            function = each.__func__ if isinstance(each, (staticmethod, classmethod)) else each
            if isinstance(function, types.FunctionType):
                found = self._resolve(name, function)
                if found is not _missing:
                    return found
        return vars(sys.modules.get(owner.__module__, builtins)).get(name, _missing)

    def _written(self, value: object, name: str, user: object, line: int | None) -> str:
        if isinstance(value, PLAIN):
            text = repr(value)
            return f'float("{text}")' if text in ("inf", "-inf", "nan") else text
        kinds: dict[type, tuple[str, str]] = {tuple: ("(", ",)"), list: ("[", "]"), set: ("{", "}"), frozenset: ("frozenset({", "})")}
        for kind, (start, end) in kinds.items():
            if type(value) is kind:
                items = [self._written(each, name, user, line) for each in value]  # type: ignore[attr-defined]
                return f"{kind.__name__}()" if not items else start + ", ".join(items) + end
        if type(value) is dict:
            pairs = (f"{self._written(key, name, user, line)}: {self._written(each, name, user, line)}" for key, each in value.items())
            return "{" + ", ".join(pairs) + "}"
        if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)) and getattr(value, "tzinfo", None) is None:
            # written as datetime.date(2026, 1, 31)
            self.define("datetime", datetime, user, line)
            return repr(value)
        if type(value) in (decimal.Decimal, fractions.Fraction):
            self.define(type(value).__name__, type(value), user, line)
            return repr(value)
        raise SourceError(
            f"{name} is a {type(value).__name__}, which cannot be taken along",
            user,
            line,
            "Constants, functions, classes and the standard library can. @tm.udf(mode='process') runs the function here, with all it uses.",
        )


_missing = object()


def _written_in_python(value: Any) -> Any:
    """What a decorator of the standard library stands before, such as functools.cache."""
    return inspect.unwrap(value) if callable(value) and hasattr(value, "__wrapped__") else value


def _lines_of_class(value: type) -> tuple[list[str], int]:
    """`inspect` looks in files only; classes of notebook cells are found by their methods, or in the last cell that has such a class."""
    methods = [getattr(each, "__func__", getattr(each, "fget", each)) for each in vars(value).values()]
    places = [each.__code__ for each in methods if isinstance(each, types.FunctionType) and each.__module__ == value.__module__]
    tried: list[tuple[str, int | None]] = [(each.co_filename, each.co_firstlineno) for each in places]
    if value.__module__ == "__main__":
        tried += [(file, None) for file in reversed(list(linecache.cache))]
    for file, line in tried:
        lines = linecache.getlines(file)
        try:
            tree = ast.parse("".join(lines))
        except SyntaxError:
            continue
        found = [each for each in ast.walk(tree) if isinstance(each, ast.ClassDef) and each.name == value.__name__]
        for each in reversed(found):
            first = min([each.lineno, *(decorator.lineno for decorator in each.decorator_list)])
            end = each.end_lineno or first
            if line is None or first <= line <= end:
                return lines[first - 1 : end], first
    return inspect.getsourcelines(value)


def _file_of(value: types.FunctionType | type) -> str:
    """Where its text stands: of a class, where its methods do, as a cell or a doctest may go by the name of another module."""
    functions = [value] if isinstance(value, types.FunctionType) else [each for each in vars(value).values() if isinstance(each, types.FunctionType)]
    if functions:
        return functions[0].__code__.co_filename
    return getattr(sys.modules.get(value.__module__ or ""), "__file__", None) or ""


def _equal(one: object, other: object) -> bool:
    try:
        return type(one) is type(other) and bool(one == other)
    except Exception:
        return False


def _of_library(value: object) -> bool:
    module = getattr(value, "__module__", None)
    name = getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or module.partition(".")[0] not in {*sys.stdlib_module_names} - {"__main__"}:
        return False
    return getattr(sys.modules.get(module), name, None) is value


def _refuse_package(name: str, user: object, line: int | None) -> NoReturn:
    raise SourceError(
        f"{name.partition('.')[0]} is no part of Python's standard library, which is all that a component has",
        user,
        line,
        "@tm.udf(mode='process') runs the function here, with all it uses.",
    )


def _names(tree: ast.FunctionDef | ast.ClassDef) -> list[tuple[str, int]]:
    """Names that are not its own, each with the line it is first used in."""
    own: set[str] = {tree.name}
    for each in ast.walk(tree):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            own.add(each.id)
        elif isinstance(each, ast.arg):
            own.add(each.arg)
        elif isinstance(each, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            own.add(each.name)
        elif isinstance(each, (ast.Import, ast.ImportFrom)):
            own.update((alias.asname or alias.name).partition(".")[0] for alias in each.names)
        elif isinstance(each, ast.ExceptHandler) and each.name:
            own.add(each.name)
        elif isinstance(each, (ast.Global, ast.Nonlocal)):
            own.difference_update(each.names)
    found: dict[str, int] = {}
    # annotations are not run
    for each in _walk_code(tree):
        if isinstance(each, ast.Name) and each.id not in own:
            found.setdefault(each.id, each.lineno)
    return list(found.items())


def _walk_code(tree: ast.AST) -> list[ast.AST]:
    """All nodes but annotations, which `from __future__ import annotations` leaves as text."""
    out: list[ast.AST] = [tree]
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns"):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST):
                out += _walk_code(each)
    return out
