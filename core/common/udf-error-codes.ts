import type { ErrorCodeDescription } from './error-code-description.ts';

/** Codes of user functions and their modules. */
export const udfErrorCodes: Readonly<Record<string, ErrorCodeDescription>> = {
  'udf-build': {
    cause: "A function's source does not compile.",
    action: "The compiler's message is below.",
    example: 'tidemill udf build',
  },
  'udf-error': {
    cause: 'A function says that a row has an error.',
    action: "The message is the function's own.",
    example: 'SELECT f(a) FROM t',
  },
  'udf-export': {
    cause: 'The module has no such export.',
    action: "CREATE FUNCTION f AS 'export' names another.",
    example: "CREATE FUNCTION f AS 'g' USING 'f.wasm'",
  },
  'udf-fuel': {
    cause: 'A function ran for longer than it may in one call, gave rows without end, or set timers that always set others.',
    action: 'Look for an endless loop; set a timer only while there is something to wait for.',
    example: 'SELECT f(a) FROM t',
  },
  'udf-import': {
    cause: 'A module wants something from outside, which no function is given.',
    action: 'Build it without that import.',
    example: "CREATE FUNCTION f USING 'f.wasm'",
  },
  'udf-invalid': {
    cause: 'The file is no valid WebAssembly module.',
    action: 'Build it again.',
    example: "CREATE FUNCTION f USING 'f.wasm'",
  },
  'udf-memory': {
    cause: 'A function wants more memory than it may have, or there is none.',
    action: 'Free what it allocates.',
    example: 'SELECT f(a) FROM t',
  },
  'udf-process': {
    cause: 'The process that runs a function has gone, or cannot be asked.',
    action:
      'A function with mode="process" lives as long as the Python session that registered it: keep that, and run the statement again.',
    example: 'SELECT f(a) FROM t',
  },
  'udf-result': {
    cause: 'A function returned something its type cannot hold.',
    action: 'Declare a nullable result to get NULL.',
    example: 'SELECT f(a) FROM t',
  },
  'udf-signature': {
    cause: 'The signature inside the file is missing, or does not fit the export.',
    action: 'Build it with the SDK.',
    example: "CREATE FUNCTION f USING 'f.wasm'",
  },
  'udf-size': {
    cause: 'A module is larger than what is loaded.',
    action: 'Build it for size.',
    example: "CREATE FUNCTION f USING 'f.wasm'",
  },
  'udf-stack': {
    cause: 'A function used up its stack.',
    action: 'It may call itself without end.',
    example: 'SELECT f(a) FROM t',
  },
  'udf-table': {
    cause: "A module's function table cannot be isolated.",
    action: 'Build it without growing tables.',
    example: "CREATE FUNCTION f USING 'f.wasm'",
  },
  'udf-toolchain': {
    cause: "A function's language has no compiler here.",
    action: 'The command that installs it is below.',
    example: 'tidemill udf build',
  },
  'udf-trap': {
    cause: 'A function trapped: it divided by zero, read outside of its memory, or gave up.',
    action: 'The message says which, and at which row.',
    example: 'SELECT f(a) FROM t',
  },
  'wasm-malformed': {
    cause: 'The file is not a well-formed WebAssembly module.',
    action: 'Build it again.',
    example: "CREATE FUNCTION f USING 'f.wasm'",
  },
  'wasm-unsupported': {
    cause: 'The module uses a WebAssembly feature that is not run.',
    action: 'Turn it off in the compiler.',
    example: "CREATE FUNCTION f USING 'f.wasm'",
  },
};
