import { limits } from '../common/limits.ts';
import type { FunctionType, ValueType } from '../wasm/encoder/index.ts';
import { guarded } from '../wasm/guards.ts';
import { GuestAbort } from './traps.ts';

/** The module name of WASI preview 1, which compilers such as Go's import even for code that does without. */
export const wasiModule = 'wasi_snapshot_preview1';

/** What the stubs of one instance work with. */
export interface WasiHost {
  /** The module's own memory, the only one the stubs touch; undefined when it has none. */
  readonly memory: WebAssembly.Memory | undefined;
  /** Takes fuel for a call; throws when none is left. */
  readonly charge: (units: number) => void;
}

/** What an instance did with its stubs. */
export interface WasiRecord {
  /** Bytes written to standard output and error, all of them dropped but the end of standard error. */
  writtenBytes: number;
  /** The end of what was written to standard error: a panic's message, for the error that follows. */
  errorText: string;
}

const errno = { success: 0, badFile: 8, fault: 21, invalid: 28, noSystem: 52, isPipe: 70 } as const;

/** All clocks stand at 2000-01-01 00:00:00 UTC; a sleep ends at once and moves the instance's clocks to its end. */
const clockStartNs = 946_684_800_000_000_000n;

const parameterCodes: Readonly<Record<string, ValueType>> = { i: 'i32', I: 'i64' };

/** Every function of WASI preview 1: the types of its parameters (i = i32, I = i64). All return an errno but `proc_exit`. */
const functions: Readonly<Record<string, string>> = {
  args_get: 'ii',
  args_sizes_get: 'ii',
  clock_res_get: 'ii',
  clock_time_get: 'iIi',
  environ_get: 'ii',
  environ_sizes_get: 'ii',
  fd_advise: 'iIIi',
  fd_allocate: 'iII',
  fd_close: 'i',
  fd_datasync: 'i',
  fd_fdstat_get: 'ii',
  fd_fdstat_set_flags: 'ii',
  fd_fdstat_set_rights: 'iII',
  fd_filestat_get: 'ii',
  fd_filestat_set_size: 'iI',
  fd_filestat_set_times: 'iIIi',
  fd_pread: 'iiiIi',
  fd_prestat_dir_name: 'iii',
  fd_prestat_get: 'ii',
  fd_pwrite: 'iiiIi',
  fd_read: 'iiii',
  fd_readdir: 'iiiIi',
  fd_renumber: 'ii',
  fd_seek: 'iIii',
  fd_sync: 'i',
  fd_tell: 'ii',
  fd_write: 'iiii',
  path_create_directory: 'iii',
  path_filestat_get: 'iiiii',
  path_filestat_set_times: 'iiiiIIi',
  path_link: 'iiiiiii',
  path_open: 'iiiiiIIii',
  path_readlink: 'iiiiii',
  path_remove_directory: 'iii',
  path_rename: 'iiiiii',
  path_symlink: 'iiiii',
  path_unlink_file: 'iii',
  poll_oneoff: 'iiii',
  proc_exit: 'i',
  proc_raise: 'i',
  random_get: 'ii',
  sched_yield: '',
  sock_accept: 'iii',
  sock_recv: 'iiiiii',
  sock_send: 'iiiii',
  sock_shutdown: 'ii',
};

/** The type of a function of WASI preview 1, or undefined when there is none of that name. */
export function wasiFunctionType(name: string): FunctionType | undefined {
  if (!Object.hasOwn(functions, name)) return undefined;
  const parameters = [...functions[name]!].map(code => parameterCodes[code]!);
  return { parameters, results: name === 'proc_exit' ? [] : ['i32'] };
}

type Argument = number | bigint;
type Stub = (...values: readonly Argument[]) => number;

/**
 * WASI preview 1 for a function that has no world: no arguments, no environment, no files; clocks stand still, random numbers are the same for
 * every instance, what is printed is dropped, leaving is a trap. Everything else says ENOSYS, or EBADF for descriptors other than 0, 1 and 2.
 * The stubs are JavaScript and reach nothing but the module's own memory, within its bounds (else EFAULT); every call costs fuel.
 *
 * @example
 * const { imports, record } = wasiStubs({ memory, charge });
 * new WebAssembly.Instance(module, { wasi_snapshot_preview1: imports });
 */
export function wasiStubs({ memory, charge }: WasiHost): {
  readonly imports: Readonly<Record<string, (...values: Argument[]) => number | undefined>>;
  readonly record: WasiRecord;
} {
  const record: WasiRecord = { writtenBytes: 0, errorText: '' };
  let nowNs = clockStartNs;
  let randomState = 0x9e3779b9;

  /** A view of so many bytes of the module's memory, or undefined where it has none there. */
  const at = (address: Argument, bytes: number): DataView | undefined => {
    const place = Number(address) >>> 0;
    const inside = memory !== undefined && bytes <= memory.buffer.byteLength && place <= memory.buffer.byteLength - bytes;
    if (memory === undefined || (guarded('stub-bounds') && !inside)) return undefined;
    return new DataView(memory.buffer, place, bytes);
  };
  const putU32 = (address: Argument, value: number): number => {
    const view = at(address, 4);
    if (view === undefined) return errno.fault;
    view.setUint32(0, value, true);
    return errno.success;
  };
  const putU64 = (address: Argument, value: bigint): number => {
    const view = at(address, 8);
    if (view === undefined) return errno.fault;
    view.setBigUint64(0, value, true);
    return errno.success;
  };
  const empty: Stub = (count, size) => putU32(count!, 0) || putU32(size!, 0);
  const standard = (descriptor: Argument): boolean => Number(descriptor) >>> 0 <= 2;

  const stubs: Readonly<Record<string, Stub>> = {
    args_get: () => errno.success,
    args_sizes_get: empty,
    environ_get: () => errno.success,
    environ_sizes_get: empty,
    clock_res_get: (_clock, result) => putU64(result!, 1n),
    clock_time_get: (_clock, _precision, result) => putU64(result!, nowNs),
    sched_yield: () => errno.success,
    fd_close: () => errno.success,
    fd_fdstat_get: (_descriptor, result) => {
      const view = at(result!, 24);
      if (view === undefined) return errno.fault;
      // a character device without any rights
      view.setBigUint64(0, 2n, true);
      view.setBigUint64(8, 0n, true);
      view.setBigUint64(16, 0n, true);
      return errno.success;
    },
    fd_read: (_descriptor, _vectors, _count, result) => putU32(result!, 0),
    fd_seek: () => errno.isPipe,
    fd_tell: () => errno.isPipe,
    fd_write: (descriptor, vectors, count, result) => {
      const many = Number(count) >>> 0;
      if (many > limits.udfWasiVectorsMax && guarded('stub-lists')) return errno.invalid;
      const list = at(vectors!, 8 * many);
      if (list === undefined) return errno.fault;
      let total = 0;
      for (let index = 0; index < many; index++) {
        const bytes = list.getUint32(8 * index + 4, true);
        const text = at(list.getUint32(8 * index, true), bytes);
        if (text === undefined) return errno.fault;
        charge(bytes >>> 4);
        total += bytes;
        if (Number(descriptor) === 2) keepErrorText(text);
      }
      record.writtenBytes += total;
      return putU32(result!, total >>> 0);
    },
    random_get: (address, length) => {
      const bytes = Number(length) >>> 0;
      const view = at(address!, bytes);
      if (view === undefined) return errno.fault;
      charge(bytes);
      for (let index = 0; index < bytes; index++) {
        randomState ^= randomState << 13;
        randomState ^= randomState >>> 17;
        randomState ^= randomState << 5;
        view.setUint8(index, randomState & 0xff);
      }
      return errno.success;
    },
    poll_oneoff: (subscriptions, events, count, result) => {
      const many = Number(count) >>> 0;
      if (many === 0 || many > limits.udfWasiVectorsMax) return errno.invalid;
      const asked = at(subscriptions!, 48 * many);
      const told = at(events!, 32 * many);
      if (asked === undefined || told === undefined) return errno.fault;
      charge(many);
      for (let index = 0; index < many; index++) {
        const from = 48 * index;
        const to = 32 * index;
        const kind = asked.getUint8(from + 8);
        if (kind === 0) {
          const timeNs = asked.getBigUint64(from + 24, true);
          const endNs = (asked.getUint16(from + 40, true) & 1) === 1 ? timeNs : BigInt.asUintN(64, nowNs + timeNs);
          if (endNs > nowNs) nowNs = endNs;
        }
        told.setBigUint64(to, asked.getBigUint64(from, true), true);
        told.setBigUint64(to + 8, kind === 0 ? 0n : BigInt(errno.badFile), true);
        told.setUint8(to + 10, kind);
        told.setBigUint64(to + 16, 0n, true);
        told.setBigUint64(to + 24, 0n, true);
      }
      return putU32(result!, many);
    },
    proc_exit: code => {
      throw new GuestAbort(`exit with code ${Number(code)}`);
    },
    proc_raise: signal => {
      throw new GuestAbort(`raised signal ${Number(signal)}`);
    },
  };

  function keepErrorText(view: DataView): void {
    const kept = Math.min(view.byteLength, limits.udfErrorTextBytesMax);
    const text = new TextDecoder().decode(
      new Uint8Array(view.buffer.slice(view.byteOffset + view.byteLength - kept, view.byteOffset + view.byteLength)),
    );
    record.errorText = (record.errorText + text).slice(-limits.udfErrorTextBytesMax);
  }

  const answer = (name: string): Stub => {
    const stub = stubs[name];
    if (!name.startsWith('fd_')) return stub ?? (() => errno.noSystem);
    return (...values) => (standard(values[0]!) ? (stub?.(...values) ?? errno.noSystem) : errno.badFile);
  };
  const imports = Object.fromEntries(
    Object.keys(functions).map(name => {
      const stub = answer(name);
      return [
        name,
        (...values: Argument[]) => {
          charge(limits.udfImportCallCost);
          return stub(...values);
        },
      ];
    }),
  );
  return { imports, record };
}
