"""Rows of this process as Arrow, in batches that travel well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

#: Rows and about the bytes of a message that is sent.
PUT_ROWS_MAX = 65_536
PUT_BYTES = 8 << 20


def reader_of(data: Any) -> pa.RecordBatchReader:
    reader = _rows_of(data)
    # views would bring the texts of all rows with each message; the engine has no half floats
    schema = pa.schema([each.with_type(_sent_as(each.type)) for each in reader.schema], reader.schema.metadata)
    return reader if schema == reader.schema else reader.cast(schema)


def _sent_as(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_binary_view(kind):
        return pa.large_binary()
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_sent_as(kind.value_type)))
    if pa.types.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(_sent_as(kind.value_type)))
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(kind.value_field.with_type(_sent_as(kind.value_type)), kind.list_size)
    if pa.types.is_struct(kind):
        return pa.struct([each.with_type(_sent_as(each.type)) for each in kind])
    return kind


def messages(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Batches of a size that travels well."""
    for batch in reader:
        rows = batch.num_rows
        step = PUT_ROWS_MAX if rows == 0 else min(PUT_ROWS_MAX, max(1, PUT_BYTES * rows // max(1, batch.get_total_buffer_size())))
        for start in range(0, max(rows, 1), step):
            yield batch.slice(start, step)


def _rows_of(data: Any) -> pa.RecordBatchReader:
    if isinstance(data, pa.RecordBatchReader):
        return data
    if isinstance(data, pa.RecordBatch):
        data = pa.Table.from_batches([data])
    if isinstance(data, pa.Table):
        return data.to_reader()
    module = type(data).__module__.partition(".")[0]
    if module == "pandas":
        return pa.Table.from_pandas(data, preserve_index=False).to_reader()
    if hasattr(data, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(data)
    if hasattr(data, "fetch_record_batch"):
        return data.fetch_record_batch()
    if isinstance(data, Mapping):
        return pa.table(dict(data)).to_reader()  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return pa.Table.from_pylist(list(data)).to_reader()  # pyright: ignore[reportUnknownArgumentType]
    raise TypeError(f"a {type(data).__name__} has no rows; taken are pandas, Polars, pyarrow, DuckDB, a list of dicts, a dict of lists, and what has the Arrow stream interface")
