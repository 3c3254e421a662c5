# pyarrow's Flight client against a server: argv are port and token. Prints one JSON line a fact, which the test compares.
import datetime
import json
import sys

import pyarrow as pa
import pyarrow.flight as flight

port, token = sys.argv[1:]


def show(name, value):
    print(json.dumps({name: value}, default=str))


client = flight.connect(f"grpc://127.0.0.1:{port}")
try:
    list(client.list_flights())
except flight.FlightUnauthenticatedError as error:
    show("refused", "error[unauthenticated]" in str(error))
options = flight.FlightCallOptions(headers=[client.authenticate_basic_token("anybody", token)])


def query(text):
    info = client.get_flight_info(flight.FlightDescriptor.for_command(text.encode()), options)
    return client.do_get(info.endpoints[0].ticket, options).read_all()


types = query(
    """SELECT TRUE AS b, CAST(1 AS TINYINT) AS i8, CAST(2 AS SMALLINT) AS i16, 3 AS i32, CAST(4 AS BIGINT) AS i64, CAST(1.5 AS FLOAT) AS f32,
       CAST(2.5 AS DOUBLE) AS f64, CAST(1.25 AS DECIMAL(10, 2)) AS d, CAST(-1.25 AS DECIMAL(38, 2)) AS dd, 'text' AS s, 'a text that is longer' AS l,
       X'0102' AS y, DATE '2026-01-31' AS da, TIME '01:02:03' AS ti, TIMESTAMP '2026-01-31 23:59:59.123456' AS ts,
       TIMESTAMP '2026-01-31 23:59:59.123456789' AS tn, TO_TIMESTAMP_LTZ(1000, 3) AS lt, INTERVAL '1' DAY AS dt, INTERVAL '14' MONTH AS ym,
       ARRAY['a', CAST(NULL AS STRING)] AS ar, MAP['k', 1] AS ma, CAST(ROW(1, 'x') AS ROW<a INT, b STRING>) AS ro, CAST(NULL AS INT) AS n"""
)
types.validate(full=True)
show("types", [str(field.type) for field in types.schema])
# without pandas Python has no value for nanoseconds
shown = types.set_column(types.schema.get_field_index("tn"), "tn", types.column("tn").cast(pa.string()))
show("values", [str(value) for value in shown.to_pylist()[0].values()])
client.do_put(flight.FlightDescriptor.for_path("mine"), types.schema, options)[0].close()
writer, _ = client.do_put(flight.FlightDescriptor.for_path("mine"), types.schema, options)
writer.write_table(types)
writer.close()
back = query("SELECT * FROM mine")
show("round trip", [name for name in types.column_names if not back.column(name).equals(types.column(name))])
several = query(
    """SELECT * FROM (VALUES (1, 'a', ARRAY[1, 2], TRUE), (CAST(NULL AS INT), CAST(NULL AS STRING), CAST(NULL AS ARRAY<INT>), CAST(NULL AS BOOLEAN)),
       (3, 'a text that is longer', ARRAY[3], FALSE)) AS t(i, s, a, b)"""
)
several.validate(full=True)
show("nulls", [list(row.values()) for row in several.to_pylist()])
show("actions", {"CancelFlightInfo", "CreatePreparedStatement"} <= {action.type for action in client.list_actions(options)})
info = client.get_flight_info(flight.FlightDescriptor.for_command(b"CREATE TABLE endless (k INT) WITH ('connector' = 'datagen'); SELECT * FROM endless"), options)
reader = client.do_get(info.endpoints[0].ticket, options)
show("endless", sum(reader.read_chunk().data.num_rows for _ in range(3)) > 0)
reader.cancel()
try:
    while True:
        reader.read_chunk()
except Exception as error:
    show("cancelled", type(error).__name__)
try:
    query("SELECT 1 +\n  nope")
except pa.ArrowInvalid as error:
    show("error", "<sql>:2:3" in str(error))
client.close()
