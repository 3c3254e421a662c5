import { Command, CommanderError, Option } from 'commander';
import { TidemillError } from '../common/errors.ts';
import { version } from '../common/version.ts';
import type { ServeOptions } from './commands/serve.ts';
import { exitCodeOf, reportError } from './failures.ts';
import { note, OutputClosed } from './io.ts';
import type { CommonOptions } from './options.ts';
import type { OutputFormat } from './output/result-writer.ts';

const collect = (value: string, before: readonly string[]): string[] => [...before, value];
const setting = (text: string, before: Readonly<Record<string, string>>): Record<string, string> => {
  const at = text.indexOf('=');
  if (at <= 0)
    throw new TidemillError('usage', `--set wants key=value, not '${text}'`, {
      hint: "For example --set 'execution.runtime-mode=batch'.",
    });
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
};

const offline = 'fetch nothing: a component that needs jco (8 MB) for the first time is refused';

function withCommon(command: Command): Command {
  return command
    .option('-i, --init <file>', 'run this SQL first; may be given again', collect, [])
    .option('--set <key=value>', 'a setting, as SET does; may be given again', setting, {})
    .option('--env-file <file>', "values for '${env:NAME}'")
    .option('--parallelism <n>', 'tasks per stage, each on a core of its own')
    .option('--memory <size>', 'memory of all tasks and DuckDB, e.g. 2gb; state beyond it goes to disk')
    .option('--offline', offline)
    .option('--verbose', 'also print the chain of causes of an error');
}

const formatOption = (): Option =>
  new Option('--output <format>', 'how rows are shown').choices(['table', 'json', 'csv', 'changelog']);

function program(): Command {
  const root = new Command('tidemill')
    .description('Flink SQL, streams and batches, in one process.')
    .version(version, '-V, --version', 'print the version')
    .showHelpAfterError('(tidemill --help shows what there is)')
    .configureOutput({ writeErr: text => void process.stderr.write(text) })
    .exitOverride();
  withCommon(root.command('sql', { isDefault: true }))
    .description('a shell')
    .action(async (options: CommonOptions) => (await import('./commands/shell.ts')).shell(options));
  root
    .command('demo')
    .description('three million real flights, live in this terminal')
    .option('--late', 'replay by date + delay, so that rows come out of order')
    .option('--verbose', 'also print the chain of causes of an error')
    .action(async (options: { late?: boolean }) => (await import('./demo/demo.ts')).demo(options));
  withCommon(root.command('run [file]'))
    .description("run a SQL or TypeScript file, '-' for standard input, or -c 'SQL'")
    .option('-c, --command <sql>', 'run this text')
    .addOption(formatOption())
    .option('--name <job>', 'name of the job')
    .option('--checkpoints <dir>', 'keep checkpoints of jobs that write to tables there, and commit with them')
    .option('--restore <what>', "go on from checkpoints: 'latest', or the folder of one")
    .option('--fresh', 'delete checkpoints that are there, and start anew')
    .option('--allow-non-restored-state', 'go on though the program has no place for some of the state')
    .option('--dry-run', 'plan, and say what would run')
    .addOption(new Option('--progress <kind>', 'progress on standard error').choices(['auto', 'plain', 'none']).default('auto'))
    .action(async (file: string | undefined, options) => (await import('./commands/run.ts')).run(file, options));
  withCommon(root.command('explain [file]'))
    .description('the plan of every query: boundedness, changelog mode, state, stages')
    .option('-c, --command <sql>', 'explain this text')
    .addOption(new Option('--format <format>', 'how').choices(['text', 'json']).default('text'))
    .action(async (file: string | undefined, options) => (await import('./commands/explain.ts')).explain(file, options));
  withCommon(root.command('check <files...>'))
    .description('parse, bind and plan: all errors, state, ignored options; nothing is connected to or run')
    .addOption(new Option('--for <engine>', 'also list what would differ there').choices(['flink']))
    .action(async (files: string[], options: CommonOptions & { for?: 'flink' }) =>
      (await import('./commands/check.ts')).check(files, options),
    );
  root
    .command('schema <source>')
    .description('the declaration of a file, a folder, a glob or kafka://host/topic, from the data')
    .addOption(new Option('--as <language>', 'how').choices(['sql', 'ts', 'python']).default('sql'))
    .option('--format <format>', 'csv, json, parquet …, where the ending does not tell')
    .option('--name <table>', 'name of the table')
    .option('--with <name=value...>', 'options of a Kafka connection: properties.security.protocol=SSL')
    .option('--verbose', 'also print the chain of causes of an error')
    .action(async (source: string, options) => (await import('./commands/schema.ts')).schema(source, options));
  withCommon(root.command('serve'))
    .description('a server for Arrow Flight SQL: ADBC, JDBC, pyarrow; until it is interrupted')
    .option('--flight-port <port>', 'where to listen; 0 takes a free one', '8815')
    .option('--host <address>', 'of which address', '127.0.0.1')
    .option('--token-file <file>', 'tokens that clients must show, one a line')
    .option('--tls-cert <file>', 'certificate (PEM) for TLS')
    .option('--tls-key <file>', 'its key (PEM)')
    .option(
      '--allow-path <dir>',
      'a folder that statements may read and write; may be given again; default: this one',
      collect,
      [],
    )
    .option('--unprotected', 'listen beyond this machine without a token')
    .option(
      '--until-input-ends',
      'end with the process that started it: when standard input ends, at the latest some seconds later',
    )
    .action(async (options: ServeOptions) => (await import('./commands/serve.ts')).serve(options));
  root
    .command('jobs')
    .description('jobs that processes of this user run')
    .addOption(formatOption())
    .option('--verbose', 'also print the chain of causes of an error')
    .action(async (options: { output?: OutputFormat }) => (await import('./commands/jobs.ts')).jobs(options));
  root
    .command('why <job>')
    .description('what a running job waits for: the window, its watermark, and the split that holds it')
    .option('--verbose', 'also print the chain of causes of an error')
    .action(async (job: string) => (await import('./commands/jobs.ts')).why(job));
  root
    .command('stop <job>')
    .description('end a running job: with a last checkpoint where it makes any')
    .option('--savepoint <dir>', 'end it at a savepoint there, to go on from with --restore')
    .option('--drain', 'let open windows fire: it will not go on from there')
    .option('--verbose', 'also print the chain of causes of an error')
    .action(async (job: string, options: { drain?: boolean; savepoint?: string }) =>
      (await import('./commands/jobs.ts')).stop(job, options),
    );
  root
    .command('savepoint <job> <dir>')
    .description('write a savepoint of a running job, which goes on')
    .option('--verbose', 'also print the chain of causes of an error')
    .action(async (job: string, dir: string) => (await import('./commands/jobs.ts')).savepoint(job, dir));
  const state = root.command('state').description('what checkpoints hold: list, look into, compare with a program');
  state
    .command('ls <dir>')
    .description('the checkpoints of a folder, by job')
    .addOption(formatOption())
    .option('--verbose', 'also print the chain of causes of an error')
    .action(async (dir: string, options: { output?: OutputFormat }) =>
      (await import('./commands/state.ts')).stateLs(dir, options),
    );
  state
    .command('schema <dir>')
    .description('the tables of a checkpoint and their columns')
    .addOption(formatOption())
    .option('--verbose', 'also print the chain of causes of an error')
    .action(async (dir: string, options: { output?: OutputFormat }) =>
      (await import('./commands/state.ts')).stateSchema(dir, options),
    );
  state
    .command('query <dir> <sql>')
    .description('SQL over the tables of a checkpoint')
    .addOption(formatOption())
    .option('--verbose', 'also print the chain of causes of an error')
    .action(async (dir: string, sql: string, options: { output?: OutputFormat }) =>
      (await import('./commands/state.ts')).stateQuery(dir, sql, options),
    );
  withCommon(state.command('diff <file> <dir>'))
    .description('what an edited program keeps of its checkpoints, drops and starts empty; nothing runs')
    .action(async (file: string, dir: string, options: CommonOptions) =>
      (await import('./commands/state.ts')).stateDiff(file, dir, options),
    );
  udfCommands(root.command('udf').description('functions in wasm: make, build, check, run, measure'));
  root
    .command('doctor')
    .description('versions, memory, and tools that build functions: found, or how to install them')
    .option('--verbose', 'also print the chain of causes of an error')
    .action(async () => (await import('./commands/doctor.ts')).doctor());
  return root;
}

function udfCommands(udf: Command): void {
  const verbose = (command: Command): Command => command.option('--verbose', 'also print the chain of causes of an error');
  const commands = async () => import('./commands/udf.ts');
  verbose(udf.command('new <name>'))
    .description('a project of a function, which builds and passes its tests as it is')
    .requiredOption('--lang <language>', 'assemblyscript, c, cpp, go, javascript, python, rust, typescript or zig')
    .addOption(
      new Option('--kind <kind>', 'of function').choices(['scalar', 'aggregate', 'table', 'batch', 'process']).default('scalar'),
    )
    .action(async (name: string, options) => (await commands()).udfNew(name, options));
  verbose(udf.command('build [dir]'))
    .option('--offline', offline)
    .description('compile the function in a folder, or one source file, to a .wasm file, and say how it is used')
    .option('--out <file>', 'the file to write')
    .option('--types', 'also write NAME.udf.js and NAME.udf.d.ts, to import the function in TypeScript')
    .option('--no-bench', 'do not measure')
    .action(async (dir: string | undefined, options) => (await commands()).udfBuild(dir ?? '.', options));
  verbose(udf.command('check <file>'))
    .option('--offline', offline)
    .description('signatures, imports, memory and limits of a .wasm file')
    .action(async (file: string, options) => (await commands()).udfCheck(file, options));
  verbose(udf.command('run <file> <function> [args...]'))
    .option('--offline', offline)
    .description('call a function once; of an aggregate every argument is a row')
    .addOption(formatOption())
    .action(async (file: string, name: string, args: string[], options) => (await commands()).udfRun(file, name, args, options));
  verbose(udf.command('bench <file> <function>'))
    .option('--offline', offline)
    .description('time a row takes, beside a built-in function')
    .option('--against <function>', 'built-in function to compare with; by default the one of that name')
    .action(async (file: string, name: string, options) => (await commands()).udfBench(file, name, options));
}

/** Runs the command line; sets process.exitCode: 0 done, 1 the user's mistake, 2 an outside system, 3 our bug. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof OutputClosed) return;
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 1;
      return;
    }
    reportError(error, args.includes('--verbose'));
    process.exitCode = exitCodeOf(error);
    if (process.exitCode === 3 && !args.includes('--verbose')) note('  --verbose shows the chain of causes.');
  }
}
