"""`%load_ext tidemill`: `%sql` and `%%sql` in notebooks."""

from __future__ import annotations

import re
from typing import Any

from . import _sql
from .session import Session, Table, current

#: A name of Python in braces; two braces stand for one.
NAMES = re.compile(r"\{\{|\}\}|\{\s*([A-Za-z_]\w*)\s*\}")


def with_values(text: str, names: dict[str, Any], session: Session) -> str:
    """
    A text of SQL with Python's values for `{name}`: a number, a text or a time as a literal, a table as a sub-query, rows of pandas and the like as a
    table of that name.
    """

    def value(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        if match[1] not in names:
            raise NameError(f"{{{match[1]}}}: there is no variable {match[1]!r}; {{{{ stands for a brace")
        found = names[match[1]]
        if isinstance(found, Table):
            return f"({found.sql})"
        if hasattr(found, "__arrow_c_stream__") or type(found).__module__.partition(".")[0] == "pandas":
            session.register(match[1], found)
            return _sql.identifier(match[1])
        return _sql.literal(found)

    return NAMES.sub(value, text)


def sql(line: str, cell: str | None, shell: Any) -> Any:
    """`%sql SELECT …`, or a cell that begins with `%%sql`, or `%%sql name` to keep the result in a variable."""
    session = current()
    text = with_values(line if cell is None else cell, shell.user_ns, session)
    result = session.sql(text)
    name = line.strip() if cell is not None else ""
    if name:
        shell.user_ns[name] = result
        return None
    return result


def completions(session: Session, text: str) -> list[str]:
    """Names that go on from the last word."""
    names = session.names()
    word = re.search(r"[\w.]*$", text)
    start = (word[0] if word else "").lower()
    found = [each["name"] for each in names["tables"]] + [column["name"] for each in names["tables"] for column in each["columns"]]
    built_in = [str(value) for row in session.sql("SHOW FUNCTIONS") for value in row.values()]
    found += [*names["functions"], *built_in, *KEYWORDS]
    return sorted({each for each in found if each.lower().startswith(start)}) if start else []


KEYWORDS = (
    "SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT JOIN LEFT INNER ON AS AND OR NOT NULL IS IN BETWEEN LIKE CASE WHEN THEN ELSE END INSERT INTO CREATE TABLE "
    "VIEW TEMPORARY FUNCTION WITH TUMBLE HOP CUMULATE SESSION DESCRIPTOR INTERVAL OVER PARTITION DISTINCT UNION ALL EXPLAIN SHOW DESCRIBE DROP SET"
).split()


def load_ipython_extension(shell: Any) -> None:
    from IPython.core.magic import no_var_expand

    # braces are ours
    @no_var_expand
    def magic(line: str, cell: str | None = None) -> Any:
        return sql(line, cell, shell)

    shell.register_magic_function(magic, "line_cell", "sql")

    def complete(_shell: Any, event: Any) -> list[str]:
        try:
            return completions(current(), event.text_until_cursor)
        except Exception:  # noqa: BLE001
            # completion must not get in the way
            return []

    shell.set_hook("complete_command", complete, re_key=r"%%?sql.*")
