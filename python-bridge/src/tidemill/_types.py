"""Types of SQL for the annotations of a function."""

from __future__ import annotations

import datetime
import decimal
import re
import types
import typing
from dataclasses import dataclass

import pyarrow as pa

SQL_TYPES: dict[object, str] = {
    int: "BIGINT",
    float: "DOUBLE",
    bool: "BOOLEAN",
    str: "STRING",
    bytes: "BYTES",
    datetime.date: "DATE",
    datetime.datetime: "TIMESTAMP(6)",
    datetime.time: "TIME",
    decimal.Decimal: "DECIMAL(38, 18)",
}
#: Names of numpy's types.
ARRAY_TYPES = {
    "float64": "DOUBLE",
    "float32": "FLOAT",
    "int64": "BIGINT",
    "int32": "INT",
    "int16": "SMALLINT",
    "int8": "TINYINT",
    "bool": "BOOLEAN",
    "bool_": "BOOLEAN",
    "str_": "STRING",
    "bytes_": "BYTES",
}
#: What columns are given as, by module and name of the class that an annotation names.
CONTAINERS = {
    ("numpy", "ndarray"): "numpy",
    ("pandas", "Series"): "pandas",
    ("pyarrow", "Array"): "arrow",
    ("pyarrow", "ChunkedArray"): "arrow",
}


@dataclass(frozen=True)
class SqlType:
    """A type as SQL writes it, whether it may be NULL, and what a column of it is given as: `numpy`, `pandas`, `arrow`, or a value at a time."""

    sql: str
    nullable: bool = False
    container: str | None = None

    @property
    def declared(self) -> str:
        return self.sql if self.nullable else f"{self.sql} NOT NULL"

    @property
    def arrow(self) -> pa.DataType:
        """
        >>> SqlType("DECIMAL(10, 2)").arrow
        Decimal128Type(decimal128(10, 2))
        """
        found = re.fullmatch(r"\s*(\w+)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*", self.sql)
        if found is None:
            raise TypeError(f"{self.sql!r} is not a type of SQL")
        name, first, second = found[1].upper(), found[2], found[3]
        if name in ("DECIMAL", "NUMERIC", "DEC"):
            return pa.decimal128(int(first or 10), int(second or 0))
        if name in ("TIMESTAMP", "TIMESTAMP_LTZ"):
            return pa.timestamp("us" if int(first or 6) <= 6 else "ns", "UTC" if name == "TIMESTAMP_LTZ" else None)
        if name not in ARROW_TYPES:
            raise TypeError(f"{self.sql!r} is not a type that functions take and give; these are: {', '.join(ARROW_TYPES)}, DECIMAL(p, s), TIMESTAMP(p), TIMESTAMP_LTZ(p)")
        return ARROW_TYPES[name]


ARROW_TYPES: dict[str, pa.DataType] = {
    "BOOLEAN": pa.bool_(),
    "TINYINT": pa.int8(),
    "SMALLINT": pa.int16(),
    "INT": pa.int32(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "STRING": pa.string(),
    "BYTES": pa.binary(),
    "DATE": pa.date32(),
    "TIME": pa.time32("ms"),
}


def sql_type_of(annotation: object, what: str) -> SqlType:
    """
    The type that an annotation means. `typing.Annotated[…, "DECIMAL(10, 2)"]` says it in SQL.

    >>> sql_type_of(typing.Optional[int], "x")
    SqlType(sql='BIGINT', nullable=True, container=None)
    """
    annotation = _without_alias(annotation)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        written = next((each for each in arguments[1:] if isinstance(each, str)), None)
        if written is not None:
            base = re.sub(r"\s+NOT\s+NULL\s*$", "", written, flags=re.IGNORECASE)
            return SqlType(base, _may_be_none(arguments[0]), _container_of(arguments[0]))
        return sql_type_of(arguments[0], what)
    if origin is typing.Union or origin is types.UnionType:
        members = [each for each in arguments if each is not type(None)]
        if len(members) == 1:
            inner = sql_type_of(members[0], what)
            return SqlType(inner.sql, len(members) < len(arguments), inner.container)
    container = _container_of(annotation)
    if container is not None:
        name = _item_name(arguments)
        if name is None:
            raise TypeError(f"{what} is an array of unknown values: write numpy.typing.NDArray[numpy.float64], or typing.Annotated[…, 'DOUBLE']")
        return SqlType(name, container == "arrow", container)
    sql = SQL_TYPES.get(annotation) if isinstance(annotation, type) else None
    if sql is None:
        shown = getattr(annotation, "__name__", str(annotation))
        raise TypeError(f"{what} has the type {shown}; known are int, float, bool, str, bytes, date, datetime, time, Decimal, arrays of these, and … | None")
    return SqlType(sql)


def _without_alias(annotation: object) -> object:
    """What stands behind `type Name[T] = …`, as NDArray is one in newer versions of numpy."""
    origin = typing.get_origin(annotation)
    alias = annotation if origin is None else origin
    if type(alias).__name__ != "TypeAliasType":
        return annotation
    value: typing.Any = typing.cast(typing.Any, alias).__value__
    return value[typing.get_args(annotation)] if origin is not None else value


def _may_be_none(annotation: object) -> bool:
    return type(None) in typing.get_args(annotation)


def _container_of(annotation: object) -> str | None:
    annotation = _without_alias(annotation)
    for each in (annotation, typing.get_origin(annotation), *typing.get_args(annotation)):
        if isinstance(each, type):
            found = next((name for (module, kind), name in CONTAINERS.items() if each.__name__ == kind and each.__module__.split(".")[0] == module), None)
            if found is not None:
                return found
    return None


def _item_name(arguments: tuple[object, ...]) -> str | None:
    """Of `NDArray[float64]`, which is `ndarray[…, dtype[float64]]`."""
    for each in arguments:
        name = getattr(each, "__name__", "")
        found = ARRAY_TYPES.get(name) or _item_name(typing.get_args(each))
        if found is not None:
            return found
    return None
