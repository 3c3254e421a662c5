/**
 * The checks between a user's module and everything else, one entry each. `test/hostile/` runs every hostile module twice: as it is, and with the
 * guard that stops it switched off, to show that it is this guard that does. Nothing in core/ switches one off (`test/tidy` looks).
 */
export const guards = {
  // while a module is loaded
  'module-size': 'a module has at most so many bytes',
  validation: "the engine's validator sees the module as it came, before anything is added to it",
  features: 'what the reader does not know (exceptions, GC, 64-bit and shared memories) is refused',
  imports: 'only env.abort and stubs of WASI are imported',
  'import-types': 'imports have the types they have here',
  'memory-count': 'at most one memory, its own',
  'memory-initial': 'a memory begins with at most so many pages',
  'memory-maximum': 'a memory grows to at most so many pages',
  'table-count': 'at most so many tables',
  'table-initial': 'a table begins with at most so many elements',
  'table-maximum': 'a table grows to at most so many elements',
  'engine-memory-last':
    "the engine's memory is imported behind the module's own, under an index that no instruction of the module holds",
  'exports-renamed': "the module's exports cannot stand in for ours",
  'start-by-hand': 'the start function runs where its fuel can be read',
  'metered-size': 'functions that metering makes too large are the fault of the module',
  'functions-count': 'a module declares at most so many functions',
  'signature-size': 'signatures have at most so many bytes',
  'signature-section': 'signatures that make no sense are refused',
  'signature-fits': 'a signature fits the type of its export',
  'text-allocate': 'a function that takes text has a way to make room for it',
  // while it runs
  'fuel-loops': 'every round of a loop costs fuel',
  'fuel-calls': 'calls cost fuel',
  'fuel-bulk': 'bulk instructions cost fuel by length',
  'fuel-growth': 'growing the memory costs fuel',
  'fuel-imports': 'calls of imports cost fuel',
  'fuel-traps': 'a batch ends when too many of its rows used up their fuel',
  'text-bounds': 'text that a function returns lies in its memory',
  'text-utf8': 'text that a function returns is UTF-8',
  'allocation-bounds': 'the room a function gives for arguments lies in its memory',
  'decimal-range': 'a decimal has no more digits than its type',
  'block-bounds': 'rows that a function makes lie in its memory',
  'block-next': 'only a function with a next block says that there is more',
  'fuel-blocks': 'every block of rows costs fuel',
  'block-nulls': 'a column that is NOT NULL has no NULL',
  'column-bounds': 'columns that a function gives lie in its memory',
  'column-shape': 'columns that a function gives have the rows and buffers that they should',
  'component-names': 'names of core modules in a component cannot end the quotes that they stand in',
  'component-columns': 'columns that a component gives have the rows, bytes and offsets that they should',
  'component-rows': 'rows that a component makes are of rows it was given, in their order',
  'component-accumulators': 'accumulators that a component gives are as many and as long as they should be, and not NULL',
  'rows-per-call': 'one call makes at most so many rows',
  'timer-chain': 'at one watermark at most so many timers fire for each that had been set before',
  'timer-requests': 'timers that a function asks for make sense, and lie in its memory',
  'state-bounds': 'text that a function leaves in its state lies in its memory',
  'boolean-byte': 'a BOOLEAN is one byte of 0 or 1',
  'stub-bounds': "stubs of WASI touch nothing outside the module's memory",
  'stub-lists': 'lists given to stubs of WASI have at most so many entries',
  'abort-bounds': 'messages of abort are read only inside of the memory',
  'instance-dropped': 'an instance is not used again after a trap',
} as const satisfies Readonly<Record<string, string>>;

export type Guard = keyof typeof guards;

let off: ReadonlySet<Guard> = new Set();

/** Whether a guard stands, which is always but in a test. */
export const guarded = (guard: Guard): boolean => !off.has(guard);

/** Runs something without some guards: for tests that show what these stop. */
export function withoutGuards<Result>(names: readonly Guard[], run: () => Result): Result {
  off = new Set(names);
  try {
    return run();
  } finally {
    off = new Set();
  }
}
