// npm run bench -- nexmark | micro | checkpoints | spill | udf | udf-pyflink | start | flights | tpch | parallel | soak | flight | python | python-udf | goals   (benchmarks/README.md)
import { parseArgs } from 'node:util';
import { type Engine, type Variant, variants } from './nexmark.ts';

const usage = `npm run bench -- nexmark  [--queries q0,q1] [--events N | --scale 0.5] [--parallelism 1,2] [--engines tidemill,flink]
                         [--variants ${variants.join(',')}] [--mini-batch off,on] [--rounds 3] [--check]
npm run bench -- micro    [--only NAME]     benchmarks/micro/*.ts, each in a process of its own
npm run bench -- checkpoints [--megabytes 1000] [--parallelism 1] [--minutes 0.5] [--rounds 1]   state that changes everywhere: pauses, rows lost, recovery
npm run bench -- udf      [--rounds 5]      functions from every language, beside built-in ones
npm run bench -- udf-pyflink [--events 1000000] [--rounds 3]   functions of Python beside PyFlink's process and thread modes
npm run bench -- spill    [--rounds 3] [--events 8000000] [--only NAME]   state at twice the memory it may have
npm run bench -- start    [--rounds 15]     first result of SELECT 1; resident memory of q1 without DuckDB
npm run bench -- flights  [--rounds 7]      GROUP BY over 3 million flights, against DuckDB itself
npm run bench -- tpch     [--queries q01,q21] [--scale 1] [--rounds 3]   22 queries, against DuckDB on one thread
npm run bench -- kafka    [--events 8000000] [--rounds 3] [--engines tidemill,flink]   JSON from a real broker, against Flink's source
npm run bench -- kafka-latency [--rate 50000] [--minutes 0.25]   Kafka → Kafka at a steady rate: milliseconds end to end
npm run bench -- parallel [--rounds 5]      parallelism 2 against 1: q17 and a HOP over the flights
npm run bench -- soak     [--minutes 60] [--rate N]   a job with checkpoints at half its highest rate: memory and latency over time
npm run bench -- flight   [--rounds 5]      rows put and read over Arrow Flight with pyarrow
npm run bench -- python   [--rounds 5]      the Python package: start, rows in and out, an aggregate beside DuckDB's
npm run bench -- python-udf [--rounds 7]    functions in Python over 10M rows, beside pandas and DuckDB
npm run bench -- goals                      table of all goals from the newest results
all: [--out FOLDER] [--name NAME]           results go to benchmarks/results/DATE-NAME.{json,md}
     [--as-built]                           do not build dist/ first
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    queries: { type: 'string' },
    events: { type: 'string' },
    scale: { type: 'string' },
    parallelism: { type: 'string' },
    engines: { type: 'string' },
    variants: { type: 'string' },
    'mini-batch': { type: 'string' },
    rounds: { type: 'string' },
    check: { type: 'boolean' },
    only: { type: 'string' },
    out: { type: 'string' },
    name: { type: 'string' },
    minutes: { type: 'string' },
    rate: { type: 'string' },
    megabytes: { type: 'string' },
    'as-built': { type: 'boolean' },
    help: { type: 'boolean' },
  },
});

const list = (text: string | undefined): string[] | undefined => text?.split(',').filter(each => each !== '');
const places = { folder: values.out, name: values.name };
const rounds = (usual: number): number => (values.rounds === undefined ? usual : wholeNumber('--rounds', values.rounds));

function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${flag} wants a whole number from 1, not '${text}'`);
  return value;
}

function chosen<T extends string>(
  flag: string,
  text: string | undefined,
  known: readonly T[],
  usual: readonly T[],
): readonly T[] {
  const names = list(text);
  const wrong = names?.filter(name => !known.some(each => each === name)) ?? [];
  if (wrong.length > 0) throw new Error(`${flag} takes ${known.join(', ')}, not '${wrong.join(', ')}'`);
  return (names as T[] | undefined) ?? usual;
}

const commands: Readonly<Record<string, () => Promise<void>>> = {
  async nexmark() {
    const options = {
      ...places,
      queries: list(values.queries),
      events: values.events === undefined ? undefined : wholeNumber('--events', values.events),
      scale: Number(values.scale ?? 1),
      parallelism: (list(values.parallelism) ?? ['1', '2']).map(text => wholeNumber('--parallelism', text)),
      engines: chosen<Engine>('--engines', values.engines, ['tidemill', 'flink'], ['tidemill', 'flink']),
      variants: chosen<Variant>('--variants', values.variants, variants, variants),
      miniBatch: chosen('--mini-batch', values['mini-batch'], ['off', 'on'], ['off', 'on']).map(each => each === 'on'),
      rounds: rounds(3),
    };
    if (values.check) {
      if (!(await (await import('./check.ts')).checkNexmark(options))) process.exitCode = 1;
    } else await (await import('./nexmark.ts')).nexmark(options);
  },
  micro: async () => (await import('./micro.ts')).micro({ ...places, only: values.only }),
  checkpoints: async () =>
    (await import('./checkpoints.ts')).checkpoints({
      ...places,
      megabytes: values.megabytes === undefined ? 1000 : wholeNumber('--megabytes', values.megabytes),
      parallelism: wholeNumber('--parallelism', values.parallelism ?? '1'),
      seconds: Math.round(60 * Number(values.minutes ?? 0.5)),
      rounds: rounds(1),
    }),
  spill: async () =>
    (await import('./spill.ts')).spill({
      ...places,
      rounds: rounds(3),
      rows: values.events === undefined ? 8_000_000 : wholeNumber('--events', values.events),
      only: values.only,
    }),
  udf: async () => (await import('./udf.ts')).udfLanguages({ ...places, rounds: rounds(5) }),
  'udf-pyflink': async () =>
    (await import('./udf-pyflink.ts')).udfPyflink({
      ...places,
      rounds: rounds(3),
      rows: values.events === undefined ? 1_000_000 : wholeNumber('--events', values.events),
    }),
  start: async () => (await import('./start.ts')).start({ ...places, rounds: rounds(15) }),
  flights: async () => (await import('./flights.ts')).flights({ ...places, rounds: rounds(7) }),
  tpch: async () =>
    (await import('./tpch.ts')).tpch({
      ...places,
      queries: list(values.queries),
      scale: Number(values.scale ?? 1),
      rounds: rounds(3),
    }),
  kafka: async () =>
    (await import('./kafka.ts')).kafka({
      ...places,
      events: values.events === undefined ? 8_000_000 : wholeNumber('--events', values.events),
      rounds: rounds(3),
      engines: chosen<Engine>('--engines', values.engines, ['tidemill', 'flink'], ['tidemill', 'flink']),
    }),
  'kafka-latency': async () =>
    (await import('./kafka-latency.ts')).kafkaLatency({
      ...places,
      rate: values.rate === undefined ? 50_000 : wholeNumber('--rate', values.rate),
      seconds: Math.round(Number(values.minutes ?? 0.25) * 60),
    }),
  parallel: async () => (await import('./parallel.ts')).parallel({ ...places, rounds: rounds(5) }),
  soak: async () =>
    (await import('./soak.ts')).soak({
      ...places,
      minutes: Number(values.minutes ?? 60),
      rate: values.rate === undefined ? undefined : wholeNumber('--rate', values.rate),
    }),
  flight: async () => (await import('./flight.ts')).flight({ ...places, rounds: rounds(5) }),
  python: async () => (await import('./python.ts')).python({ ...places, rounds: rounds(5) }),
  'python-udf': async () => (await import('./python-udf.ts')).pythonUdf({ ...places, rounds: rounds(7) }),
  goals: async () => (await import('./report.ts')).writeGoals(values.out),
};

const command = commands[positionals[0] ?? ''];
if (command === undefined || values.help) {
  process.stderr.write(usage);
  process.exitCode = values.help ? 0 : 1;
} else {
  if (positionals[0] !== 'goals' && !values['as-built']) (await import('./tidemill.ts')).buildTidemill();
  await command();
}
