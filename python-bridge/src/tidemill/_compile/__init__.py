"""Compiles typed numeric Python functions to small WebAssembly modules."""

from .errors import CompileError
from .function import compile_function

__all__ = ["CompileError", "compile_function"]
