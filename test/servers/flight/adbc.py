# ADBC's Flight SQL driver against a server: argv are port, token, certificate. Prints one JSON line a fact, which the test compares.
import datetime
import decimal
import json
import sys

import adbc_driver_flightsql.dbapi as flightsql
import adbc_driver_manager
import pyarrow as pa
from adbc_driver_flightsql import DatabaseOptions

port, token, certificate = sys.argv[1:]


def show(name, value):
    print(json.dumps({name: value}, default=str))


options = {
    DatabaseOptions.TLS_ROOT_CERTS.value: open(certificate).read(),
    "username": "anybody",
    "password": token,
}
connection = flightsql.connect(f"grpc+tls://localhost:{port}", db_kwargs=options, autocommit=True)
cursor = connection.cursor()
cursor.execute("CREATE VIEW v AS SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (3, CAST(NULL AS STRING))) AS t(k, s)")
cursor.execute("SELECT * FROM v ORDER BY k")
show("rows", cursor.fetchall())
cursor.execute("SELECT * FROM v WHERE k >= ? AND s = ?", (1, "b"))
show("bound", cursor.fetchall())
cursor.execute("SELECT * FROM v ORDER BY k LIMIT ?", (2,))
show("limit", len(cursor.fetchall()))
values = (True, 5, 1.5, "it's", b"\x01\x02", decimal.Decimal("1.50"), datetime.date(2026, 1, 31), datetime.datetime(2026, 1, 31, 23, 59, 59, 123456), None)
cursor.execute("SELECT " + ", ".join(f"? AS c{index}" for index in range(len(values))), values)
show("values", cursor.fetchone() == values)
show("vendor", connection.adbc_get_info()["vendor_name"])
objects = connection.adbc_get_objects(depth="all").read_all().to_pylist()
show("objects", [column["column_name"] for column in objects[0]["catalog_db_schemas"][0]["db_schema_tables"][0]["table_columns"]])
show("schema", [str(field.type) for field in connection.adbc_get_table_schema("v")])

table = pa.table(
    {
        "x": pa.array(range(100_000)),
        "s": pa.array([None if i % 7 == 0 else f"text number {i}" for i in range(100_000)]),
        "d": pa.array(["u", "v"] * 50_000).dictionary_encode(),
        "t": pa.array([i * 1000 for i in range(100_000)], pa.timestamp("ms", "UTC")),
        "m": pa.array([decimal.Decimal(i) / 4 for i in range(100_000)], pa.decimal128(30, 2)),
        "l": pa.array([[i, i + 1] for i in range(100_000)], pa.list_(pa.int32())),
    }
)
show("created", cursor.adbc_ingest("big", table, mode="create"))
show("appended", cursor.adbc_ingest("big", table, mode="append"))
cursor.execute("SELECT COUNT(*), SUM(x), COUNT(s), MAX(s), COUNT(DISTINCT d), SUM(m), MAX(l[2]) FROM big")
show("aggregated", cursor.fetchall())
try:
    cursor.adbc_ingest("big", table, mode="create")
except adbc_driver_manager.ProgrammingError as error:
    show("exists", "table-exists" in str(error) and error.status_code == adbc_driver_manager.AdbcStatusCode.ALREADY_EXISTS)
try:
    cursor.adbc_ingest("big", table.select(["x"]), mode="append")
except adbc_driver_manager.ProgrammingError as error:
    show("columns", "ingest-schema" in str(error))
show("replaced", cursor.adbc_ingest("big", table.slice(10, 10), mode="replace"))
cursor.execute("SELECT * FROM big")
back = cursor.fetch_arrow_table()
show("equal", back.column("x").equals(table.slice(10, 10).column("x")) and back.column("s").to_pylist() == table.slice(10, 10).column("s").to_pylist() and back.column("l").to_pylist() == table.slice(10, 10).column("l").to_pylist() and back.column("m").to_pylist() == table.slice(10, 10).column("m").to_pylist())
try:
    cursor.execute("SELECT nope FROM v")
except adbc_driver_manager.ProgrammingError as error:
    show("error", "error[unknown-column]" in str(error) and "<sql>:1:8" in str(error) and any(b"unknown-column" in value for _, value in error.details))
cursor.execute("SET 'sql-client.execution.result-mode' = 'changelog'")
cursor.execute("SELECT k > 1 AS big, COUNT(*) AS n FROM v GROUP BY k > 1")
show("changes", sorted({row[0] for row in cursor.fetchall()}))
cursor.execute("CREATE TABLE endless (k INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000')")
cursor.execute("SELECT * FROM endless")
reader = cursor.fetch_record_batch()
show("first", reader.read_next_batch().num_rows > 0)
cursor.adbc_cancel()
try:
    while True:
        reader.read_next_batch()
except Exception as error:
    show("cancelled", type(error).__name__)
cursor.close()
connection.close()
