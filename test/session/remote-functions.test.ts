// Functions that another process runs, with a process that answers in the same program: what is sent, what comes back, and what goes wrong.
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { readBatchHeader } from '../../core/columnar/arrow-batch-header.ts';
import { arrowMessageOf } from '../../core/columnar/arrow-message.ts';
import { batchOf } from '../../core/columnar/batch.ts';
import type { IpcPart } from '../../core/columnar/table-content.ts';
import { TidemillError } from '../../core/common/errors.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { WorkerPool } from '../../core/runtime/index.ts';
import type { RemoteProcess } from '../../core/session/remote-functions.ts';
import { Session } from '../../core/session/session.ts';
import { parseScalar } from '../../core/udf/signature.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

// threads take longer to start than all of this
const pool = new WorkerPool(2, { output: () => undefined });
afterAll(() => pool.close());

const memory = new TaskMemory();
const place = { memory, kernels: loadKernels(memory) };

/** A record batch of these buffers, as a process sends it. */
function partOf(rows: number, nullCount: number, buffers: readonly Uint8Array[]): IpcPart {
  const { header, bodyBytes, writeBody } = arrowMessageOf(place, batchOf(rows, []), [{ nullCount, buffers }]);
  const body = new Uint8Array(bodyBytes);
  writeBody(body, 0);
  return { header, body };
}

const bytesOf = (values: ArrayBufferView): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** The doubles of each argument. */
function doubles({ header, body }: IpcPart): { rows: number; columns: Float64Array[] } {
  const { rows, buffers } = readBatchHeader(header);
  const columns = buffers.flatMap(({ offset }, index) =>
    index % 2 === 1 ? [new Float64Array(body.slice(offset, offset + 8 * rows).buffer)] : [],
  );
  return { rows, columns };
}

type Answer = (request: IpcPart) => IpcPart | Promise<IpcPart>;

function sessionWith(answer: Answer, declared: object = {}, parallelism = 1): Session {
  const session = new Session({ parallelism, engine: { workers: pool } });
  onTestFinished(() => session.close());
  const process: RemoteProcess = { alive: true, ask: async request => answer(request), release: () => undefined };
  const signature = parseScalar('f', { arguments: ['DOUBLE', 'DOUBLE'], result: 'DOUBLE', ...declared });
  session.addRemoteFunction('f', signature, process, { orReplace: false });
  return session;
}

async function rowsOf(session: Session, text: string): Promise<unknown[][]> {
  const rows: unknown[][] = [];
  for await (const result of session.run({ text, source: 'test', baseDirectory: '.' }, 'final'))
    if (result.kind === 'query') for await (const chunk of result.query.chunks()) rows.push(...chunk.rows.map(row => [...row]));
  return rows;
}

const add: Answer = request => {
  const { rows, columns } = doubles(request);
  return partOf(rows, 0, [new Uint8Array(0), bytesOf(columns[0]!.map((value, row) => value + columns[1]![row]!))]);
};

const values = `(VALUES (1, 1E0, 10E0), (2, CAST(NULL AS DOUBLE), 20E0), (3, 3E0, 30E0), (4, 4E0, 40E0)) AS t(k, x, y)`;

test('rows with NULL are not sent, and are NULL; nor are rows that CASE leaves out', async () => {
  const seen: number[][] = [];
  const session = sessionWith(request => {
    seen.push([...doubles(request).columns[0]!]);
    return add(request);
  });
  expect(await rowsOf(session, `SELECT k, f(x, y) FROM ${values}`)).toEqual([
    [1, 11],
    [2, null],
    [3, 33],
    [4, 44],
  ]);
  expect(seen).toEqual([[1, 3, 4]]);
  expect(await rowsOf(session, `SELECT k FROM ${values} WHERE CASE WHEN k > 3 THEN f(x, y) ELSE 0 END > 40`)).toEqual([[4]]);
  expect(seen.at(-1)).toEqual([4]);
});

test('plans say that nothing isolates it, and why it has a stage of its own', async () => {
  const session = sessionWith(add);
  const plan = await session.explain({ text: `SELECT f(x, y) FROM ${values}`, source: 'test', baseDirectory: '.' }, 'text');
  expect(plan).toContain('unsandboxed:f(');
  expect(plan).toContain('a function of another process is waited for on a thread of its own');
});

test('it stands in conditions of joins and arguments of aggregates, on several threads', async () => {
  const session = sessionWith(add, {}, 2);
  const text = `SELECT a.k, COUNT(*), SUM(f(a.x, b.y)) FROM ${values} JOIN (VALUES (1, 5E0), (3, 6E0), (3, 7E0)) AS b(k, y)
    ON a.k = b.k AND f(a.x, b.y) > 6 GROUP BY a.k`;
  expect(await rowsOf(session, text.replace('AS t(', 'AS a('))).toEqual([[3, 2n, 19]]);
});

test('an error of the function names it; the next statement runs', async () => {
  let fails = true;
  const session = sessionWith(request => {
    if (fails) throw new TidemillError('udf-error', "'f' failed: ValueError: no");
    return add(request);
  });
  const text = `SELECT SUM(f(x, y)) FROM ${values}`;
  await expect(rowsOf(session, text)).rejects.toThrow(expect.objectContaining({ code: 'udf-error' }));
  fails = false;
  expect(await rowsOf(session, text)).toEqual([[88]]);
});

test.each<[string, Answer, RegExp]>([
  ['too few rows', () => partOf(1, 0, [new Uint8Array(0), new Uint8Array(8)]), /returned 1 values for 3 rows/],
  ['a column that is cut off', () => partOf(3, 0, [new Uint8Array(0), new Uint8Array(8)]), /cut off/],
  ['three buffers', () => partOf(3, 0, [new Uint8Array(0), new Uint8Array(16), new Uint8Array(8)]), /something else/],
])('a result of %s is refused', async (_, answer, message) => {
  const session = sessionWith(answer);
  await expect(rowsOf(session, `SELECT f(x, y) FROM ${values}`)).rejects.toThrow(message);
});

test('what is no Arrow is refused', async () => {
  const session = sessionWith(() => ({ header: new Uint8Array(40), body: new Uint8Array(0) }));
  await expect(rowsOf(session, `SELECT f(x, y) FROM ${values}`)).rejects.toThrow(expect.objectContaining({ code: 'bad-file' }));
});

test('a query is ended while its function is still at work', async () => {
  const session = sessionWith(() => new Promise(() => undefined));
  for await (const result of session.run(
    { text: `SELECT f(x, y) FROM ${values}`, source: 'test', baseDirectory: '.' },
    'final',
  )) {
    if (result.kind !== 'query') continue;
    const reading = result.query.chunks()[Symbol.asyncIterator]().next();
    setTimeout(() => void result.query.job!.cancel(), 30);
    await reading.catch(() => undefined);
  }
  expect(session.running()).toEqual([]);
});
