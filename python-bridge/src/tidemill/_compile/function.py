"""Functions and their statements."""

from __future__ import annotations

import ast
import inspect
import textwrap
import types
import typing
from dataclasses import dataclass, field

from . import wasm
from .errors import CompileError, NotCompiled, Pending, refuse
from .expressions import Expressions, Scope
from .kinds import BOOL, INT, NONE, WASM_TYPE, Kind, Value, join, kind_of_annotation
from .module import Module, NeedsMath


@dataclass(frozen=True)
class Compiled:
    """A module with one scalar function."""

    name: str
    parameters: tuple[tuple[str, Kind], ...]
    result: Kind
    wasm: bytes


def compile_function(function: types.FunctionType, name: str | None = None) -> Compiled:
    """
    Compiles a function whose parameters and result are annotated with `int`, `float`, `bool`, or these `| None`, and the functions it calls.

    Raises CompileError for what is not compiled, with its line.

    >>> def late(delay: float) -> bool:
    ...     return delay > 15
    >>> compile_function(late).result
    Kind(name='bool', optional=False)
    """
    for with_math in (False, True):
        program = Program(Module(with_math))
        try:
            made = program.function(function)
        except NeedsMath:
            continue
        public = name or function.__name__
        names = [each for each, _ in made.parameters]
        kinds = [kind for _, kind in made.parameters]
        return Compiled(public, tuple(made.parameters), made.result, program.module.encode(public, made.index, names, kinds, made.result))
    raise AssertionError("the base module lacks a helper")


@dataclass
class Made:
    index: int
    parameters: list[tuple[str, Kind]]
    result: Kind


class Program:
    """Functions that call each other."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._made: dict[types.FunctionType, Made] = {}

    def function(self, function: types.FunctionType) -> Made:
        made = self._made.get(function)
        if made is None:
            made = self._compile(function)
        return made

    def _compile(self, function: types.FunctionType) -> Made:
        with Places(function) as places:
            tree, offset = places.source()
            parameters, result = signature_of(function, tree)
            made = Made(self.module.declare(), parameters, result)
            self._made[function] = made
            body = FunctionBody(self, function, tree, parameters, result, offset)
            local_types, encoded = body.compile()
        self.module.define(made.index, [kind for _, kind in parameters], result.wasm_types, local_types, encoded)
        return made


class Places:
    """Gives what is refused within it its place in the user's file."""

    def __init__(self, function: types.FunctionType) -> None:
        self._function = function
        self._offset = 0
        self._line = function.__code__.co_firstlineno

    def source(self) -> tuple[ast.FunctionDef, int]:
        tree, self._offset = _source(self._function)
        self._line = self._offset + tree.lineno
        return tree, self._offset

    def __enter__(self) -> Places:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: types.TracebackType | None) -> None:
        if isinstance(problem, NotCompiled):
            line = self._offset + problem.line if problem.line is not None else self._line
            name = self._function.__qualname__.rpartition("<locals>.")[2]
            raise CompileError(problem.message, hint=problem.hint, function=name, file=self._function.__code__.co_filename, line=line) from None


def _source(function: types.FunctionType) -> tuple[ast.FunctionDef, int]:
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError):
        refuse("the source text cannot be read", "Define the function in a file or a notebook cell.")
    tree = ast.parse(textwrap.dedent("".join(lines))).body[0]
    if not isinstance(tree, ast.FunctionDef):
        refuse("not a plain function")
    return tree, first - 1


def signature_of(
    function: types.FunctionType, tree: ast.FunctionDef, first: int = 0, result: str = "value"
) -> tuple[list[tuple[str, Kind]], Kind]:
    """Parameters from the `first` one on, and the result, unless it is to be None."""
    arguments = tree.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults:
        refuse("defaults, *, *args and **kwargs are not compiled", "Give plain parameters with types.")
    try:
        hints = typing.get_type_hints(function)
    except Exception as problem:
        refuse(f"the annotations cannot be read: {problem}")
    parameters: list[tuple[str, Kind]] = []
    for each in (*arguments.posonlyargs, *arguments.args)[first:]:
        if each.arg not in hints:
            refuse(f"parameter {each.arg} has no type", f"Write {each.arg}: float, or int, bool, float | None …")
        kind = kind_of_annotation(hints[each.arg], f"parameter {each.arg}")
        if kind == NONE:
            refuse(f"parameter {each.arg} is always None")
        parameters.append((each.arg, kind))
    if result == "none":
        return parameters, NONE
    if "return" not in hints:
        refuse("the result has no type", f"Write def {function.__name__}(…) -> float: or int, bool, float | None …")
    kind = kind_of_annotation(hints["return"], "the result")
    if kind == NONE:
        refuse("the result is always None")
    return parameters, kind


@dataclass
class Variable:
    kind: Kind
    #: Whole numbers that were written as such may become floats.
    literal: bool
    place: int = -1
    flag: int = -1


@dataclass
class Flow:
    """What is known at a place of the text."""

    assigned: set[str]
    #: The place is not reached.
    ended: bool = False


@dataclass
class Loop:
    break_at: int
    continue_at: int
    broken: list[set[str]] = field(default_factory=list)


class FunctionBody(Scope):
    """Statements of one function. Types of variables are found by compiling until they do not change."""

    def __init__(
        self,
        program: Program,
        function: types.FunctionType,
        tree: ast.FunctionDef,
        parameters: list[tuple[str, Kind]],
        result: Kind,
        line_offset: int,
    ) -> None:
        self.module = program.module
        self._program = program
        self._function = function
        self._tree = tree
        self._parameters = parameters
        self._result = result
        self._line_offset = line_offset
        self._variables: dict[str, Variable] = {name: Variable(kind, False) for name, kind in parameters}
        self._parameter_types = [each for _, kind in parameters for each in kind.wasm_types]
        self._locals: list[int] = []
        self._depth = 0
        self._loops: list[Loop] = []
        self._flow = Flow(set())
        self._changed = False
        self._final = False
        self.expressions = Expressions(self)

    def compile(self) -> tuple[list[int], bytes]:
        for _ in range(2 * len(list(ast.walk(self._tree))) + 2):
            code = self._pass()
            if self._final:
                return self._locals, code
            self._final = not self._changed
        raise AssertionError("the types of variables do not settle")

    def _pass(self) -> bytes:
        self._changed = False
        self._locals = []
        place = 0
        for variable in self._variables.values():
            variable.place = variable.flag = -1
        for name, kind in self._parameters:
            variable = self._variables[name]
            if variable.kind == kind:
                variable.place = place
                variable.flag = place + 1 if kind.optional else -1
            place += len(kind.wasm_types)
        prologue = b""
        place = 0
        for name, kind in self._parameters:
            if self._variables[name].kind != kind:
                value = Value(kind, b"".join(b"\x20" + wasm.unsigned(place + each) for each in range(len(kind.wasm_types))))
                prologue += self._store(name, value, self._tree)
            place += len(kind.wasm_types)
        self._flow = Flow({name for name, _ in self._parameters})
        code = prologue + self._block(self._tree.body)
        return code + (b"\x00" if self._flow.ended else self.fallen_off())

    def fallen_off(self) -> bytes:
        """What stands where the text ends without a return."""
        if self._result.optional:
            return self.expressions.coerce(Value(NONE, b""), self._result, self._tree)
        if self._final:
            refuse(f"the function can end without return, and its result is {self._result}", "End with a return, or let the result be … | None.")
        return b"\x00"

    def returned(self, value: ast.expr | None, node: ast.AST) -> bytes:
        """What leaves the result on the stack."""
        given = Value(NONE, b"") if value is None else self.expressions.value(value)
        if given.kind.optional and not self._result.optional:
            given = self.expressions.present(given, node)
        return self.expressions.coerce(given, self._result, node, "the result")

    def expression_statement(self, value: ast.expr) -> bytes:
        given = self.expressions.value(value)
        return given.code + b"\x1a" * (0 if given.kind == NONE else len(given.kind.wasm_types))

    # Scope, for expressions

    def variable(self, name: str) -> Value | None:
        variable = self._variables.get(name)
        if variable is None:
            if name in self._assigned_names():
                raise Pending(name)
            return None
        if name not in self._flow.assigned and self._final:
            refuse(f"{name} may have no value here", "Assign to it on every way that leads here.")
        if variable.kind == NONE:
            return Value(NONE, b"")
        self._place(variable)
        code = b"\x20" + wasm.unsigned(variable.place)
        if variable.kind.optional:
            code += b"\x20" + wasm.unsigned(variable.flag)
        return Value(variable.kind, code)

    def resolve(self, name: str) -> object:
        code = self._function.__code__
        if name in code.co_freevars:
            cell = (self._function.__closure__ or ())[code.co_freevars.index(name)]
            try:
                return cell.cell_contents
            except ValueError:
                refuse(f"{name} has no value yet")
        if name in self._function.__globals__:
            return self._function.__globals__[name]
        builtins = self._function.__globals__.get("__builtins__", {})
        found = builtins.get(name, self) if isinstance(builtins, dict) else getattr(builtins, name, self)
        if found is self:
            refuse(f"{name} is not known")
        return found

    def temporary(self, wasm_type: int) -> int:
        self._locals.append(wasm_type)
        return len(self._parameter_types) + len(self._locals) - 1

    def callee(self, function: types.FunctionType) -> tuple[int, list[Kind], Kind]:
        made = self._program.function(function)
        return made.index, [kind for _, kind in made.parameters], made.result

    def line(self, node: ast.AST) -> bytes:
        return b"\x41" + wasm.signed(self._line_offset + getattr(node, "lineno", 1))

    # statements

    def _assigned_names(self) -> set[str]:
        return {each.id for each in ast.walk(self._tree) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}

    def _place(self, variable: Variable) -> None:
        if variable.place >= 0:
            return
        variable.place = self.temporary(WASM_TYPE[variable.kind.name])
        if variable.kind.optional:
            variable.flag = self.temporary(wasm.I32)

    def _store(self, name: str, value: Value, node: ast.AST) -> bytes:
        literal = isinstance(value.literal, int) and not isinstance(value.literal, bool) and abs(value.literal) <= 2**53
        variable = self._variables.get(name)
        if variable is None:
            variable = self._variables[name] = Variable(value.kind, literal)
            self._changed = True
        else:
            known = Value(variable.kind, b"", 0 if variable.literal else None)
            kind = join(known, value, name)
            literal = variable.literal and literal
            if kind != variable.kind or literal != variable.literal:
                variable.kind, variable.literal, variable.place, variable.flag = kind, literal, -1, -1
                self._changed = True
        self._flow.assigned.add(name)
        if variable.kind == NONE:
            return b""
        self._place(variable)
        code = self.expressions.coerce(value, variable.kind, node)
        if variable.kind.optional:
            code += b"\x21" + wasm.unsigned(variable.flag)
        return code + b"\x21" + wasm.unsigned(variable.place)

    def _block(self, statements: list[ast.stmt]) -> bytes:
        code = b""
        for statement in statements:
            if self._flow.ended and self._final:
                break
            try:
                code += self._statement(statement)
            except Pending as pending:
                if self._final:
                    problem = NotCompiled(f"{pending.name} may have no value here", "Assign to it on every way that leads here.")
                    problem.line = statement.lineno
                    raise problem from None
                for each in ast.walk(statement):
                    if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                        self._flow.assigned.add(each.id)
            except NotCompiled as problem:
                if problem.line is None:
                    problem.line = statement.lineno
                raise
        return code

    def _statement(self, node: ast.stmt) -> bytes:
        expressions = self.expressions
        match node:
            case ast.Return(value=value):
                code = self.returned(value, node)
                self._flow.ended = True
                return code + b"\x0f"
            case ast.Assign(targets=targets, value=value):
                return self._assign(targets, value, node)
            case ast.AnnAssign(target=ast.Name(id=name), value=value):
                kind = self._annotated(node.annotation)
                if value is None:
                    return b""
                given = expressions.value(value)
                return self._store(name, Value(kind, expressions.coerce(given, kind, node, name)), node)
            case ast.AugAssign(target=ast.Name(id=name), op=operator, value=value):
                operation = ast.BinOp(ast.Name(name, ast.Load()), operator, value)
                ast.copy_location(operation, node)
                ast.fix_missing_locations(operation)
                return self._store(name, expressions.value(operation), node)
            case ast.If():
                return self._if(node)
            case ast.While():
                return self._while(node)
            case ast.For():
                return self._for(node)
            case ast.Break() | ast.Continue():
                loop = self._loops[-1]
                self._flow.ended = True
                if isinstance(node, ast.Break):
                    loop.broken.append(set(self._flow.assigned))
                target = loop.break_at if isinstance(node, ast.Break) else loop.continue_at
                return b"\x0c" + wasm.unsigned(self._depth - target)
            case ast.Pass():
                return b""
            case ast.Expr(value=ast.Constant(value=str())):
                return b""
            case ast.Expr(value=value):
                return self.expression_statement(value)
            case ast.Assert(test=test):
                condition = expressions.condition(test)
                return condition + b"\x45\x04\x40" + self.line(node) + self.module.helper("assertion") + b"\x0b"
            case _:
                refuse(f"{_statement_name(node)} is not compiled")

    def _annotated(self, annotation: ast.expr) -> Kind:
        try:
            value = eval(compile(ast.Expression(annotation), "<annotation>", "eval"), self._function.__globals__)
        except Exception as problem:
            refuse(f"the annotation cannot be read: {problem}")
        return kind_of_annotation(value, "a variable")

    def _assign(self, targets: list[ast.expr], value: ast.expr, node: ast.stmt) -> bytes:
        code = b""
        if len(targets) == 1 and isinstance(targets[0], ast.Tuple) and isinstance(value, ast.Tuple):
            # all values first, as in a, b = b, a
            names = targets[0].elts
            if len(names) != len(value.elts):
                refuse("as many names as values are needed")
            kept: list[Value] = []
            for each in value.elts:
                given = self.expressions.value(each)
                saved, kept_value = self.expressions.save(given)
                code += saved
                kept.append(kept_value)
            for name, given in zip(names, kept):
                if not isinstance(name, ast.Name):
                    refuse("only variables are assigned to")
                code += self._store(name.id, given, node)
            return code
        given = self.expressions.value(value)
        if len(targets) > 1:
            code, given = self.expressions.save(given)
        for target in targets:
            if not isinstance(target, ast.Name):
                refuse("only variables are assigned to")
            code += self._store(target.id, given, node)
        return code

    def _if(self, node: ast.If) -> bytes:
        condition = self.expressions.condition(node.test)
        before = set(self._flow.assigned)
        self._depth += 1
        then = self._block(node.body)
        after_then = self._flow
        self._flow = Flow(before)
        otherwise = self._block(node.orelse)
        self._depth -= 1
        after_else = self._flow
        self._flow = _merged(after_then, after_else)
        return condition + b"\x04\x40" + then + (b"\x05" + otherwise if otherwise else b"") + b"\x0b"

    def _loop(
        self, condition: bytes, body: list[ast.stmt], increment: bytes, endless: bool, first: bytes = b"", target: str | None = None
    ) -> bytes:
        """`condition` leaves 1 to go on; `first` gives `target` its value at the begin of each round."""
        before = set(self._flow.assigned)
        if target is not None:
            self._flow.assigned.add(target)
        loop = Loop(self._depth + 1, self._depth + 3)
        self._loops.append(loop)
        self._depth += 3
        inside = first + self._block(body)
        self._depth -= 3
        self._loops.pop()
        ways = loop.broken if endless else [before, *loop.broken]
        self._flow = Flow(set.intersection(*ways) if ways else before, ended=not ways)
        code = b"\x02\x40\x03\x40" + (b"" if endless else condition + b"\x45\x0d\x01")
        code += b"\x02\x40" + inside + b"\x0b" + increment + b"\x0c\x00\x0b\x0b"
        return code

    def _while(self, node: ast.While) -> bytes:
        if node.orelse:
            refuse("else behind a loop is not compiled")
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        condition = b"" if endless else self.expressions.condition(node.test)
        return self._loop(condition, node.body, b"", endless)

    def _for(self, node: ast.For) -> bytes:
        if node.orelse:
            refuse("else behind a loop is not compiled")
        call = node.iter
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and self.resolve(call.func.id) is range):
            refuse("a for loop goes over range(…) only")
        if not isinstance(node.target, ast.Name) or call.keywords or not 1 <= len(call.args) <= 3:
            refuse("a for loop has the form for name in range(start, stop, step)")
        values = [self.expressions.value(each) for each in call.args]
        for each in values:
            if each.kind not in (INT, BOOL):
                refuse(f"range() takes int, and here is {each.kind}")
        numbers = [self.expressions.coerce(each, INT, call) for each in values]
        start, stop = (b"\x42\x00", numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
        step = values[2].literal if len(values) == 3 else 1
        current, end, by = (self.temporary(wasm.I64) for _ in range(3))
        get = lambda place: b"\x20" + wasm.unsigned(place)  # noqa: E731
        put = lambda place: b"\x21" + wasm.unsigned(place)  # noqa: E731
        code = start + put(current) + stop + put(end)
        step_code = numbers[2] if len(numbers) == 3 else b"\x42\x01"
        if not isinstance(step, int) or step == 0:
            step_code += self.line(call) + self.module.helper("range_step")
            step = None
        code += step_code + put(by)
        up = get(current) + get(end) + b"\x53"
        down = get(current) + get(end) + b"\x55"
        condition = up if step is not None and step > 0 else down
        if step is None:
            condition = get(by) + b"\x42\x00\x55\x04\x7f" + up + b"\x05" + down + b"\x0b"
        known = node.target.id in self._flow.assigned
        first = self._store(node.target.id, Value(INT, get(current)), node)
        # a step beyond 64 bits is beyond the end
        increment = get(current) + get(by) + b"\x7c" + put(current)
        if step is None or abs(step) != 1:
            increment += get(current) + get(by) + b"\x85" + get(current) * 2 + get(by) + b"\x7d\x85\x83\x42\x00\x53\x0d\x01"
        if not known:
            self._flow.assigned.discard(node.target.id)
        return code + self._loop(condition, node.body, increment, False, first, node.target.id)


def _merged(one: Flow, other: Flow) -> Flow:
    if one.ended:
        return other
    if other.ended:
        return one
    return Flow(one.assigned & other.assigned)


def _statement_name(node: ast.stmt) -> str:
    names: dict[type[ast.stmt], str] = {ast.Try: "try", ast.With: "with", ast.Raise: "raise", ast.FunctionDef: "a function inside a function", ast.Import: "import"}
    return names.get(type(node), type(node).__name__.lower())
