"""python compile.py SOURCES FILE: risk, as @tm.udf compiles it, without the package's dependencies."""
import sys
import types

package = types.ModuleType("tidemill")
package.__path__ = [f"{sys.argv[1]}/tidemill"]
sys.modules["tidemill"] = package
from functions import risk  # noqa: E402
from tidemill._compile.function import compile_function  # noqa: E402

with open(sys.argv[2], "wb") as file:
    file.write(compile_function(risk).wasm)
