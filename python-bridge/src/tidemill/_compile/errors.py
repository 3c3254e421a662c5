from __future__ import annotations

from typing import NoReturn


class CompileError(Exception):
    """A function uses something that is not compiled. Says what, in which line, and what to do instead."""

    def __init__(self, message: str, *, function: str, file: str, line: int, hint: str | None = None) -> None:
        self.message = message
        self.function = function
        self.file = file
        self.line = line
        self.hint = hint
        text = f"{message}\n  in {function}, {file}:{line}"
        super().__init__(text if hint is None else f"{text}\n  {hint}")


class NotCompiled(Exception):
    """Raised inside the compiler, where the line is not known yet."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.message = message
        self.hint = hint
        #: In the function's text.
        self.line: int | None = None
        super().__init__(message)


class Pending(Exception):
    """A variable's kind is not known yet."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


OUTSIDE = """Numbers, comparisons, if, while, for over range() and module math are compiled.
  component=True takes any pure Python, into the same sandbox; mode="process" runs it here."""


def refuse(message: str, hint: str | None = OUTSIDE) -> NoReturn:
    raise NotCompiled(message, hint)
