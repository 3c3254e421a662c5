# Rows put and read over Arrow Flight with pyarrow; argv: port, rounds. Prints a JSON line a case: bytes, and seconds of each round.
import json
import sys
import time

import pyarrow as pa
import pyarrow.flight as flight

port, rounds = sys.argv[1], int(sys.argv[2])
client = flight.connect(f"grpc://127.0.0.1:{port}")
count = 4_000_000
numbers = pa.table(
    {
        "a": pa.array(range(count), pa.int64()),
        "b": pa.array([i * 1.5 for i in range(count)], pa.float64()),
        "c": pa.array([i % 97 for i in range(count)], pa.int32()),
    }
)
texts = pa.table(
    {
        "k": pa.array(range(1_000_000), pa.int64()),
        "s": pa.array([f"name {i % 1000}" for i in range(1_000_000)], pa.string()),
        "l": pa.array([f"a longer text that is not inline {i}" for i in range(1_000_000)], pa.string()),
    }
)


def put(name, table):
    writer, _ = client.do_put(flight.FlightDescriptor.for_path(name), table.schema)
    writer.write_table(table, max_chunksize=65536)
    writer.close()


def read(name):
    info = client.get_flight_info(flight.FlightDescriptor.for_command(f"SELECT * FROM {name}".encode()))
    return client.do_get(info.endpoints[0].ticket).read_all()


for name, table in {"numbers": numbers, "texts": texts}.items():
    for action in ("put", "read"):
        seconds = []
        for _ in range(rounds):
            start = time.perf_counter()
            if action == "put":
                put(name, table)
            else:
                assert read(name).num_rows == table.num_rows
            seconds.append(time.perf_counter() - start)
        print(json.dumps({"case": f"{action} {name}", "bytes": table.nbytes, "seconds": seconds}))
