"""Columns between Arrow and what functions of this process take and give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from ._types import SqlType


class WrongResult(Exception):
    """A function gave something else than its result's type says."""


def call_with_columns(function: Callable[..., Any], columns: Sequence[pa.Array], arguments: Sequence[SqlType], result: SqlType, rows: int) -> pa.Array:
    """One batch through a function of arrays, or of values one row at a time."""
    container = next((each.container for each in arguments if each.container is not None), result.container)
    if container is None:
        values = [each.to_pylist() for each in columns]
        given: list[Any] = [function(*row) for row in zip(*values)] if values else [function() for _ in range(rows)]
        return column_of_values(given, result)
    given_columns = [given_as(column, kind.container or container, kind.nullable) for column, kind in zip(columns, arguments)]
    return column_of(function(*given_columns), result, rows)


def given_as(column: pa.Array, container: str, nullable: bool) -> Any:
    if container == "arrow":
        return column
    if container == "pandas":
        return column.to_pandas(types_mapper=_nullable_types().get if nullable else None)
    if column.null_count > 0 and nullable and (pa.types.is_primitive(column.type) or pa.types.is_boolean(column.type)):
        import numpy

        filled = column.fill_null(False if pa.types.is_boolean(column.type) else pa.scalar(0).cast(column.type))
        return numpy.ma.MaskedArray(filled.to_numpy(zero_copy_only=False), mask=column.is_null().to_numpy(zero_copy_only=False))  # pyright: ignore[reportUnknownMemberType]
    return column.to_numpy(zero_copy_only=False)


def _nullable_types() -> dict[pa.DataType, Any]:
    import pandas

    return {
        pa.int8(): pandas.Int8Dtype(),
        pa.int16(): pandas.Int16Dtype(),
        pa.int32(): pandas.Int32Dtype(),
        pa.int64(): pandas.Int64Dtype(),
        pa.bool_(): pandas.BooleanDtype(),
        pa.float32(): pandas.Float32Dtype(),
        pa.float64(): pandas.Float64Dtype(),
    }


def column_of(given: Any, result: SqlType, rows: int) -> pa.Array:
    if isinstance(given, (str, bytes)) or not hasattr(given, "__len__"):
        raise WrongResult(f"it returned {type(given).__name__}, and a column of {rows} values is needed")
    if len(given) != rows:
        raise WrongResult(f"it returned {len(given)} values for {rows} rows")
    wanted = result.arrow
    try:
        if isinstance(given, pa.ChunkedArray):
            given = given.combine_chunks()
        if isinstance(given, pa.Array):
            return given if given.type == wanted else given.cast(wanted)
        if type(given).__module__.partition(".")[0] == "pandas" and given.dtype != object and hasattr(given.dtype, "type") and not given.hasnans:
            given = given.to_numpy()
        dtype = getattr(given, "dtype", None)
        if dtype is not None and getattr(dtype, "kind", "") == "f" and pa.types.is_integer(wanted):
            raise WrongResult(f"it returned {dtype}, and its result is {result.sql}: round, and .astype(int)")
        return pa.array(given, type=wanted)
    except (pa.ArrowException, TypeError, OverflowError) as problem:
        raise WrongResult(f"what it returned is no column of {result.sql}: {problem}") from None


def column_of_values(given: list[Any], result: SqlType) -> pa.Array:
    try:
        made = pa.array(given, type=result.arrow)
    except (pa.ArrowException, TypeError, OverflowError) as problem:
        wanted = result.arrow
        for row, value in enumerate(given):
            try:
                pa.array([value], type=wanted)
            except (pa.ArrowException, TypeError, OverflowError):
                raise WrongResult(f"it returned {value!r}, which is no {result.sql}, in row {row} of the batch") from None
        raise WrongResult(str(problem)) from None
    if made.null_count > 0 and not result.nullable:
        row = next(number for number, value in enumerate(given) if value is None)
        raise WrongResult(f"it returned None in row {row} of the batch; write … | None behind the ->")
    return made
