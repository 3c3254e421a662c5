"""Functions of Python in PyFlink, parallelism 1, in a Flink that this process starts: python udf.py REQUEST, a JSON object of
`mode` (process or thread), `setup` and `statements`. Prints a JSON list with the seconds, and the CPU seconds of this process and all below it, of each statement.
"""
import json
import os
import sys
import sysconfig
import time

# The interpreter that thread mode starts inside of Java does not know of the virtual environment.
os.environ["PYTHONPATH"] = os.pathsep.join([os.path.dirname(os.path.abspath(__file__)), sysconfig.get_path("purelib")])

from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import udf

from functions import label, risk


def cpu_seconds():
    """Of this process and all below it, those that have ended as well."""
    parents, used = {}, {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat") as file:
                fields = file.read().rsplit(") ", 1)[1].split()
        except OSError:
            continue
        parents[int(name)] = int(fields[1])
        used[int(name)] = sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    total = 0.0
    for process in used:
        above = process
        while above not in (0, 1, os.getpid()):
            above = parents.get(above, 0)
        if above == os.getpid():
            total += used[process]
    return total


request = json.loads(sys.argv[1])
environment = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
settings = environment.get_config()
settings.set("parallelism.default", "1")
settings.set("pipeline.object-reuse", "true")
settings.set("python.execution-mode", request["mode"])
settings.set("python.executable", sys.executable)
settings.set("python.client.executable", sys.executable)
settings.set("python.files", os.path.join(os.path.dirname(os.path.abspath(__file__)), "functions.py"))
environment.create_temporary_function("risk", udf(risk, result_type=DataTypes.DOUBLE()))
environment.create_temporary_function("label", udf(label, result_type=DataTypes.STRING()))
for statement in request["setup"]:
    environment.execute_sql(statement)
results = []
for statement in request["statements"]:
    cpu, start = cpu_seconds(), time.perf_counter()
    environment.execute_sql(statement).wait()
    results.append({"seconds": time.perf_counter() - start, "cpuSeconds": cpu_seconds() - cpu})
print(json.dumps(results))
