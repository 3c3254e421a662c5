"""Sessions: a connection to an engine, its tables and jobs."""

from __future__ import annotations

import atexit
import base64
import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.flight as flight

from . import _local, _sql, display
from ._engine import Engine
from ._process import Exchange
from ._reading import Batches, interruptible
from .errors import EngineError, TidemillError
from .table import Query, Select
from .udf import ModuleUdf, ProcessUdf, Udf, used_in

if TYPE_CHECKING:
    import pandas
    import polars

__all__ = ["Job", "Result", "Session", "Table", "connect"]

#: Between two looks at what a query has read; and before the first.
PROGRESS_SECONDS = 0.5
PROGRESS_AFTER_SECONDS = 2.0
#: What a table that is shown takes at most.
PREVIEW_ROWS = 10
PREVIEW_SECONDS = 2.0


def connect(
    location: str | None = None,
    *,
    token: str | None = None,
    parallelism: int | None = None,
    checkpoints: str | None = None,
    tls_root_certs: bytes | None = None,
) -> Session:
    """
    A session. Without `location` the engine is started beside this process, and ends with it; `grpc://host:port` or `grpc+tls://host:port` reaches a
    server that `tidemill serve` has started.

    >>> s = connect()
    >>> s.sql("SELECT 1 + 1 AS two").to_pylist()
    [{'two': 2}]
    """
    if location is not None:
        return Session(location, token, tls_root_certs=tls_root_certs)
    arguments = ["--allow-path", Path(os.getcwd()).anchor]
    if parallelism is not None:
        arguments += ["--parallelism", str(parallelism)]
    if checkpoints is not None:
        arguments += ["--set", f"execution.checkpointing.dir={checkpoints}"]
    return Session(None, None, engine_arguments=arguments)


class Session:
    """Statements, tables and functions of one user. Close it, or use it in `with`."""

    def __init__(
        self,
        location: str | None,
        token: str | None,
        *,
        engine_arguments: Sequence[str] | None = None,
        tls_root_certs: bytes | None = None,
    ) -> None:
        self._engine_arguments = engine_arguments
        self._location = location
        self._token = token
        self._certificates = tls_root_certs
        self._engine: Engine | None = None
        self._functions: set[str] = set()
        self._exchanges: list[Exchange] = []
        self._connect()
        # before the engine ends, or gRPC says something about it
        atexit.register(self.close)

    def _connect(self) -> None:
        _latest.append(self)
        if self._engine_arguments is not None:
            self._engine = Engine(self._engine_arguments)
            self._location, self._token = self._engine.location, self._engine.token
        extra: dict[str, Any] = {} if self._certificates is None else {"tls_root_certs": self._certificates}
        self._client = flight.FlightClient(self._location, generic_options=[("grpc.max_receive_message_length", -1)], **extra)
        name = base64.urlsafe_b64encode(os.urandom(12))
        headers = [(b"tidemill-session", name)]
        if self._token is not None:
            headers.append((b"authorization", f"Bearer {self._token}".encode()))
        self._options = flight.FlightCallOptions(headers=headers)
        self._functions.clear()

    # statements

    def sql(self, text: str) -> Any:
        """
        Runs Flink SQL. A query gives a Table, which runs when its rows are asked for; INSERT a Job; SHOW, DESCRIBE and EXPLAIN a Result; all else None.

        >>> s = connect()
        >>> s.sql("CREATE TEMPORARY VIEW numbers AS SELECT * FROM (VALUES (1), (2)) AS t(n)")
        >>> s.sql("SELECT SUM(n) AS n FROM numbers").to_pylist()
        [{'n': 3}]
        """
        self._use_functions(text)
        first = re.match(r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*(\w+)", text, re.DOTALL)
        if first is not None and first[1].upper() in ("SELECT", "WITH", "VALUES") and ";" not in text.rstrip().rstrip(";"):
            query = text.rstrip().rstrip(";")
            self._action("describe", sql=query)
            return Table(self, Select(f"({query}\n) AS `t`"), text=query)
        return self._execute(text)

    def _execute(self, text: str) -> Any:
        info = self._call(lambda: self._client.get_flight_info(flight.FlightDescriptor.for_command(text.encode()), self._options))
        kind = json.loads(info.app_metadata or b"{}").get("kind")
        rows = self._batches(info)
        table = pa.Table.from_batches(list(rows), rows.schema)
        if kind == "insert":
            record = table.to_pylist()[0]
            return Job(self, record["job"], record["rows"])
        if table.column_names == ["result"] and table.num_rows == 1:
            shown = str(table.column(0)[0].as_py())
            return None if shown == "OK" else Text(shown)
        return Result(table)

    def table(self, name: str) -> Table:
        """A table or view by its name, also `catalog.database.table`."""
        select = Select(_sql.path(name))
        self._action("describe", sql=select.sql)
        return Table(self, select)

    def read_parquet(self, path: str | os.PathLike[str]) -> Table:
        """A file, a folder or a glob."""
        return self._file(path)

    def read_csv(self, path: str | os.PathLike[str]) -> Table:
        return self._file(path)

    def read_json(self, path: str | os.PathLike[str]) -> Table:
        return self._file(path)

    def _file(self, path: str | os.PathLike[str]) -> Table:
        text = os.fspath(path)
        place = text if "://" in text else os.path.abspath(text)
        select = Select(_sql.text(place))
        self._action("describe", sql=select.sql)
        return Table(self, select)

    def register(self, name: str, data: Any) -> Table:
        """
        Rows of pandas, Polars, pyarrow or DuckDB, or anything with the Arrow stream interface, as a table in the engine's memory.

        >>> import pyarrow as pa
        >>> s = connect()
        >>> s.register("mine", pa.table({"a": [1, 2]})).to_pylist()
        [{'a': 1}, {'a': 2}]
        """
        reader = _reader_of(data)

        def put() -> None:
            folder = self._local
            if folder is not None:
                _local.put(folder, lambda socket: self._ask("put", table=name, socket=socket), reader.schema, _messages(reader))
                return
            writer, _ = self._client.do_put(flight.FlightDescriptor.for_path(*name.split(".")), reader.schema, self._options)
            with writer:
                for batch in _messages(reader):
                    writer.write_batch(batch)

        self._call(put)
        return self.table(name)

    def create_function(self, name: str, function: Udf | str | os.PathLike[str], *, export: str | None = None, replace: bool = False) -> None:
        """A name in SQL for a function of @udf, or for one of a .wasm file."""
        if isinstance(function, ProcessUdf):
            self._exchanges.append(self._call(lambda: self._exchange(name, function, replace)))
            return
        if isinstance(function, ModuleUdf):
            module, exported = function.wasm, function.export
        else:
            assert not isinstance(function, Udf)
            module, exported = Path(function).read_bytes(), export
        body = {"name": name, "module": base64.b64encode(module).decode(), "replace": replace}
        self._action("create-function", **body, **({} if exported is None else {"export": exported}))

    def _exchange(self, name: str, function: ProcessUdf, replace: bool) -> Exchange:
        return Exchange(
            self._client,
            self._options,
            name,
            function.__tidemill_function__,
            function.arguments,
            function.result,
            deterministic=function.deterministic,
            replace=replace,
            local=self._local,
        )

    def drop(self, name: str) -> bool:
        """A table or view; whether it was there."""
        return bool(self._action("drop", name=name)["dropped"])

    def set(self, name: str, value: object) -> None:
        """A setting, as SET does."""
        self._execute(f"SET {_sql.text(name)} = {_sql.text(str(value))}")

    def check(self, text: str) -> Mapping[str, Any]:
        """All errors of a text, without running its queries."""
        return self._action("check", sql=text)

    def names(self) -> Mapping[str, Any]:
        """What there is: catalogs, databases, tables with their columns, functions, settings."""
        return self._action("names")

    @property
    def jobs(self) -> list[Job]:
        """Those that run."""
        return [Job(self, each["name"], None) for each in self._action("jobs")["jobs"]]

    # the engine

    @property
    def version(self) -> str:
        return str(self._action("version")["version"])

    def restart(self) -> None:
        """Another engine in the place of one that is gone: tables and functions of the session are gone with it."""
        if self._engine is not None:
            self._engine.close()
        self._client.close()
        self._connect()

    def close(self) -> None:
        atexit.unregister(self.close)
        while self in _latest:
            _latest.remove(self)
        for each in self._exchanges:
            each.close()
        self._exchanges.clear()
        try:
            self._client.close()
        finally:
            if self._engine is not None:
                self._engine.close()
                self._engine = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def columns_of(self, sql: str) -> Sequence[str]:
        return [each["name"] for each in self._action("describe", sql=sql)["columns"]]

    def _use_functions(self, sql: str) -> None:
        for name, function in used_in(sql):
            if name not in self._functions:
                self.create_function(name, function, replace=True)
                self._functions.add(name)

    def _action(self, action: str, **body: Any) -> Mapping[str, Any]:
        if "sql" in body:
            self._use_functions(body["sql"])

        return self._call(lambda: self._ask(action, **body))

    def _ask(self, action: str, **body: Any) -> Mapping[str, Any]:
        request = flight.Action(f"tidemill.{action}", json.dumps(body).encode())
        results = list(self._client.do_action(request, self._options))
        return json.loads(results[0].body.to_pybytes()) if results else {}

    def _call(self, action: Any) -> Any:
        try:
            return interruptible(action)
        except TidemillError:
            if self._engine is not None and not self._engine.alive:
                raise EngineError(f"error[engine]: the engine has ended\n{self._engine.last_words}\n  session.restart() starts another") from None
            raise

    def _batches(self, info: Any) -> Batches:
        ticket = info.endpoints[0].ticket
        folder = self._local
        if folder is None:
            return Batches(self._call(lambda: self._client.do_get(ticket, self._options)))
        shown = base64.b64encode(ticket.ticket).decode()
        return Batches(self._call(lambda: _local.LocalReader(folder, lambda socket: self._ask("read", ticket=shown, socket=socket))))

    @property
    def _local(self) -> Path | None:
        """Where rows go by sockets of this machine: of an engine that is ours."""
        return None if self._engine is None else self._engine.folder

    def _run(self, sql: str) -> Batches:
        self._use_functions(sql)
        descriptor = flight.FlightDescriptor.for_command(sql.encode())
        return self._batches(self._call(lambda: self._client.get_flight_info(descriptor, self._options)))


_latest: list[Session] = []


def current() -> Session:
    """The session that was opened last, for `%%sql`; one is opened if there is none."""
    return _latest[-1] if _latest else connect()


#: Rows and about the bytes of a message that is sent.
PUT_ROWS_MAX = 65_536
PUT_BYTES = 8 << 20


class Table(Query[Session]):
    """
    A query that has not run. Its verbs make longer queries; `to_pandas`, `to_arrow`, `to_polars`, `stream` and showing it run it.
    """

    def __init__(self, engine: Session, select: Select, *, text: str | None = None) -> None:
        super().__init__(engine, select)
        self._text = text

    @property
    def sql(self) -> str:
        return self._text or super().sql

    @property
    def columns(self) -> list[str]:
        return list(self._engine.columns_of(self.sql))

    @property
    def types(self) -> dict[str, str]:
        """Columns and their types of SQL."""
        return {each["name"]: each["type"] for each in self._describe()["columns"]}

    @property
    def is_bounded(self) -> bool:
        """Whether it ends."""
        return bool(self._describe()["bounded"])

    def _describe(self) -> Mapping[str, Any]:
        return self._engine._action("describe", sql=self.sql)  # pyright: ignore[reportPrivateUsage]

    def stream(self) -> Batches:
        """Record batches as they come; leaving the loop stops the job."""
        return self._engine._run(self.sql)  # pyright: ignore[reportPrivateUsage]

    def to_arrow(self, progress: bool | None = None) -> pa.Table:
        """All rows. `progress`: a bar of rows read; by default when it takes seconds, and tqdm is there to show it on a terminal or in a notebook."""
        self._ends()
        batches = self.stream()
        found: list[pa.RecordBatch] = []
        with Progress(self._engine, progress) as bar:
            while not batches.ended:
                batch = batches.next(time.monotonic() + PROGRESS_SECONDS)
                if batch is not None:
                    found.append(batch)
                bar.update()
        return pa.Table.from_batches(found, batches.schema)

    def to_pandas(self, **options: Any) -> pandas.DataFrame:
        return self.to_arrow().to_pandas(**options)

    def to_polars(self) -> polars.DataFrame:
        import polars

        frame = polars.from_arrow(self.to_arrow())
        assert isinstance(frame, polars.DataFrame)
        return frame

    def to_pylist(self) -> list[dict[str, Any]]:
        return self.to_arrow().to_pylist()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def explain(self, format: str = "text") -> Text:
        """The plan: what runs where, whether it ends, what bounds its state."""
        plan = self._engine._action("explain", sql=self.sql, format=format)["plan"]  # pyright: ignore[reportPrivateUsage]
        return Text(plan if isinstance(plan, str) else json.dumps(plan, indent=2))

    def insert_into(self, name: str) -> Job:
        """Writes the rows into a table: a job, which goes on if the query does not end."""
        return self._engine._execute(f"INSERT INTO {_sql.path(name)} {self.sql}")  # pyright: ignore[reportPrivateUsage]

    def create_view(self, name: str) -> Table:
        """A name for the query, in this session."""
        self._engine._execute(f"CREATE TEMPORARY VIEW {_sql.path(name)} AS {self.sql}")  # pyright: ignore[reportPrivateUsage]
        return self._engine.table(name)

    def preview(self, rows: int = PREVIEW_ROWS, seconds: float = PREVIEW_SECONDS) -> Preview:
        """The first rows, or as many as come in time."""
        described = self._describe()
        until = time.monotonic() + (seconds if not described["bounded"] else 600)
        found: list[pa.RecordBatch] = []
        count = 0
        batches = self.limit(rows + 1).stream() if described["bounded"] else self.changes() if described["changelog"] != "append" else self.stream()
        while count <= rows and (batch := batches.next(until)) is not None:
            found.append(batch)
            count += batch.num_rows
        batches.close()
        table = pa.Table.from_batches(found, batches.schema).slice(0, rows)
        known = {each["name"]: each["type"] for each in described["columns"]}
        types = [known.get(each, "") for each in table.column_names]
        return Preview(table, types, more=count > rows or not described["bounded"], bounded=bool(described["bounded"]))

    def changes(self) -> Batches:
        """Record batches with `op` in front: +I and +U add a row, -U and -D take one back."""
        session, mode = self._engine, "sql-client.execution.result-mode"
        before = session.names()["settings"].get(mode)
        text = f"SET '{mode}' = 'changelog'; {self.sql}"
        try:
            return session._run(text)  # pyright: ignore[reportPrivateUsage]
        finally:
            if before is None:
                session.sql(f"RESET '{mode}'")
            else:
                session.set(mode, before)

    def live(self, rows: int = 20, seconds: float | None = None) -> None:
        """Shows the latest rows, in place, while the stream runs; of an updating one, the rows that are there now. An interrupt ends it."""
        from .live import live_table

        live_table(self, rows, seconds)

    def plot_live(self, x: str, y: str, kind: str = "line", rows: int = 200, seconds: float | None = None) -> None:
        """A line or bar plot of the latest rows, in place, while the stream runs; needs matplotlib. An interrupt ends it."""
        from .live import live_plot

        live_plot(self, x, y, kind, rows, seconds)

    def _ends(self) -> None:
        if not self._describe()["bounded"]:
            raise TidemillError("error[endless]: the query never ends\n  take .stream() or .changes(), or .limit(n) of a query that only adds rows")

    def __repr__(self) -> str:
        return display.as_text(self.preview())

    def _repr_html_(self) -> str:
        return display.as_html(self.preview())


class Progress:
    """A bar of the rows that a query has read."""

    def __init__(self, session: Session, wanted: bool | None) -> None:
        self._session = session
        self._wanted = wanted
        self._next = time.monotonic() + (0 if wanted else PROGRESS_AFTER_SECONDS)
        self._bar: Any = None

    def update(self) -> None:
        now = time.monotonic()
        if self._wanted is False or now < self._next:
            return
        self._next = now + PROGRESS_SECONDS
        if self._bar is None:
            try:
                from tqdm.auto import tqdm
            except ImportError:
                self._wanted = False
                return
            # without a terminal there is nobody to look
            self._bar = tqdm(unit=" rows", unit_scale=True, disable=None if self._wanted is None else False, leave=False)
        running = self._session._action("jobs")["jobs"]  # pyright: ignore[reportPrivateUsage]
        if running:
            self._bar.n = running[-1]["progress"]["rowsRead"]
            self._bar.refresh()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


@dataclass(frozen=True)
class Preview:
    """The first rows of a table, and what its columns are in SQL."""

    table: pa.Table
    types: Sequence[str]
    more: bool
    bounded: bool

    def __repr__(self) -> str:
        return display.as_text(self)

    def _repr_html_(self) -> str:
        return display.as_html(self)


class Result:
    """Rows that are here: of SHOW, DESCRIBE and the like."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def to_arrow(self) -> pa.Table:
        return self._table

    def to_pandas(self) -> pandas.DataFrame:
        return self._table.to_pandas()

    def to_pylist(self) -> list[dict[str, Any]]:
        return self._table.to_pylist()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.to_pylist())

    def _preview(self) -> Preview:
        return Preview(self._table, [""] * self._table.num_columns, more=False, bounded=True)

    def __repr__(self) -> str:
        return display.as_text(self._preview())

    def _repr_html_(self) -> str:
        return display.as_html(self._preview())


class Text(str):
    """A text that shows as it is."""

    def __repr__(self) -> str:
        return str(self)


class Job:
    """An INSERT: done, or going on in the engine."""

    def __init__(self, session: Session, name: str, rows: int | None) -> None:
        self._session = session
        self.name = name
        #: Rows written, if the job has ended.
        self.rows = rows

    @property
    def running(self) -> bool:
        return bool(self._ask("job").get("running"))

    @property
    def error(self) -> TidemillError | None:
        """What it failed with; `wait()` raises it."""
        found = self._ask("job").get("error")
        return None if found is None else TidemillError(str(found))

    @property
    def progress(self) -> Mapping[str, Any]:
        """What it has read and written so far."""
        return self._ask("job")["progress"]

    def wait(self) -> None:
        """Until it ends; an interrupt leaves it running."""
        self._ask("job", wait=True)

    def why(self) -> str:
        """What it waits for."""
        found = self._ask("why")
        return Text("\n".join([str(found["reason"]), *(str(each) for each in found["details"] or [])]))

    def savepoint(self, directory: str) -> str:
        return str(self._ask("savepoint", savepoint=os.path.abspath(directory))["savepoint"])

    def stop(self, *, savepoint: str | None = None, drain: bool = False) -> None:
        """In order: with a last checkpoint, or at a savepoint."""
        place = {} if savepoint is None else {"savepoint": os.path.abspath(savepoint)}
        self._ask("stop", drain=drain, **place)

    def cancel(self) -> None:
        """At once."""
        self._ask("stop", cancel=True)

    def _ask(self, action: str, **body: Any) -> Mapping[str, Any]:
        return self._session._action(action, job=self.name, **body)  # pyright: ignore[reportPrivateUsage]

    def __repr__(self) -> str:
        if self.rows is not None:
            return f"<tidemill job {self.name!r}: {self.rows} rows written>"
        try:
            asked = self._ask("job")
        except TidemillError:
            # its session has ended
            return f"<tidemill job {self.name!r}>"
        state = "running" if asked["running"] else "failed" if "error" in asked else "ended"
        failure = f"\n{asked['error']}" if "error" in asked else ""
        return f"<tidemill job {self.name!r}: {state}, {asked['progress']['rowsWritten']} rows written>{failure}"


def _reader_of(data: Any) -> pa.RecordBatchReader:
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


def _messages(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
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
