import { totalmem } from 'node:os';
import { durationMs, sizeBytes } from '../catalog/connectors.ts';
import { type Span, TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { didYouMean } from '../common/nearest-names.ts';
import type { OnError } from '../udf/index.ts';
import type { AllowPath } from './allowed-paths.ts';
import { checkpointSettingSpecs, settingAliases } from './checkpoint-settings.ts';
import { flinkOptionNames, isFlinkOption } from './flink-options.ts';

interface SettingSpec {
  readonly default?: string;
  readonly values?: readonly string[];
  /** What a value without a list of its own looks like. */
  readonly form?: 'duration' | 'count' | 'whole' | 'number' | 'size';
  /** What is so although it was set: the setting is known, and nothing acts on it. */
  readonly notYet?: string;
  readonly doc: string;
}

/** Settings that mean something here. Names and values are Flink's where Flink has them. */
export const settingSpecs: Readonly<Record<string, SettingSpec>> = {
  'execution.runtime-mode': {
    default: 'streaming',
    values: ['streaming', 'batch'],
    doc: 'batch gives final rows only; streaming gives changes as they happen',
  },
  'parallelism.default': {
    default: '1',
    form: 'count',
    doc: 'tasks per stage; while it is not set, aggregates over many rows that clients put into memory use all cores',
  },
  'pipeline.name': { doc: 'name of the next job' },
  'table.local-time-zone': { default: 'default', doc: 'zone of TIMESTAMP_LTZ; default: the system zone' },
  'table.dml-sync': { default: 'false', values: ['true', 'false'], doc: 'wait for each INSERT, endless ones too' },
  'table.exec.state.ttl': {
    default: '0 ms',
    form: 'duration',
    doc: 'how long groups and partitions without input are kept in a stream; 0: for ever',
  },
  'table.exec.sink.upsert-materialize': {
    default: 'AUTO',
    values: ['NONE', 'AUTO', 'FORCE'],
    doc: 'keep all rows of a primary key, so that the one before comes back when the last one goes; AUTO: where a query changes rows by another key than the table’s',
  },
  'table.exec.source.idle-timeout': {
    default: '0 ms',
    form: 'duration',
    doc: 'a split without rows for so long no longer holds the watermark; 0: never',
  },
  ...checkpointSettingSpecs,
  'sql-client.execution.result-mode': {
    default: 'table',
    values: ['table', 'changelog', 'tableau'],
    doc: 'changelog gives an updating query’s changes, with the column op, to the shell and to clients of `tidemill serve`',
  },
  'duckdb.stages': {
    default: 'auto',
    values: ['auto', 'off'],
    doc: 'hand bounded parts of a query to DuckDB where it gives the same rows',
  },
  'udf.on-error': {
    default: 'fail',
    values: ['fail', 'null'],
    doc: "what functions created from here on do where they trap, use up their fuel or say that a row has an error: fail the job, or go without a result (NULL; of table functions no more rows) and count the row. CREATE FUNCTION … WITH ('on-error' = …) says it of one. Aggregates and process table functions always fail the job, and so do a module that cannot be started, more than 16 rows of a batch without fuel, and text of a table function that is not UTF-8",
  },
  'tidemill.operator-ids': {
    doc: "ids of operators given by hand, as 'computed=given, …': state is kept by them. EXPLAIN and `tidemill state` show the computed ones",
  },
  'tidemill.memory': {
    form: 'size',
    doc: 'memory of all tasks of a job and of DuckDB together, such as 2 gb; state beyond it goes to disk. Default: 60 % of the machine',
  },
  'tidemill.spill.dir': { doc: 'folder for state that does not fit into memory; default: that of temporary files' },
  'tidemill.optimizer': { default: 'on', values: ['on', 'off'], doc: 'rewrite plans' },
};

/** The settings of a session: SET and RESET. */
export class Settings {
  readonly #values = new Map<string, string>();
  readonly #initial: Readonly<Record<string, string>>;
  readonly #notice: (text: string) => void;
  readonly #noticed = new Set<string>();
  /** Throws for folders that settings may not name. */
  readonly #allow: AllowPath | undefined;

  constructor(initial: Readonly<Record<string, string>>, notice: (text: string) => void, allow?: AllowPath) {
    this.#initial = initial;
    this.#allow = allow;
    this.#notice = notice;
    for (const [key, value] of Object.entries(initial)) this.set(key, value);
  }

  /** @throws TidemillError `unknown-setting`, `wrong-setting`. */
  set(given: string, value: string, span?: Span): void {
    const key = settingAliases[given] ?? given;
    const spec = settingSpecs[key];
    if (spec === undefined) {
      if (!isFlinkOption(key)) {
        const near = didYouMean(key, Object.keys(settingSpecs)) ?? didYouMean(key, flinkOptionNames());
        throw new TidemillError('unknown-setting', `there is no setting '${key}'`, {
          span,
          hint: near ?? 'SET alone lists them',
        });
      }
      if (!this.#noticed.has(key)) this.#notice(`'${key}' has no meaning in one process and is ignored`);
      this.#noticed.add(key);
      return;
    }
    if (key === 'table.local-time-zone') timeZoneOf(value, span);
    // what whoever opened the session has set is theirs to say
    if (key.endsWith('dir') && this.#initial[given] !== value) this.#allow?.(value, undefined, span);
    if (spec.form === 'duration' && durationMs(value) === undefined)
      throw new TidemillError('wrong-setting', `'${key}' takes a duration, not '${value}'`, {
        span,
        hint: "write it as '30 s' or '5 min'",
      });
    if (key === 'tidemill.operator-ids') checkPairs(value, span);
    if (spec.form === 'size') checkSize(key, value, span);
    const least = spec.form === 'count' ? 1 : 0;
    if ((spec.form === 'count' || spec.form === 'whole') && !(Number.isInteger(Number(value)) && Number(value) >= least))
      throw new TidemillError('wrong-setting', `'${key}' takes a whole number from ${least}, not '${value}'`, { span });
    if (spec.form === 'number' && !(Number.isFinite(Number(value)) && Number(value) >= 0))
      throw new TidemillError('wrong-setting', `'${key}' takes a number, not '${value}'`, { span });
    const wanted = spec.values?.find(each => each.toLowerCase() === value.toLowerCase());
    if (spec.values !== undefined && wanted === undefined) {
      throw new TidemillError('wrong-setting', `'${key}' takes ${spec.values.join(' or ')}, not '${value}'`, {
        span,
        hint: didYouMean(value, spec.values),
      });
    }
    this.#values.set(key, wanted ?? value);
    if (spec.notYet === undefined || value === spec.default || this.#noticed.has(key)) return;
    this.#noticed.add(key);
    this.#notice(`'${key}' has no effect yet: ${spec.notYet}`);
  }

  reset(given?: string): void {
    const key = given === undefined ? undefined : (settingAliases[given] ?? given);
    if (key === undefined) this.#values.clear();
    else this.#values.delete(key);
    for (const [name, value] of Object.entries(this.#initial)) if (key === undefined || key === name) this.set(name, value);
  }

  get(key: string): string | undefined {
    const known = settingAliases[key] ?? key;
    return this.#values.get(known) ?? settingSpecs[known]?.default;
  }

  /** Whether somebody has said what it is. */
  isSet(key: string): boolean {
    return this.#values.has(settingAliases[key] ?? key);
  }

  /** What was set, for SET alone. */
  entries(): [string, string][] {
    const all = new Map([
      ...Object.entries(settingSpecs).flatMap(([key, spec]): [string, string][] =>
        spec.default === undefined ? [] : [[key, spec.default]],
      ),
      ...this.#values,
    ]);
    return [...all].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  get parallelism(): number {
    const value = Number(this.get('parallelism.default'));
    if (Number.isInteger(value) && value >= 1) return value;
    throw new TidemillError(
      'wrong-setting',
      `'parallelism.default' takes a whole number from 1, not '${this.get('parallelism.default')}'`,
    );
  }

  /** Milliseconds; 0: never. */
  get sourceIdleTimeoutMs(): number {
    return this.durationMs('table.exec.source.idle-timeout');
  }

  /** Milliseconds of a setting whose form is a duration. */
  durationMs(key: string): number {
    const text = this.get(key)!;
    const found = durationMs(text);
    if (found !== undefined) return found;
    throw new TidemillError('wrong-setting', `'${key}' takes a duration, not '${text}'`, {
      hint: "write it as '30 s' or '5 min'",
    });
  }

  /** Ids given by hand, by the computed one. */
  get operatorIds(): Record<string, string> {
    const pairs = (this.get('tidemill.operator-ids') ?? '').split(/[,;]/).filter(text => text.trim() !== '');
    return Object.fromEntries(pairs.map(pair => pair.split('=').map(part => part.trim()) as [string, string]));
  }

  /** Bytes that a job's tasks and DuckDB may use together. */
  get memoryBytes(): number {
    const text = this.get('tidemill.memory');
    const given = text === undefined ? undefined : sizeBytes(text);
    return given ?? Math.floor(limits.machineMemoryShare * machineBytes());
  }

  get spillDirectory(): string | undefined {
    return this.get('tidemill.spill.dir');
  }

  /** Milliseconds that state without input is kept; 0: for ever. */
  get stateTtlMs(): number {
    return this.durationMs('table.exec.state.ttl');
  }

  /** What functions without a policy of their own do where they fail. */
  get onFunctionError(): OnError {
    return this.get('udf.on-error') === 'null' ? 'null' : 'fail';
  }

  get localTimeZone(): string {
    return timeZoneOf(this.get('table.local-time-zone') ?? 'default');
  }
}

function checkSize(key: string, value: string, span?: Span): void {
  const bytes = sizeBytes(value);
  if (bytes !== undefined && bytes >= limits.memoryBudgetBytesMin) return;
  const cause = bytes === undefined ? `takes a size, not '${value}'` : `takes a size of at least 1 mb, not '${value}'`;
  throw new TidemillError('wrong-setting', `'${key}' ${cause}`, { span, hint: "write it as '512 mb', '2gb' or '64MiB'" });
}

function checkPairs(value: string, span?: Span): void {
  const given = value
    .split(/[,;]/)
    .filter(text => text.trim() !== '')
    .map(pair => /^\s*[\w.-]+\s*=\s*([\w.-]+)\s*$/.exec(pair)?.[1]);
  if (!given.includes(undefined) && new Set(given).size === given.length) return;
  throw new TidemillError('wrong-setting', `'tidemill.operator-ids' takes pairs of ids, each given once, not '${value}'`, {
    span,
    hint: "write it as 'aggregate-1f0c22a9b3d4=by-item, join-77ab01c2d3e4=orders'",
  });
}

/** What the process may use: the machine's memory, or less where a container says so. Asked once: it is read from files, for every query. */
let knownMachineBytes: number | undefined;

function machineBytes(): number {
  if (knownMachineBytes !== undefined) return knownMachineBytes;
  const allowed = process.constrainedMemory();
  knownMachineBytes = allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
  return knownMachineBytes;
}

/** Zones that were found to be there: asking Intl takes longer than planning a small query. */
const knownZones = new Map<string, string>();

/** The name Intl knows a zone by; 'default' is the system's. Errors: wrong-setting. */
function timeZoneOf(zone: string, span?: Span): string {
  const known = knownZones.get(zone);
  if (known !== undefined) return known;
  const resolved = zone === 'default' ? Intl.DateTimeFormat().resolvedOptions().timeZone : zone;
  try {
    new Intl.DateTimeFormat('en', { timeZone: resolved });
  } catch (cause) {
    throw new TidemillError('wrong-setting', `'table.local-time-zone' does not know the zone '${zone}'`, {
      cause,
      span,
      hint: "write it as 'UTC', 'Europe/Berlin' or '+02:00'",
    });
  }
  knownZones.set(zone, resolved);
  return resolved;
}
