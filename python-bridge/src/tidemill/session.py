"""Sessions: a connection to an engine, its tables and jobs."""

from __future__ import annotations

import atexit
import base64
import contextlib
import json
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import pyarrow.flight as flight

from . import _local, _sql, display
from ._engine import Engine
from ._jobs import PROGRESS_SECONDS, Job, Progress
from ._process import Exchange
from ._reading import Batches, interruptible
from ._results import Preview, Result, Text
from ._rows import messages, reader_of
from ._udfs import ModuleUdf, ProcessUdf, Udf, used_in
from .errors import EngineError, TidemillError, unreached
from .table import Query, Select

if TYPE_CHECKING:
    import pandas
    import polars

T = TypeVar("T")

__all__ = ["Job", "Result", "Session", "Table", "connect"]

#: What a table that is shown takes at most.
PREVIEW_ROWS = 10
PREVIEW_SECONDS = 2.0
#: How long an engine that does not answer may take to end.
ENDING_SECONDS = 1.0


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
    server that `tidemill serve` has started; `tls_root_certs`: certificates in PEM of those that may have signed its own, if the system does not know them.

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
        self._closed = False
        _latest.append(self)
        if self._engine_arguments is not None:
            self._engine = Engine(self._engine_arguments)
            self._location, self._token = self._engine.location, self._engine.token
        extra: dict[str, Any] = {} if self._certificates is None else {"tls_root_certs": self._certificates}
        self._client = flight.FlightClient(self._location, generic_options=[("grpc.max_receive_message_length", -1)], **extra)
        name = base64.urlsafe_b64encode(os.urandom(12))
        self._headers = [(b"tidemill-session", name)]
        if self._token is not None:
            self._headers.append((b"authorization", f"Bearer {self._token}".encode()))
        self._options = flight.FlightCallOptions(headers=self._headers)
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
        rows = self._told(lambda: self._read(info.endpoints[0].ticket))
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
        reader = reader_of(data)

        def put() -> None:
            folder = self._local
            if folder is not None:
                _local.put(folder, lambda socket: self._ask("put", table=name, socket=socket), reader.schema, messages(reader))
                return
            writer, _ = self._client.do_put(flight.FlightDescriptor.for_path(*name.split(".")), reader.schema, self._options)
            with writer:
                for batch in messages(reader):
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
            function,
            replace=replace,
            local=self._local,
            ended=self._exchange_ended,
        )

    def _exchange_ended(self, exchange: Exchange) -> None:
        with contextlib.suppress(ValueError):
            self._exchanges.remove(exchange)

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
        self._closed = True
        while self in _latest:
            _latest.remove(self)
        # nothing may be left of their streams, or gRPC says something when the engine ends
        while self._exchanges:
            self._exchanges.pop().close()
        try:
            self._client.close()
        finally:
            if self._engine is not None:
                self._engine.close()
                self._engine = None

    def __repr__(self) -> str:
        place = str(self._location) if self._engine_arguments is None else "an engine beside this process"
        return f"<tidemill session: {place}{', closed' if self._closed else ''}>"

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

    def _call(self, action: Callable[[], T]) -> T:
        return self._told(lambda: interruptible(action))

    def _told(self, action: Callable[[], T]) -> T:
        """Says of an engine that is gone that it is."""
        if self._closed:
            raise EngineError("error[engine]: the session is closed\n  tm.connect() opens another")
        try:
            return action()
        except TidemillError as error:
            # what it was asked may fail a moment before it is gone
            if self._engine is not None and not (self._engine.alive_after(ENDING_SECONDS) if isinstance(error, EngineError) else self._engine.alive):
                raise EngineError(f"error[engine]: the engine has ended\n{self._engine.last_words}\n  session.restart() starts another") from None
            if self._engine is None and isinstance(error, EngineError):
                raise unreached(str(self._location), error) from None
            raise

    def _read(self, ticket: flight.Ticket, *, ends: bool = False) -> Batches:
        folder, ended = self._local, [(b"tidemill-ends", b"true")] if ends else []
        if folder is None:
            return Batches(lambda: self._client.do_get(ticket, flight.FlightCallOptions(headers=[*self._headers, *ended])))

        def ask(path: str) -> Any:
            headers = [*self._headers, *ended, (b"tidemill-socket-bin", os.fsencode(path))]
            return self._client.do_get(ticket, flight.FlightCallOptions(headers=headers))

        return Batches(lambda: _local.NearReader(folder, ask))

    @property
    def _local(self) -> Path | None:
        """Where rows go by sockets of this machine: of an engine that is ours."""
        return None if self._engine is None else self._engine.folder

    def _run(self, sql: str, *, ends: bool = False) -> Batches:
        """The rows of a query; `ends`: of one that never does, an error."""
        self._use_functions(sql)
        return self._told(lambda: self._read(flight.Ticket(sql.encode()), ends=ends))


_latest: list[Session] = []


def current() -> Session:
    """The session that was opened last, for `%%sql`; one is opened if there is none."""
    return _latest[-1] if _latest else connect()


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
        try:
            batches = self._engine._run(self.sql, ends=True)  # pyright: ignore[reportPrivateUsage]
        except TidemillError as error:
            if error.code != "endless":
                raise
            message = "error[endless]: the query never ends\n  take .stream() or .changes(), or .limit(n) of a query that only adds rows"
            raise TidemillError(message) from None
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

    def __repr__(self) -> str:
        return display.as_text(self.preview())

    def _repr_html_(self) -> str:
        return display.as_html(self.preview())
