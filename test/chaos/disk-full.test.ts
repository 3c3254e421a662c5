import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect, test } from 'vitest';
import { eventStatements } from '../support/oracle-events.ts';
import { startProcess } from './harness.ts';
import { visibleRows } from './visible-rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemill-disk-full-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const events = 24_000;

/** Counts of things that rarely come again: state grows with every row. */
function program(table: string, rate: number | undefined): string {
  return [
    ...eventStatements({
      connector: 'nexmark',
      'events.num': String(events),
      seed: '7',
      'first-event.rate': String(rate ?? 10_000),
      ...(rate !== undefined && { 'rate.limited': 'true' }),
      'us-per-event': '1000',
    }),
    `CREATE TABLE seen (auction BIGINT, bidder BIGINT, price BIGINT, times BIGINT) WITH ('connector' = 'filesystem', 'path' = '${table}', 'format' = 'json', 'sink.rolling-policy.file-size' = '40 kb')`,
    'INSERT INTO seen SELECT auction, bidder, price, COUNT(*) OVER (PARTITION BY auction, bidder, price ORDER BY `dateTime` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM bid',
  ].join(';\n');
}

/** Starts a shell's command in a user namespace, where anybody may mount. */
const inNamespace = ['--user', '--map-root-user', '--mount', 'sh', '-c'] as const;

/** Some containers allow no user namespaces. */
const mountable = spawnSync('unshare', [...inNamespace, 'mount -t tmpfs none "$0"', folder], { stdio: 'ignore' }).status === 0;
if (!mountable) process.stderr.write('full disks are not tried: no disk can be mounted in a user namespace here\n');

/** A disk of its own in memory, for processes that are started through it. */
class SmallDisk {
  readonly path: string;
  readonly #holder: ChildProcess;

  private constructor(path: string, holder: ChildProcess) {
    this.path = path;
    this.#holder = holder;
  }

  static async mount(path: string, sizeKb: number): Promise<SmallDisk> {
    mkdirSync(path);
    const script = `mount -t tmpfs -o size=${sizeKb}k none "$0" && echo mounted && exec sleep 3600`;
    const holder = spawn('unshare', [...inNamespace, script, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = await new Promise<string>(resolve => {
      holder.stdout!.once('data', (chunk: Buffer) => resolve(chunk.toString()));
      holder.once('close', () => resolve('')).once('error', () => resolve(''));
    });
    if (said.trim() !== 'mounted') throw new Error('no disk could be mounted in a user namespace');
    return new SmallDisk(path, holder);
  }

  /** What a process is started by to see it. */
  get through(): readonly string[] {
    return ['nsenter', '--target', String(this.#holder.pid), '--user', '--preserve-credentials', '--mount', '--'];
  }

  makeRoom(): void {
    const [command, ...flags] = this.through;
    execFileSync(command!, [...flags, 'mount', '-o', 'remount,size=100m', this.path]);
  }

  visibleRows(directory: string): string[] {
    const [command, ...flags] = this.through;
    const read = `import(${JSON.stringify(new URL('visible-rows.ts', import.meta.url).href)}).then(({ visibleRows }) => process.stdout.write(JSON.stringify(visibleRows(process.argv[1]))))`;
    return JSON.parse(
      execFileSync(command!, [...flags, process.execPath, '-e', read, directory], { encoding: 'utf8', maxBuffer: 2 ** 28 }),
    ) as string[];
  }

  unmount(): void {
    this.#holder.kill('SIGKILL');
  }
}

let disk: SmallDisk | undefined;
afterEach(() => disk?.unmount());

let plain: Promise<string[]> | undefined;
const expectedRows = (): Promise<string[]> => (plain ??= plainRun());
async function plainRun(): Promise<string[]> {
  const file = join(folder, 'plain.sql');
  const table = join(folder, 'plain');
  writeFileSync(file, program(table, undefined));
  const { code, errors } = await startProcess(file, []).ended;
  expect(code, errors).toBe(0);
  return visibleRows(table);
}

/** A program between its tables, `what` on a small disk, started with these settings. */
async function onSmallDisk(
  name: string,
  what: 'checkpoints' | 'the table',
  rate: number,
  settings: readonly string[],
): Promise<{ readonly disk: SmallDisk; readonly start: () => ReturnType<typeof startProcess>; readonly rows: () => string[] }> {
  const own = await SmallDisk.mount(join(folder, `disk of ${name}`), what === 'checkpoints' ? 700 : 500);
  disk = own;
  const place = (part: string): string => join(what === part ? own.path : folder, `${part} of ${name}`);
  const file = join(folder, `${name}.sql`);
  writeFileSync(file, program(place('the table'), rate));
  const flags = ['--checkpoints', place('checkpoints'), '--restore', 'latest'];
  for (const setting of ['execution.checkpointing.interval=150ms', ...settings]) flags.push('--set', setting);
  return {
    disk: own,
    start: () => startProcess(file, flags, { through: own.through }),
    rows: () => own.visibleRows(place('the table')),
  };
}

/** Settles when a process has said it, or is over. */
async function heard({ child, ended }: ReturnType<typeof startProcess>, what: RegExp): Promise<void> {
  let said = '';
  await new Promise<void>(resolve => {
    child.stderr!.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (what.test(said)) resolve();
    });
    void ended.then(() => resolve());
  });
}

test.skipIf(!mountable).each(['checkpoints', 'the table'] as const)(
  'no space for %s: the job fails and says so, and later goes on',
  async what => {
    const { disk, start, rows } = await onSmallDisk(`failing ${what}`, what, 6000, ['restart-strategy.type=none']);
    const first = await start().ended;
    expect(first.code, first.errors).toBe(2);
    expect(first.errors).toMatch(/no space/);
    expect(first.errors).toContain(disk.path);
    disk.makeRoom();
    const second = await start().ended;
    expect(second.code, second.errors).toBe(0);
    expect(rows()).toEqual(await expectedRows());
  },
);

test.skipIf(!mountable).each(['checkpoints', 'the table'] as const)(
  'no space for %s: the job says so, and goes on when there is',
  async what => {
    const { disk, start, rows } = await onSmallDisk(`waiting ${what}`, what, 6000, [
      'restart-strategy.exponential-delay.max-backoff=1s',
    ]);
    const process = start();
    await heard(process, /no space/);
    disk.makeRoom();
    const { code, errors } = await process.ended;
    expect(code, errors).toBe(0);
    expect(errors).toContain(disk.path);
    expect(rows()).toEqual(await expectedRows());
  },
);

test.skipIf(!mountable)(
  'no space for checkpoints that may fail: the job goes on, and makes them again when there is room',
  async () => {
    const { disk, start, rows } = await onSmallDisk('tolerated', 'checkpoints', 1500, [
      'execution.checkpointing.tolerable-failed-checkpoints=100000',
    ]);
    const first = start();
    await heard(first, /no space/);
    const before = rows().length;
    disk.makeRoom();
    let over = false;
    void first.ended.then(() => (over = true));
    while (rows().length === before && !over) await sleep(100);
    expect(over, 'what was written is committed while the job runs').toBe(false);
    first.child.kill('SIGKILL');
    await first.ended;
    const second = await start().ended;
    expect(second.code, second.errors).toBe(0);
    expect(rows()).toEqual(await expectedRows());
  },
);
