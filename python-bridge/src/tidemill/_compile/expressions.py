"""Expressions: each becomes code that leaves its value on the stack."""

from __future__ import annotations

import ast
import math
import struct
import types
from typing import Protocol

from . import wasm
from .calls import CALLS, Call
from .errors import refuse
from .kinds import BOOL, FLOAT, INT, NONE, Kind, Value, join
from .module import Module


class Scope(Protocol):
    """What expressions ask of the function around them."""

    module: Module

    def variable(self, name: str) -> Value | None: ...
    def resolve(self, name: str) -> object: ...
    def temporary(self, wasm_type: int) -> int: ...
    def callee(self, function: types.FunctionType) -> tuple[int, list[Kind], Kind]: ...
    def line(self, node: ast.AST) -> bytes: ...


COMPARISONS: dict[type[ast.cmpop], int] = {ast.Eq: 0, ast.NotEq: 1, ast.Lt: 2, ast.Gt: 3, ast.LtE: 4, ast.GtE: 5}
#: == != < > <= >= by type.
CODES = {"int": b"\x51\x52\x53\x55\x57\x59", "float": b"\x61\x62\x63\x64\x65\x66", "bool": b"\x46\x47\x48\x4a\x4c\x4e"}
INT_HELPERS: dict[type[ast.operator], str] = {ast.Mult: "int_multiply", ast.FloorDiv: "int_floor_divide", ast.Mod: "int_modulo", ast.LShift: "int_shift_left", ast.RShift: "int_shift_right"}
FLOAT_CODES: dict[type[ast.operator], bytes] = {ast.Add: b"\xa0", ast.Sub: b"\xa1", ast.Mult: b"\xa2"}
FLOAT_HELPERS: dict[type[ast.operator], str] = {ast.Div: "float_divide", ast.FloorDiv: "float_floor_divide", ast.Mod: "float_modulo", ast.Pow: "float_power"}
BOOL_CODES: dict[type[ast.operator], bytes] = {ast.BitAnd: b"\x71", ast.BitOr: b"\x72", ast.BitXor: b"\x73"}
BIT_CODES: dict[type[ast.operator], bytes] = {ast.BitAnd: b"\x83", ast.BitOr: b"\x84", ast.BitXor: b"\x85"}


def get(place: int) -> bytes:
    return b"\x20" + wasm.unsigned(place)


def put(place: int) -> bytes:
    return b"\x21" + wasm.unsigned(place)


def constant(value: int | float | bool | None) -> Value:
    if value is None:
        return Value(NONE, b"")
    if isinstance(value, bool):
        return Value(BOOL, b"\x41" + bytes([int(value)]), value)
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            refuse(f"{value} does not fit into 64 bits", None)
        return Value(INT, b"\x42" + wasm.signed(value), value)
    return Value(FLOAT, b"\x44" + struct.pack("<d", value), value)


class Expressions:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=value):
                if value is None or isinstance(value, (bool, int, float)):
                    return constant(value)
                refuse(f"{value!r} is not a number")
            case ast.Name() | ast.Attribute():
                return self._named(node)
            case ast.BinOp(left=left, op=operator, right=right):
                return self._binary(self.value(left), operator, self.value(right), node)
            case ast.UnaryOp(op=ast.Not()):
                return Value(BOOL, self.condition(node))
            case ast.UnaryOp(op=operator, operand=operand):
                return self._unary(operator, self.value(operand), node)
            case ast.BoolOp(op=operator, values=values):
                result = self.value(values[-1])
                for each in reversed(values[:-1]):
                    result = self._either(operator, self.value(each), result)
                return result
            case ast.Compare():
                return self._compare(node)
            case ast.IfExp(test=test, body=body, orelse=otherwise):
                condition = self.condition(test)
                one, other = self.value(body), self.value(otherwise)
                kind = join(one, other, "the value of if … else")
                return self._choice(condition, self.coerce(one, kind, node), self.coerce(other, kind, node), kind)
            case ast.Call():
                return self._call(node)
            case _:
                refuse(f"{type(node).__name__} is not compiled")

    def coerce(self, value: Value, kind: Kind, node: ast.AST, what: str = "a value") -> bytes:
        """Code of the value as another kind that can hold it."""
        given = value.kind
        if given == kind:
            return value.code
        if given == NONE:
            if not kind.optional:
                refuse(f"{what} is None, and {kind} is needed")
            return constant({"int": 0, "float": 0.0, "bool": False}[kind.name]).code + b"\x41\x00"
        if given.optional and not kind.optional:
            refuse(f"{what} may be None, and {kind} is needed", "Test it with `is None` before.")
        if given.optional:
            if given.name == kind.name:
                return value.code
            flag = self._scope.temporary(wasm.I32)
            return value.code + put(flag) + self._convert(given, kind, what) + get(flag)
        converted = value.code + self._convert(given, kind, what)
        if kind.name == "float" and value.literal is not None:
            converted = constant(float(value.literal)).code
        return converted + (b"\x41\x01" if kind.optional else b"")

    def _convert(self, given: Kind, kind: Kind, what: str) -> bytes:
        match given.name, kind.name:
            case one, other if one == other:
                return b""
            case "bool", "int":
                return b"\xad"
            case "int", "float":
                return b"\xb9"
            case "bool", "float":
                return b"\xb7"
            case _:
                refuse(f"{what} is {given.plain}, and {kind.plain} is needed", f"Write {kind.name}(…).")

    def present(self, value: Value, node: ast.AST) -> Value:
        """Of one that may be None; None is a TypeError, as in Python."""
        if value.kind == NONE:
            refuse("the value is None here")
        if not value.kind.optional:
            return value
        check = b"\x45\x04\x40" + self._scope.line(node) + self._scope.module.helper("value_is_none") + b"\x0b"
        return Value(value.kind.plain, value.code + check)

    def truth(self, value: Value) -> bytes:
        if value.kind == NONE:
            return b"\x41\x00"
        test = {"bool": b"", "int": b"\x42\x00\x52", "float": b"\x44" + bytes(8) + b"\x62"}[value.kind.name]
        if not value.kind.optional:
            return value.code + test
        flag = self._scope.temporary(wasm.I32)
        return value.code + put(flag) + test + get(flag) + b"\x71"

    def condition(self, node: ast.expr) -> bytes:
        """Only whether it is true is asked: operands of `and` and `or` may be of any kinds."""
        match node:
            case ast.BoolOp(op=operator, values=values):
                code = self.condition(values[-1])
                for each in reversed(values[:-1]):
                    one, other = (code, b"\x41\x00") if isinstance(operator, ast.And) else (b"\x41\x01", code)
                    code = self._choice(self.condition(each), one, other, BOOL).code
                return code
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.condition(operand) + b"\x45"
            case _:
                return self.truth(self.value(node))

    def save(self, value: Value) -> tuple[bytes, Value]:
        """Code that keeps the value, and the value from there on: for what is used more than once."""
        if value.kind == NONE or value.literal is not None:
            return b"", value
        places = [self._scope.temporary(each) for each in value.kind.wasm_types]
        return value.code + b"".join(put(each) for each in reversed(places)), Value(value.kind, b"".join(get(each) for each in places))

    def _choice(self, condition: bytes, one: bytes, other: bytes, kind: Kind) -> Value:
        if kind == NONE:
            return Value(NONE, b"")
        return Value(kind, condition + b"\x04" + self._scope.module.block_type(kind) + one + b"\x05" + other + b"\x0b")

    def _named(self, node: ast.Name | ast.Attribute) -> Value:
        if isinstance(node, ast.Name):
            variable = self._scope.variable(node.id)
            if variable is not None:
                return variable
        found = self._static(node)
        if found is None or isinstance(found, (bool, int, float)):
            return constant(found)
        refuse(f"{ast.unparse(node)} is not a number")

    def _static(self, node: ast.expr) -> object:
        """What a name outside the function stands for."""
        if isinstance(node, ast.Name):
            return self._scope.resolve(node.id)
        if isinstance(node, ast.Attribute):
            owner = self._static(node.value)
            if isinstance(owner, types.ModuleType) and hasattr(owner, node.attr):
                return getattr(owner, node.attr)
        refuse(f"{ast.unparse(node)} is not compiled")

    def _number(self, value: Value, node: ast.AST) -> Value:
        """Without None, and True as 1."""
        value = self.present(value, node)
        if value.kind == BOOL:
            return Value(INT, self.coerce(value, INT, node), None if value.literal is None else int(value.literal))
        return value

    def _binary(self, left: Value, operator: ast.operator, right: Value, node: ast.AST) -> Value:
        if type(operator) in BIT_CODES and left.kind == right.kind == BOOL:
            return Value(BOOL, left.code + right.code + BOOL_CODES[type(operator)])
        left, right = self._number(left, node), self._number(right, node)
        if left.kind == right.kind == INT:
            return self._int_binary(left, operator, right, node)
        one, other = self.coerce(left, FLOAT, node), self.coerce(right, FLOAT, node)
        code = FLOAT_CODES.get(type(operator))
        if code is not None:
            return Value(FLOAT, one + other + code)
        if isinstance(operator, ast.Pow) and right.literal == 2:
            return Value(FLOAT, one + self._helper("float_square", node))
        if isinstance(operator, ast.Div) and right.literal:
            return Value(FLOAT, one + other + b"\xa3")
        helper = FLOAT_HELPERS.get(type(operator))
        if helper is None:
            refuse(f"{type(operator).__name__} takes int, and here are {left.kind} and {right.kind}")
        return Value(FLOAT, one + other + self._helper(helper, node))

    def _int_binary(self, left: Value, operator: ast.operator, right: Value, node: ast.AST) -> Value:
        if left.literal is not None and right.literal is not None and isinstance(operator, (ast.Add, ast.Sub, ast.Mult)):
            one, other = int(left.literal), int(right.literal)
            return constant(one + other if isinstance(operator, ast.Add) else one - other if isinstance(operator, ast.Sub) else one * other)
        if isinstance(operator, (ast.Add, ast.Sub)):
            return self._sum(left, operator, right, node)
        if type(operator) in BIT_CODES:
            return Value(INT, left.code + right.code + BIT_CODES[type(operator)])
        if isinstance(operator, ast.Div):
            return Value(FLOAT, left.code + right.code + self._helper("int_divide", node))
        if isinstance(operator, ast.Pow):
            if not isinstance(right.literal, int):
                refuse("int ** int is int or float, as the exponent is", "Write float(x) ** y, or an exponent that is a number such as 3.")
            if right.literal < 0:
                return self._binary(Value(FLOAT, self.coerce(left, FLOAT, node)), operator, right, node)
            return Value(INT, left.code + right.code + self._helper("int_power", node))
        if type(operator) not in INT_HELPERS:
            refuse(f"{type(operator).__name__} is not compiled")
        return Value(INT, left.code + right.code + self._helper(INT_HELPERS[type(operator)], node))

    def _sum(self, left: Value, operator: ast.operator, right: Value, node: ast.AST) -> Value:
        """With the check for overflow in place: it is most of what loops do."""
        adds = isinstance(operator, ast.Add)
        save_left, one = self.save(left)
        save_right, other = self.save(right)
        result = self._scope.temporary(wasm.I64)
        code = save_left + save_right + one.code + other.code + (b"\x7c" if adds else b"\x7d") + b"\x22" + wasm.unsigned(result)
        # the sign of the result differs from both of a sum, or from the first of a difference whose signs differ
        code += one.code + get(result) + b"\x85"
        code += other.code + (get(result) if adds else one.code) + b"\x85\x83\x42\x00\x53\x04\x40"
        code += self._scope.line(node) + self._scope.module.helper("overflow") + b"\x0b"
        return Value(INT, code)

    def _helper(self, name: str, node: ast.AST) -> bytes:
        return self._scope.line(node) + self._scope.module.helper(name)

    def _unary(self, operator: ast.unaryop, operand: Value, node: ast.AST) -> Value:
        number = self._number(operand, node)
        if isinstance(operator, ast.UAdd):
            return number
        if number.kind == FLOAT:
            if isinstance(operator, ast.Invert):
                refuse("~ takes int")
            return constant(-number.literal) if number.literal is not None else Value(FLOAT, number.code + b"\x9a")
        if isinstance(operator, ast.Invert):
            return Value(INT, number.code + b"\x42\x7f\x85")
        if number.literal is not None:
            return constant(-number.literal)
        return Value(INT, number.code + self._helper("int_negative", node))

    def _either(self, operator: ast.boolop, left: Value, right: Value) -> Value:
        kind = join(left, right, "the value of and/or")
        if kind == NONE:
            return left
        if kind == BOOL:
            if isinstance(operator, ast.And):
                return self._choice(left.code, right.code, b"\x41\x00", BOOL)
            return self._choice(left.code, b"\x41\x01", right.code, BOOL)
        saved, kept = self.save(left)
        one, other = self.coerce(kept, kind, ast.Pass()), self.coerce(right, kind, ast.Pass())
        chosen = self._choice(self.truth(kept), *((other, one) if isinstance(operator, ast.And) else (one, other)), kind)
        return Value(kind, saved + chosen.code)

    def _compare(self, node: ast.Compare) -> Value:
        left = self.value(node.left)
        tests: list[bytes] = []
        for operator, comparator in zip(node.ops, node.comparators):
            if isinstance(operator, (ast.In, ast.NotIn)):
                if len(node.ops) > 1 or not isinstance(comparator, (ast.Tuple, ast.List, ast.Set)):
                    refuse("in takes values in parentheses: x in (1, 2, 3)")
                saved, left = self.save(left)
                code = b"\x41\x00"
                for each in comparator.elts:
                    code += self._comparison(left, ast.Eq(), self.value(each), node) + b"\x72"
                return Value(BOOL, saved + code + (b"\x45" if isinstance(operator, ast.NotIn) else b""))
            right = self.value(comparator)
            if len(node.ops) > 1:
                saved_left, left = self.save(left)
                saved_right, right = self.save(right)
                # the second is not asked for if the first has failed: it can end with an error
                tests.append(saved_left + saved_right + self._comparison(left, operator, right, node))
            else:
                tests.append(self._comparison(left, operator, right, node))
            left = right
        code = tests[-1]
        for each in reversed(tests[:-1]):
            code = each + b"\x04\x7f" + code + b"\x05\x41\x00\x0b"
        return Value(BOOL, code)

    def _comparison(self, left: Value, operator: ast.cmpop, right: Value, node: ast.AST) -> bytes:
        if isinstance(operator, (ast.Is, ast.IsNot)):
            if right.kind != NONE:
                refuse("is compares with None only", "Write ==.")
            return self._is_none(left) + (b"\x45" if isinstance(operator, ast.IsNot) else b"")
        if type(operator) not in COMPARISONS:
            refuse(f"{type(operator).__name__} is not compiled")
        if isinstance(operator, (ast.Eq, ast.NotEq)) and (left.kind.optional or right.kind.optional or NONE in (left.kind, right.kind)):
            equal = self._equal_with_none(left, right, node)
            return equal + (b"\x45" if isinstance(operator, ast.NotEq) else b"")
        left, right = self.present(left, node), self.present(right, node)
        number = COMPARISONS[type(operator)]
        if left.kind == right.kind:
            return left.code + right.code + CODES[left.kind.name][number : number + 1]
        left, right = self._number(left, node), self._number(right, node)
        if left.kind == right.kind:
            return left.code + right.code + CODES[left.kind.name][number : number + 1]
        for value in (left, right):
            if value.kind == INT and value.literal is not None and abs(value.literal) <= 2**53:
                return self.coerce(left, FLOAT, node) + self.coerce(right, FLOAT, node) + CODES["float"][number : number + 1]
        # −1, 0, 1, or 2 for what is not a number; turned round, 2 must stay apart
        if left.kind == INT:
            order = left.code + right.code + self._scope.module.helper("compare_int_float")
        else:
            saved, kept = self.save(left)
            order = saved + right.code + kept.code + self._scope.module.helper("compare_int_float")
            number = (0, 1, 3, 2, 5, 4)[number]
        place = self._scope.temporary(wasm.I32)
        test = order + b"\x22" + wasm.unsigned(place) + b"\x41\x00" + CODES["bool"][number : number + 1]
        if number == 1:
            return test
        return test + get(place) + b"\x41\x02\x47\x71"

    def _is_none(self, value: Value) -> bytes:
        if value.kind == NONE:
            return value.code + b"\x41\x01"
        if not value.kind.optional:
            return value.code + b"\x1a\x41\x00"
        flag = self._scope.temporary(wasm.I32)
        return value.code + put(flag) + b"\x1a" + get(flag) + b"\x45"

    def _equal_with_none(self, left: Value, right: Value, node: ast.AST) -> bytes:
        if NONE in (left.kind, right.kind):
            return self._is_none(right if left.kind == NONE else left)
        parts: list[tuple[Value, bytes]] = []
        code = b""
        for each in (left, right):
            saved, kept = self.save(each)
            code += saved
            if kept.kind.optional:
                flag = self._scope.temporary(wasm.I32)
                code += kept.code + put(flag) + b"\x1a"
                number = self._scope.temporary(kept.kind.wasm_types[0])
                code += kept.code + b"\x1a" + put(number)
                parts.append((Value(kept.kind.plain, get(number)), get(flag)))
            else:
                parts.append((kept, b"\x41\x01"))
        (one, one_flag), (other, other_flag) = parts
        equal = self._comparison(one, ast.Eq(), other, node)
        return code + one_flag + other_flag + b"\x46" + equal + one_flag + b"\x45\x72\x71"

    def _call(self, node: ast.Call) -> Value:
        if node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
            refuse("arguments by name are not compiled")
        target = self._static(node.func)
        arguments = [self.value(each) for each in node.args]
        function = getattr(target, "__tidemill_function__", target)
        if isinstance(function, types.FunctionType):
            index, kinds, result = self._scope.callee(function)
            if len(kinds) != len(arguments):
                refuse(f"{function.__name__} takes {len(kinds)} arguments, and here are {len(arguments)}", None)
            code = b"".join(
                self.coerce(given if kind.optional else self.present(given, node), kind, node, "an argument")
                for given, kind in zip(arguments, kinds)
            )
            return Value(result, code + b"\x10" + wasm.unsigned(index))
        try:
            call = CALLS.get(target)  # type: ignore[call-overload]
        except TypeError:
            call = None
        if call is None:
            refuse(f"{ast.unparse(node.func)}() is not compiled")
        return self._builtin(call, ast.unparse(node.func), arguments, node)

    def _builtin(self, call: Call, name: str, arguments: list[Value], node: ast.AST) -> Value:
        if not call.least <= len(arguments) <= call.most:
            refuse(f"{name}() is not compiled with {len(arguments)} arguments")
        if call.special == "bool":
            return Value(BOOL, self.truth(arguments[0]))
        arguments = [self._number(each, node) for each in arguments]
        one = arguments[0]
        match call.special:
            case "abs":
                return Value(FLOAT, one.code + b"\x99") if one.kind == FLOAT else Value(INT, one.code + self._helper("int_absolute", node))
            case "int" | "floor" | "ceil" | "round" | "trunc":
                helper = {"int": "float_to_int", "trunc": "float_to_int", "floor": "float_floor", "ceil": "float_ceiling", "round": "float_round"}
                return one if one.kind == INT else Value(INT, one.code + self._helper(helper[call.special], node))
            case "float":
                return Value(FLOAT, self.coerce(one, FLOAT, node), None if one.literal is None else float(one.literal))
            case "min" | "max":
                result = one
                for each in arguments[1:]:
                    result = self._extreme(call.special, result, each, node)
                return result
            case "pow":
                return self._binary(one, ast.Pow(), arguments[1], node)
            case "log base":
                if len(arguments) == 1:
                    return Value(FLOAT, self.coerce(one, FLOAT, node) + self._helper("log", node))
                logs = [self.coerce(each, FLOAT, node) + self._helper("log", node) for each in arguments]
                return Value(FLOAT, logs[0] + logs[1] + self._helper("float_divide", node))
            case "isnan" | "isinf" | "isfinite":
                return self._classified(call.special, self.coerce(one, FLOAT, node))
            case "code":
                return Value(FLOAT, b"".join(self.coerce(each, FLOAT, node) for each in arguments) + call.code)
            case "scaled":
                return Value(FLOAT, self.coerce(one, FLOAT, node) + constant(call.factor).code + b"\xa2")
            case _:
                code = b"".join(self.coerce(each, call.takes, node) for each in arguments)
                return Value(call.gives, code + self._helper(call.helper, node))

    def _extreme(self, name: str, one: Value, other: Value, node: ast.AST) -> Value:
        """The first of equals, and whichever comparisons with NaN leave, as in Python."""
        saved_one, one = self.save(one)
        saved_other, other = self.save(other)
        kind = join(one, other, f"an argument of {name}()")
        better = self._comparison(other, ast.Lt() if name == "min" else ast.Gt(), one, node)
        chosen = self._choice(better, self.coerce(other, kind, node), self.coerce(one, kind, node), kind)
        return Value(kind, saved_one + saved_other + chosen.code)

    def _classified(self, name: str, code: bytes) -> Value:
        place = self._scope.temporary(wasm.F64)
        if name == "isnan":
            return Value(BOOL, code + b"\x22" + wasm.unsigned(place) + get(place) + b"\x62")
        infinite = constant(math.inf).code
        return Value(BOOL, code + b"\x99" + infinite + (b"\x61" if name == "isinf" else b"\x63"))
