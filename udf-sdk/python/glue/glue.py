"""Behind a user's functions of values: the world tidemill:udf/functions, which gives columns."""
from array import array
from itertools import accumulate, pairwise, repeat
from types import SimpleNamespace

from componentize_py_types import Err
from wit_world import Column
import wit_world

CODES = {"boolean": "B", "i8": "b", "i16": "h", "i32": "i", "f32": "f", "f64": "d", "i64": "q"}


def values_of(column, kind, rows):
    validity, data, text = column.validity, column.data, column.text
    if kind in CODES:
        values = array(CODES[kind])
        values.frombytes(data)
        values = [value != 0 for value in values] if kind == "boolean" else values.tolist()
    elif kind == "i128":
        values = [int.from_bytes(data[16 * row : 16 * row + 16], "little", signed=True) for row in range(rows)]
    else:
        ends = array("i")
        ends.frombytes(data)
        whole = text.decode() if kind == "text" else text
        if len(whole) == len(text):
            values = [whole[start:end] for start, end in pairwise(ends)]
        else:
            values = [text[start:end].decode() for start, end in pairwise(ends)]
    if validity:
        values = [value if validity[row >> 3] >> (row & 7) & 1 else None for row, value in enumerate(values)]
    return values


def column_of(values, kind):
    valid = b""
    if None in values:
        validity = bytearray(b"\xff" * ((len(values) + 7) >> 3))
        for row, value in enumerate(values):
            if value is None:
                validity[row >> 3] &= ~(1 << (row & 7))
        valid = bytes(validity)
        nothing = {"text": "", "bytes": b""}.get(kind, 0)
        values = [nothing if value is None else value for value in values]
    if kind in CODES:
        return Column(valid, array(CODES[kind], values).tobytes(), b"")
    if kind == "i128":
        return Column(valid, b"".join(value.to_bytes(16, "little", signed=True) for value in values), b"")
    parts = [value.encode() for value in values] if kind == "text" else values
    return Column(valid, array("i", accumulate(map(len, parts), initial=0)).tobytes(), b"".join(parts))


def rows_of(arguments, kinds, nullable, rows):
    """The values of each row; None for a row with a NULL in an argument that cannot be one: that is the engine's, and what is given for it does not count."""
    columns = [values_of(column, kind, rows) for column, kind in zip(arguments, kinds)]
    if not columns:
        return repeat((), rows)
    if not any(column.validity and not may for column, may in zip(arguments, nullable)):
        return zip(*columns)
    return (None if any(value is None and not may for value, may in zip(values, nullable)) else values for values in zip(*columns))


def numbers_of(data):
    numbers = array("I")
    numbers.frombytes(data)
    return numbers


def states_of(columns, kinds):
    """Accumulators as tuples; a block, which begins with its length, as bytes."""
    if kinds is None:
        data, size = columns
        blocks = [data[at : at + size] for at in range(0, len(data), size)]
        return [(block[4 : 4 + int.from_bytes(block[:4], "little")],) for block in blocks]
    return list(zip(*(values_of(column, kind, len(column.data) // array(CODES[kind]).itemsize) for column, kind in zip(columns, kinds))))


def columns_of(states, kinds, size):
    if kinds is not None:
        return [column_of([state[place] for state in states], kind) for place, kind in enumerate(kinds)]
    blocks = []
    for (state,) in states:
        if len(state) > size - 4:
            raise Err(f"an accumulator of {len(state)} bytes, and {size} are kept, 4 of them for the length")
        blocks.append(len(state).to_bytes(4, "little") + bytes(state).ljust(size - 4, b"\0"))
    return [Column(b"", b"".join(blocks), b"")]


def as_state(value):
    return value if isinstance(value, tuple) else (value,)


class Aggregate:
    def __init__(self, name, kinds, nullable, result, kept, size):
        self.kinds, self.nullable, self.result, self.kept, self.size = kinds, nullable, result, kept, size
        self.parts = {part: getattr(user, f"{name}_{part}", None) for part in ("init", "accumulate", "retract", "merge", "finish")}

    def states(self, columns):
        return states_of((columns[0].data, self.size) if self.kept is None else columns, self.kept)

    def columns(self, states):
        return attempt(None, columns_of, states, self.kept, self.size)


EMPTY = {"boolean": False, "text": "", "bytes": b"", "f32": 0.0, "f64": 0.0}


class Context:
    """What a process table function knows of its row or timer, and asks for; times are milliseconds since 1970."""

    def __init__(self, process, watermark, requests):
        self._process, self.watermark, self._requests = process, watermark, requests
        self.time, self.weight, self.timer = None, 1, None

    def at(self, partition, states):
        self._partition, self._states = partition, states
        return self

    def set_timer(self, name, time):
        self._ask(1, name, time)

    def clear_timer(self, name, time=0):
        self._ask(2, name, time)

    def clear_timers(self):
        self._ask(3, "", 0)

    def _ask(self, action, name, time):
        for column, value in zip(self._requests, (self._partition, action, time, name or "")):
            column.append(value)

    def clear_state(self):
        """All states are as they begin."""
        for state, shape in zip(self._states, self._process.states):
            vars(state).update(shape)

    def is_new(self):
        """Whether all states are as they begin."""
        return all(vars(state) == shape for state, shape in zip(self._states, self._process.states))


class Process:
    def __init__(self, name, kinds, nullable, result, states):
        self.row, self.timer = getattr(user, name), getattr(user, f"{name}_timer", None)
        self.kinds, self.nullable, self.result, self.shapes = kinds, nullable, result, states
        self.states = [{field: None if may else EMPTY.get(kind, 0) for field, kind, may in shape} for shape in states]

    def run(self, partitions, watermark, states, calls):
        """calls gives (row, partition, function, arguments) and sets what the context says."""
        requests = ([], [], [], [])
        context, kept = Context(self, watermark, requests), self.states_of(states, partitions)
        made_of, made = array("I"), []
        for row, partition, function, values in calls(context):
            own = kept[partition]
            for each in attempt(row, lambda: list(function(context.at(partition, own), *own, *values) or ())):
                made_of.append(row)
                made.append(as_state(each))
        rows = [Column(b"", made_of.tobytes(), b""), *(column_of([each[at] for each in made], kind) for at, kind in enumerate(self.result))]
        timers = attempt(None, lambda: [Column(b"", array("I", requests[0]).tobytes(), b""), *map(column_of, requests[1:], ("i8", "i64", "text"))])
        return rows, attempt(None, self.columns_of, kept), timers

    def states_of(self, columns, partitions):
        at, states = 0, []
        for shape in self.shapes:
            values = [values_of(column, kind, partitions) for column, (_, kind, _) in zip(columns[at:], shape)]
            at += len(shape)
            names = [field for field, _, _ in shape]
            states.append([SimpleNamespace(**dict(zip(names, each))) for each in zip(*values)])
        return list(zip(*states)) if states else [()] * partitions

    def columns_of(self, kept):
        return [
            column_of([getattr(states[at], field) for states in kept], kind)
            for at, shape in enumerate(self.shapes)
            for field, kind, _ in shape
        ]


def attempt(row, function, *values):
    try:
        return function(*values)
    except Err:
        raise
    except Exception as error:
        raise Err(f"row {row} of the batch: {error}" if row is not None else str(error))


class WitWorld(wit_world.WitWorld):
    def call(self, name, rows, arguments):
        function, kinds, nullable, result = FUNCTIONS[name]
        results = []
        try:
            for values in rows_of(arguments, kinds, nullable, rows):
                results.append(None if values is None else function(*values))
        except Err:
            raise
        except Exception as error:
            raise Err(f"row {len(results)} of the batch: {error}")
        return column_of(results, result)

    def call_table(self, name, rows, arguments):
        function, kinds, nullable, results = FUNCTIONS[name]
        made_of, made = array("I"), []
        for row, values in enumerate(rows_of(arguments, kinds, nullable, rows)):
            if values is None:
                continue
            for each in attempt(row, lambda *given: list(function(*given) or ()), *values):
                made_of.append(row)
                made.append(as_state(each))
        columns = [column_of([each[at] for each in made], kind) for at, kind in enumerate(results)]
        return [Column(b"", made_of.tobytes(), b""), *columns]

    def begin(self, name):
        aggregate = AGGREGATES[name]
        return aggregate.columns([as_state(attempt(None, aggregate.parts["init"]))])

    def accumulate(self, name, accumulators, rows, groups, retract, arguments):
        aggregate = AGGREGATES[name]
        states = aggregate.states(accumulators)
        for row, (group, values) in enumerate(zip(numbers_of(groups), rows_of(arguments, aggregate.kinds, aggregate.nullable, rows))):
            if values is not None:
                part = "retract" if retract and retract[row] else "accumulate"
                states[group] = as_state(attempt(row, aggregate.parts[part], *states[group], *values))
        return aggregate.columns(states)

    def merge(self, name, accumulators, groups, others):
        aggregate = AGGREGATES[name]
        states = aggregate.states(accumulators)
        for group, other in zip(numbers_of(groups), aggregate.states(others)):
            states[group] = as_state(attempt(None, aggregate.parts["merge"], *states[group], *other))
        return aggregate.columns(states)

    def finish(self, name, groups, accumulators):
        aggregate = AGGREGATES[name]
        return column_of([attempt(None, aggregate.parts["finish"], *state) for state in aggregate.states(accumulators)], aggregate.result)

    def call_process(self, name, rows, partitions, groups, times, weights, watermark, states, arguments):
        process = PROCESSES[name]
        at, taken = array("q"), array("b")
        at.frombytes(times)
        taken.frombytes(weights)

        def calls(context):
            for row, (group, values) in enumerate(zip(numbers_of(groups), rows_of(arguments, process.kinds, process.nullable, rows))):
                if at:
                    context.time = at[row]
                if taken:
                    context.weight = taken[row]
                yield row, group, process.row, values

        return process.run(partitions, watermark, states, calls)

    def call_timers(self, name, timers, times, names, watermark, states):
        process = PROCESSES[name]
        at = array("q")
        at.frombytes(times)

        def calls(context):
            for row, timer in enumerate(values_of(names, "text", timers)):
                context.time, context.timer = at[row], timer or None
                yield row, row, process.timer, ()

        return process.run(timers, watermark, states, calls)
