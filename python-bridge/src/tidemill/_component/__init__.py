"""Pure Python in the engine's sandbox: a function and what it uses, with an interpreter, as a component of WebAssembly."""

from .build import build_component
from .source import SourceError, source_of

__all__ = ["SourceError", "build_component", "source_of"]
