"""Functions of columns in Python, for the world tidemill:udf/functions."""
from array import array

from componentize_py_types import Err
from wit_world import Column
import wit_world


class WitWorld(wit_world.WitWorld):
    def call(self, name, rows, arguments):
        if name == "line":
            x = array("d")
            x.frombytes(arguments[0].data)
            return Column(b"", array("d", [value * 2 + 1 for value in x]).tobytes(), b"")
        if name == "shout":
            return Column(b"", arguments[0].data, arguments[0].text.upper())
        if name == "spin":
            while True:
                pass
        raise Err("the tide is out")
