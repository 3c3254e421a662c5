"""Compiled functions give what CPython gives, or end where it raises, or where an integer leaves 64 bits."""

from __future__ import annotations

import inspect
import math
import os
import random
import struct
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tidemill._compile import CompileError, compile_function
from tests.compiled import Aborted, compiled

#: More with EXAMPLES=10000.
EXAMPLES = int(os.environ.get("EXAMPLES", "120"))

INTS = st.one_of(
    st.integers(-20, 20),
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from([0, 1, -1, 2**31, -(2**31), 2**53, 2**53 + 1, -(2**53) - 1, 2**62, 2**63 - 1, -(2**63)]),
)
FLOATS = st.one_of(
    st.floats(-100, 100),
    st.floats(),
    st.integers(-(2**60), 2**60).map(float),
    st.sampled_from([0.0, -0.0, 0.5, -0.5, 1.5, 2.5, 1e308, -1e308, 5e-324, 2.0**63, -(2.0**63), 2.0**53, math.inf, -math.inf, math.nan]),
)
BOOLS = st.booleans()


def add(a: int, b: int) -> int:
    return a + b


def subtract(a: int, b: int) -> int:
    return a - b


def multiply(a: int, b: int) -> int:
    return a * b


def divide(a: int, b: int) -> float:
    return a / b


def floor_divide(a: int, b: int) -> int:
    return a // b


def modulo(a: int, b: int) -> int:
    return a % b


def shift(a: int, b: int) -> int:
    return (a << b) ^ (a >> b)


def bits(a: int, b: int) -> int:
    return (a & b) | (~a ^ b)


def cube(a: int, b: int) -> int:
    return a**3 - b**2


def root(a: int, b: int) -> int:
    return math.isqrt(a) + math.gcd(a, b)


def signs(a: int, b: int) -> int:
    return abs(a) if a < b else -b


def extremes(a: int, b: int) -> int:
    return min(a, b, 5) + max(a, -b)


@pytest.mark.parametrize("function", [add, subtract, multiply, divide, floor_divide, modulo, shift, bits, cube, root, signs, extremes])
@settings(max_examples=EXAMPLES, deadline=None)
@given(a=INTS, b=INTS)
def test_whole_numbers(function: Any, a: int, b: int) -> None:
    if function is shift and abs(b) > 200:
        b %= 70
    same(function, a, b)


def float_sum(a: float, b: float) -> float:
    return a + b - a * b


def float_divide(a: float, b: float) -> float:
    return a / b


def float_floor_divide(a: float, b: float) -> float:
    return a // b


def float_modulo(a: float, b: float) -> float:
    return a % b


def float_fmod(a: float, b: float) -> float:
    return math.fmod(a, b)


def square(a: float, b: float) -> float:
    return math.copysign(a**2, b)


def whole(a: float, b: float) -> int:
    return int(a) - round(b)


def down_and_up(a: float, b: float) -> int:
    return math.floor(a) + math.ceil(b) if a < b else math.trunc(b)


def order(a: float, b: float) -> int:
    return (a < b) + 2 * (a <= b) + 4 * (a == b) + 8 * (a != b) + 16 * (a > b) + 32 * (a >= b)


def float_extremes(a: float, b: float) -> float:
    return min(a, b) - max(b, a)


def truth(a: float, b: float) -> float:
    return a or b and 1.5


def classes(a: float, b: float) -> bool:
    return math.isnan(a) or not math.isinf(b) and math.isfinite(a) and not a


def roots(a: float, b: float) -> float:
    return math.sqrt(a) + math.fabs(b)


FLOAT_FUNCTIONS = [
    *(float_sum, float_divide, float_floor_divide, float_modulo, float_fmod, square, whole, down_and_up, order),
    *(float_extremes, truth, classes, roots),
]


@pytest.mark.parametrize("function", FLOAT_FUNCTIONS)
@settings(max_examples=EXAMPLES, deadline=None)
@given(a=FLOATS, b=FLOATS)
@example(a=1.0, b=0.1)
@example(a=-0.0, b=1.0)
def test_floats(function: Any, a: float, b: float) -> None:
    # C's pow, which CPython calls, rounds a square the other way now and then
    same(function, a, b, relative=3e-16 if function is square else 0)


def mixed_order(a: int, b: float) -> int:
    return (a < b) + 2 * (a <= b) + 4 * (a == b) + 8 * (a != b) + 16 * (b > a) + 32 * (b >= a) + 64 * (b < a) + 128 * (b != a)


def mixed(a: int, b: float) -> float:
    return a * b + a - b


def mixed_chain(a: int, b: float) -> bool:
    return -5 < a <= b < 1e6 or b in (1, 2.5) or a not in (7, 8)


@pytest.mark.parametrize("function", [mixed_order, mixed, mixed_chain])
@settings(max_examples=EXAMPLES, deadline=None)
@given(a=INTS, b=FLOATS)
@example(a=2**53 + 1, b=2.0**53)
def test_whole_numbers_with_floats(function: Any, a: int, b: float) -> None:
    same(function, a, b)


def m_exp(a: float, b: float) -> float:
    return math.exp(a)


def m_log(a: float, b: float) -> float:
    return math.log(a) * math.log10(b)


def m_sin(a: float, b: float) -> float:
    return math.sin(a) * math.cos(b)


def m_tan(a: float, b: float) -> float:
    return math.tan(a)


def m_pow(a: float, b: float) -> float:
    return math.pow(a, b)


def m_power(a: float, b: float) -> float:
    return a**b


def m_atan2(a: float, b: float) -> float:
    return math.atan2(a, b)


def m_hypot(a: float, b: float) -> float:
    return math.hypot(a, b)


def m_asin(a: float, b: float) -> float:
    return math.asin(a) * math.acos(a)


def m_sinh(a: float, b: float) -> float:
    return math.sinh(a) * math.tanh(b)


def m_acosh(a: float, b: float) -> float:
    return math.acosh(a) * math.asinh(b)


def m_log1p(a: float, b: float) -> float:
    return math.log1p(a) * math.expm1(b)


def m_log2(a: float, b: float) -> float:
    return math.log2(a)


@pytest.mark.parametrize("function", [m_exp, m_log, m_sin, m_tan, m_pow, m_power, m_atan2, m_hypot, m_asin, m_sinh, m_acosh, m_log1p, m_log2])
@settings(max_examples=EXAMPLES, deadline=None)
@given(a=FLOATS, b=FLOATS)
def test_module_math(function: Any, a: float, b: float) -> None:
    same(function, a, b, relative=1e-14)


def collatz(n: int, most: int) -> int:
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n //= 2
        else:
            n = 3 * n + 1
        steps += 1
        if steps >= most:
            break
    return steps


def ranges(start: int, stop: int, step: int) -> int:
    total = 0
    for i in range(start, stop, step):
        if i % 5 == 3:
            continue
        for j in range(3):
            if j == 2 and i % 2:
                break
            total += i * j
        i = 1000
        total -= i
        if total > 10**12:
            return -1
    return total


def logistic(x: float, r: float, n: int) -> float:
    average = 0
    for _ in range(n):
        x = r * x * (1 - x)
        average += x / n
    return average


def swap(a: int, b: int) -> int:
    for _ in range(10):
        a, b = b, (a + b) % 1000003
    return a * 2 - b


def optional(a: float | None, b: int | None) -> float | None:
    if a is None:
        return None if b is None else b
    c = b
    if c is not None and c > 3:
        c = None
    if c == b:
        return a
    return -a if c is None and b != 7 else 0.5 if c is None else float(c)


def adds_none(a: float | None, b: int | None) -> float:
    return a + (b or 2)


def factorial(n: int) -> int:
    return 1 if n < 2 else n * factorial(n - 1)


def calls(n: int) -> int:
    return factorial(abs(n) % 25) + collatz(abs(n) % 100 + 1, SOME)


SOME = 40


@settings(max_examples=EXAMPLES, deadline=None)
@given(n=st.integers(1, 10**6), most=st.integers(0, 300))
def test_while(n: int, most: int) -> None:
    same(collatz, n, most)


@settings(max_examples=EXAMPLES, deadline=None)
@given(start=st.integers(-50, 50), stop=st.integers(-50, 50), step=st.integers(-7, 7))
def test_ranges(start: int, stop: int, step: int) -> None:
    same(ranges, start, stop, step)


def far_range(start: int, stop: int, step: int) -> int:
    count = 0
    for i in range(start, stop, step):
        count += 1
        if count > 9:
            return i
    return count


@settings(max_examples=EXAMPLES, deadline=None)
@given(start=INTS, stop=INTS, step=INTS)
@example(start=2**63 - 5, stop=2**63 - 1, step=3)
@example(start=-(2**63) + 5, stop=-(2**63), step=-3)
def test_ranges_at_the_ends_of_64_bits(start: int, stop: int, step: int) -> None:
    same(far_range, start, stop, step)


@settings(max_examples=EXAMPLES, deadline=None)
@given(x=st.floats(0, 1), r=st.floats(0, 4), n=st.integers(0, 50))
def test_loops_over_floats(x: float, r: float, n: int) -> None:
    same(logistic, x, r, n)


@settings(max_examples=EXAMPLES, deadline=None)
@given(a=st.one_of(st.none(), FLOATS), b=st.one_of(st.none(), INTS))
@pytest.mark.parametrize("function", [optional, adds_none])
def test_none(function: Any, a: float | None, b: int | None) -> None:
    same(function, a, b)


@settings(max_examples=EXAMPLES, deadline=None)
@given(n=st.integers(-1000, 1000))
def test_calls(n: int) -> None:
    same(calls, n)


def test_swap() -> None:
    for _ in range(50):
        same(swap, random.randrange(10**6), random.randrange(10**6))


def test_an_error_has_its_line() -> None:
    with pytest.raises(Aborted) as caught:
        compiled(divide)(1, 0)
    assert caught.value.line == inspect.getsourcelines(divide)[1] + 1


# What is not compiled


def text(a: float) -> str:
    return "x"


def untyped(a) -> float:  # type: ignore[no-untyped-def]
    return 1.0


def says(a: float) -> float:
    print(a)
    return a


def lists(a: float) -> float:
    b = [a]
    return b[0]


def two_kinds(a: int) -> float:
    b = a
    b = b * 0.5
    return b


def no_end(a: int) -> int:
    if a > 1:
        return 1


def unassigned(a: int) -> int:
    if a > 1:
        b = 2
    return b


def int_to_any(a: int, b: int) -> float:
    return a**b


def float_for_int(a: float) -> int:
    return a * 2


def raises(a: float) -> float:
    try:
        return a
    finally:
        pass


def later(a: int) -> int:
    for i in range(a):
        b = i
    return b


def huge(a: int) -> int:
    return a + 9223372036854775808


@pytest.mark.parametrize(
    ("function", "message", "line"),
    [
        (text, "the result has the type str", 0),
        (untyped, "parameter a has no type", 0),
        (says, "print() is not compiled", 1),
        (lists, "List is not compiled", 1),
        (two_kinds, "b is int here and float there", 2),
        (no_end, "the function can end without return", 0),
        (unassigned, "b may have no value here", 3),
        (int_to_any, "int ** int is int or float", 1),
        (float_for_int, "the result is float, and int is needed", 1),
        (raises, "try is not compiled", 1),
        (later, "b may have no value here", 3),
        (huge, "9223372036854775808 does not fit", 1),
    ],
)
def test_refusals_name_the_line(function: Any, message: str, line: int) -> None:
    with pytest.raises(CompileError) as caught:
        compile_function(function)
    assert message in caught.value.message
    assert caught.value.line == inspect.getsourcelines(function)[1] + line
    assert caught.value.file.endswith("test_compile.py")


def test_signatures() -> None:
    made = compile_function(optional, "public")
    assert b'"name": "public"' in made.wasm and b'"arguments": ["DOUBLE", "BIGINT"]' in made.wasm and b'"nulls": "call"' in made.wasm
    assert b'"nulls": "propagate"' in compile_function(add).wasm


_compiled: dict[Any, Any] = {}


def same(function: Any, *arguments: Any, relative: float = 0) -> None:
    """One result: equal, or both end; a whole number that leaves 64 bits ends ours."""
    ours = _compiled.get(function) or _compiled.setdefault(function, compiled(function))
    expected: Any = None
    raised: BaseException | None = None
    try:
        expected = function(*arguments)
    except (ArithmeticError, ValueError, TypeError) as error:
        raised = error
    if isinstance(expected, complex):
        raised = ValueError()
    if isinstance(expected, int) and not -(2**63) <= expected < 2**63:
        raised = OverflowError()
    try:
        found = ours(*arguments)
    except Aborted:
        # something on the way may have left 64 bits where CPython's did not end
        assert raised is not None or leaves_64_bits(function), (function.__name__, arguments, expected)
        return
    assert raised is None, (function.__name__, arguments, found, raised)
    if expected is None:
        assert found is None, (function.__name__, arguments, found)
    elif isinstance(found, float):
        close = relative > 0 and math.isclose(found, expected, rel_tol=relative, abs_tol=5e-324 if relative else 0)
        assert close or struct.pack("<d", found) == struct.pack("<d", float(expected)) or (found != found and expected != expected), (
            function.__name__,
            arguments,
            found,
            expected,
        )
    else:
        assert found == expected, (function.__name__, arguments, found, expected)


def leaves_64_bits(function: Any) -> bool:
    return function in (cube, shift, down_and_up, whole, extremes, root, signs, optional, calls, ranges)
