import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Settings } from 'node:http2';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../core/common/limits.ts';
import {
  CancelFlightInfoRequest,
  CancelFlightInfoResult,
  FlightData,
  FlightDescriptor,
  RpcStatus,
} from '../../core/server/flight/messages.ts';
import { FlightServer } from '../../core/server/flight/server.ts';
import { buildAssemblyScript } from '../../core/udf/build-assemblyscript.ts';
import { type FlightError, FlightTestClient } from '../support/flight/client.ts';
import { projectRoot } from '../support/source-files.ts';

let server: FlightServer;
const clients: FlightTestClient[] = [];
const open = (headers?: Readonly<Record<string, string>>, port = server.port): FlightTestClient => {
  const client = new FlightTestClient(port, headers);
  clients.push(client);
  return client;
};
const options = { port: 0, baseDirectory: projectRoot, allowedPaths: [projectRoot], output: () => undefined };
beforeAll(async () => {
  server = await FlightServer.open(options);
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => server.close());

const failure = (promise: Promise<unknown>): Promise<FlightError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    error => error as FlightError,
  );
const running = (): number => server.sessions.all().reduce((sum, each) => sum + each.session.running().length, 0);
const until = async (condition: () => boolean): Promise<void> => {
  for (let tries = 0; !condition() && tries < 500; tries++) await sleep(10);
  expect(condition()).toBe(true);
};
const endless = `CREATE TABLE endless (k INT, s STRING) WITH ('connector' = 'datagen', 'fields.k.min' = '1', 'fields.k.max' = '3')`;

describe('statements', () => {
  it('gives the rows of a query', async () => {
    const { rows, table } = await open().query(
      "SELECT 1 AS a, 'x' AS b, CAST(NULL AS INT) AS c UNION ALL SELECT 2, 'longer than twelve', 3",
    );
    expect(rows).toEqual([
      { a: 1, b: 'x', c: null },
      { a: 2, b: 'longer than twelve', c: 3 },
    ]);
    expect(table.schema.fields[0]!.metadata.get('ARROW:FLIGHT:SQL:TYPE_NAME')).toBe('INT');
  });

  it('runs statements before the last, and gives what SHOW, EXPLAIN and DDL give', async () => {
    const client = open();
    expect((await client.query('CREATE VIEW v AS SELECT 1 AS a; CREATE VIEW w AS SELECT 2 AS b; SHOW VIEWS')).rows).toEqual([
      { 'view name': 'v' },
      { 'view name': 'w' },
    ]);
    expect((await client.query('DROP VIEW w')).rows).toEqual([{ result: 'OK' }]);
    expect(String((await client.query('EXPLAIN SELECT * FROM v')).rows[0]!['result'])).toContain('== Query ==');
  });

  it('gives columns without running anything', async () => {
    const client = open();
    expect((await client.schema('SELECT 1 AS a')).length).toBeGreaterThan(100);
    await client.schema('CREATE VIEW never AS SELECT 1');
    expect((await client.query('SHOW VIEWS')).rows).toEqual([]);
  });

  it('counts the rows of an INSERT', async () => {
    const client = open();
    expect(await client.update(`CREATE TABLE hole (a INT) WITH ('connector' = 'blackhole')`)).toBe(0);
    expect(await client.update('INSERT INTO hole VALUES (1), (2), (3)')).toBe(3);
    expect((await client.query('INSERT INTO hole VALUES (4)')).rows).toEqual([{ job: 'insert into hole 2', rows: 1n }]);
  });

  it('gives changes when they are asked for, and says how to where they are needed', async () => {
    const client = open();
    const changes = 'SELECT k, COUNT(*) AS n FROM (VALUES (1), (1), (2)) AS t(k) GROUP BY k';
    expect((await client.query(changes)).rows.length).toBe(2);
    await client.update(endless);
    const refused = await failure(client.query('SELECT k, COUNT(*) FROM endless GROUP BY k'));
    expect(refused).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(refused.details).toContain("'sql-client.execution.result-mode' = 'changelog'");
    for (const waits of ['SELECT k FROM endless', 'SELECT k, COUNT(*) FROM endless GROUP BY k'])
      expect(await failure(client.near(waits, { 'tidemill-ends': 'true' }))).toMatchObject({
        details: expect.stringContaining('error[endless]'),
      });
    await client.update("SET 'sql-client.execution.result-mode' = 'changelog'");
    const { rows, table } = await client.query(changes);
    expect(table.schema.names).toEqual(['op', 'k', 'n']);
    expect(rows.filter(row => row['k'] === 1).at(-1)).toMatchObject({ n: 2n });
    expect(rows.map(row => row['op']).sort()[0]).toBe('+I');
  });
});

describe('errors', () => {
  it('carry code, place and hint in the message and in the details', async () => {
    const error = await failure(open().query('SELECT 1;\nSELECT nope FROM (VALUES (1)) AS t(note)'));
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(error.details).toContain('error[unknown-column]');
    expect(error.details).toContain('<sql>:2:8');
    expect(error.details).not.toMatch(/at .*\.ts/);
    const [detail] = RpcStatus.decode(error.metadata.get('grpc-status-details-bin')[0] as Buffer).details;
    const text = Buffer.from(detail!.value).toString();
    for (const part of ['unknown-column', 'tidemill', 'hint', 'line', 'column', 'start']) expect(text).toContain(part);
  });

  it.each([
    ['SELECT * FROM nowhere', status.NOT_FOUND, 'unknown-table'],
    ['SELEC 1', status.INVALID_ARGUMENT, 'syntax'],
    ["EXECUTE PLAN 'p.json'", status.UNIMPLEMENTED, 'not-supported'],
    ["SELECT CAST(a AS INT) FROM (VALUES ('x')) AS t(a)", status.INVALID_ARGUMENT, ''],
    ["SELECT * FROM '/etc/hosts.csv'", status.PERMISSION_DENIED, 'path-not-allowed'],
    ["SET 'execution.checkpointing.dir' = '/'", status.PERMISSION_DENIED, 'path-not-allowed'],
    ["CREATE FUNCTION f USING '../f.wasm'", status.PERMISSION_DENIED, 'path-not-allowed'],
    [
      "CREATE TABLE t (a STRING) WITH ('connector' = 'filesystem', 'path' = '${file:/etc/hosts}', 'format' = 'raw'); SELECT * FROM t",
      status.PERMISSION_DENIED,
      'path-not-allowed',
    ],
    ['', status.INVALID_ARGUMENT, 'usage'],
  ])('%s', async (text, code, name) => {
    const error = await failure(open().query(text));
    expect(error).toMatchObject({ code });
    expect(error.details).toContain(name);
  });

  it('what is no message of Flight SQL is refused', async () => {
    const client = open();
    expect(await failure(client.call('GetFlightInfo', Buffer.from([255, 255, 255])))).toMatchObject({
      code: status.INVALID_ARGUMENT,
    });
    expect(await failure(client.action('Nothing'))).toMatchObject({ code: status.UNIMPLEMENTED });
    expect(await failure(client.action('BeginTransaction'))).toMatchObject({ code: status.UNIMPLEMENTED });
  });
});

describe('streams', () => {
  it('of an endless query come as they are read, and end with the call', async () => {
    const client = open();
    await client.update(endless);
    const call = client.open(await client.info('SELECT * FROM endless'));
    const failed = new Promise<FlightError>(settle => call.on('error', settle));
    let messages = 0;
    await new Promise<void>(settle => {
      call.on('data', () => {
        if (++messages === 5) settle();
      });
    });
    expect(running()).toBe(1);
    call.cancel();
    expect((await failed).code).toBe(status.CANCELLED);
    await until(() => running() === 0);
  });

  it('stand still when nobody reads', async () => {
    const client = open();
    await client.update(endless);
    const call = client.open(await client.info('SELECT * FROM endless'));
    call.on('error', () => undefined);
    await new Promise<void>(settle => call.once('data', () => settle()));
    call.pause();
    const rowsRead = (): number =>
      server.sessions
        .all()
        .flatMap(each => each.session.running())[0]!
        .progress().rowsRead;
    let before = -1;
    // what sockets and windows hold is read on, then nothing
    for (let tries = 0; tries < 50 && before !== rowsRead(); tries++) {
      before = rowsRead();
      await sleep(200);
    }
    expect(rowsRead()).toBe(before);
    call.cancel();
    await until(() => running() === 0);
  });

  it('end when they are cancelled by name', async () => {
    const client = open();
    await client.update(endless);
    const info = await client.info('SELECT * FROM endless');
    const call = client.open(info);
    const failed = new Promise<FlightError>(settle => call.on('error', settle));
    await new Promise<void>(settle => call.once('data', () => settle()));
    call.resume();
    const [result] = await client.action('CancelFlightInfo', CancelFlightInfoRequest.encode({ info }));
    expect(CancelFlightInfoResult.decode(result!).status).toBe(1);
    expect(await failed).toMatchObject({ code: status.CANCELLED });
    await until(() => running() === 0);
    expect(await failure(client.read(info))).toMatchObject({ code: status.NOT_FOUND });
  });

  it('can be read again', async () => {
    const client = open();
    const info = await client.info('SELECT 1 AS a');
    expect((await client.read(info)).rows).toEqual([{ a: 1 }]);
    expect((await client.read(info)).rows).toEqual([{ a: 1 }]);
  });
});

describe('sessions', () => {
  it('are one a connection, or by a name', async () => {
    const [first, second] = [open(), open()];
    await first.update('CREATE VIEW mine AS SELECT 1 AS a');
    expect(await failure(second.query('SELECT * FROM mine'))).toMatchObject({ code: status.NOT_FOUND });
    const [third, fourth] = [open({ 'tidemill-session': 'ours' }), open({ 'tidemill-session': 'ours' })];
    await third.update('CREATE VIEW mine AS SELECT 3 AS a');
    expect((await fourth.query('SELECT * FROM mine')).rows).toEqual([{ a: 3 }]);
  });

  it('start with what the server runs first', async () => {
    const script = { text: 'CREATE VIEW given AS SELECT 7 AS a', source: 'init.sql', baseDirectory: '.' };
    const own = await FlightServer.open({ ...options, init: [script], settings: { 'parallelism.default': '1' } });
    expect((await open({}, own.port).query('SELECT * FROM given')).rows).toEqual([{ a: 7 }]);
    await own.close();
    const wrong = FlightServer.open({ ...options, init: [{ ...script, text: 'SELECT nope' }] });
    await expect(wrong).rejects.toMatchObject({ code: 'unknown-column' });
  });
});

describe('tokens', () => {
  it('are asked for on every call', async () => {
    const own = await FlightServer.open({ ...options, tokens: ['secret', 'other'] });
    const { port } = own;
    expect(await failure(open({}, port).query('SELECT 1'))).toMatchObject({ code: status.UNAUTHENTICATED });
    expect(await failure(open({ authorization: 'Bearer wrong' }, port).query('SELECT 1'))).toMatchObject({
      code: status.UNAUTHENTICATED,
    });
    const basic = `Basic ${Buffer.from('anybody:other').toString('base64')}`;
    for (const authorization of ['Bearer secret', basic])
      expect((await open({ authorization }, port).query('SELECT 1 AS a')).rows).toEqual([{ a: 1 }]);
    await own.close();
  });
});

it('the port of another server is said to be taken', async () => {
  await expect(FlightServer.open({ ...options, port: server.port })).rejects.toMatchObject({ code: 'port-taken' });
});

describe('actions of our own', () => {
  it('tell of a query without running it', async () => {
    const client = open();
    await client.update(endless);
    expect(await client.json('tidemill.describe', { sql: 'SELECT k, COUNT(*) AS n FROM endless GROUP BY k' })).toEqual({
      kind: 'query',
      bounded: false,
      changelog: 'retract',
      columns: [
        { name: 'k', type: 'INT', nullable: true },
        { name: 'n', type: 'BIGINT', nullable: false },
      ],
    });
    expect(await client.json('tidemill.explain', { sql: 'SELECT * FROM endless' })).toMatchObject({
      plan: expect.stringContaining('== Query =='),
    });
    expect(await client.json('tidemill.check', { sql: 'SELECT nope FROM endless; SELEC 1' })).toMatchObject({
      errors: [{ code: 'syntax' }, { code: 'unknown-column', start: 7, end: 11 }],
    });
    expect(await client.json('tidemill.names')).toMatchObject({
      tables: [
        {
          name: 'endless',
          kind: 'table',
          columns: [
            { name: 'k', type: 'INT' },
            { name: 's', type: 'STRING' },
          ],
        },
      ],
    });
    expect(await failure(client.json('tidemill.describe', { sql: 'SELECT nope' }))).toMatchObject({
      details: expect.stringContaining('<sql>:1:8'),
    });
    expect(await failure(client.json('tidemill.describe'))).toMatchObject({ details: expect.stringContaining("it wants 'sql'") });
  });

  it('list, wait for and stop jobs', async () => {
    const client = open();
    await client.update(`${endless}; CREATE TABLE hole (k INT) WITH ('connector' = 'blackhole')`);
    expect(await client.update('INSERT INTO hole SELECT k FROM endless')).toBe(-1);
    const job = 'insert into hole';
    expect(await client.json('tidemill.jobs')).toMatchObject({ jobs: [{ name: job, bounded: false }] });
    expect(await client.json('tidemill.why', { job })).toMatchObject({ reason: expect.any(String) });
    expect(await failure(client.json('tidemill.savepoint', { job, savepoint: '/nowhere' }))).toMatchObject({
      code: status.PERMISSION_DENIED,
    });
    expect(await failure(client.json('tidemill.stop', { job: 'other' }))).toMatchObject({ code: status.NOT_FOUND });
    await client.json('tidemill.stop', { job });
    expect(await client.json('tidemill.job', { job })).toMatchObject({ name: job, running: false });
    expect(await client.json('tidemill.jobs')).toEqual({ jobs: [] });
  });

  it('go on when the client has closed its session', async () => {
    const client = open({ 'tidemill-session': 'left' });
    await client.update(`${endless}; CREATE TABLE hole (k INT) WITH ('connector' = 'blackhole')`);
    await client.update('INSERT INTO hole SELECT k FROM endless');
    await client.action('CloseSession');
    expect(running()).toBe(1);
    expect(await client.json('tidemill.jobs')).toEqual({ jobs: [] });
    const left = server.sessions.all().find(each => each.session.running().length > 0)!;
    await left.session.running()[0]!.stop();
    await until(() => running() === 0 && !server.sessions.all().includes(left));
  });

  it('make functions from bytes, and drop tables', async () => {
    const client = open();
    const module = Buffer.from(await buildAssemblyScript('export function twice(x: i32): i32 { return x * 2; }')).toString(
      'base64',
    );
    expect(await client.json('tidemill.create-function', { name: 'twice', module })).toEqual({
      name: 'twice',
      arguments: ['INT'],
      result: 'INT',
    });
    expect((await client.query('SELECT twice(21) AS a')).rows).toEqual([{ a: 42 }]);
    await client.update('CREATE VIEW v AS SELECT 1 AS a');
    expect(await client.json('tidemill.drop', { name: 'v' })).toEqual({ dropped: true });
    expect(await client.json('tidemill.drop', { name: 'v' })).toEqual({ dropped: false });
  });
});

it('lets clients send more than HTTP/2 begins with', async () => {
  const connection = connect(`http://127.0.0.1:${server.port}`);
  try {
    const settings = new Promise<Settings>(settle => {
      connection.on('remoteSettings', told => {
        if (told.initialWindowSize !== 65_535) settle(told);
      });
    });
    connection.request({ ':method': 'POST', ':path': '/arrow.flight.protocol.FlightService/ListActions' }).resume();
    expect(await settings).toMatchObject({
      initialWindowSize: limits.flightStreamWindowBytes,
      maxFrameSize: limits.flightFrameBytesMax,
    });
    await until(() => connection.state.remoteWindowSize === limits.flightConnectionWindowBytes);
  } finally {
    connection.destroy();
  }
});

describe('rows put under a path', () => {
  it('are a table in memory, in place of the one before, that takes inserts', async () => {
    const client = open();
    const parts: { header: Uint8Array; body: Uint8Array }[] = [];
    for await (const message of client.open(
      await client.info("SELECT * FROM (VALUES (1, 'a'), (2, 'a longer text than twelve')) AS t(k, s)"),
    ))
      parts.push(FlightData.decode(message as Buffer));
    const put = () => client.put(FlightDescriptor.encode({ type: 1, path: ['mine'] }), parts);
    await put();
    await put();
    expect((await client.query('SELECT * FROM mine WHERE k > 1')).rows).toEqual([{ k: 2, s: 'a longer text than twelve' }]);
    expect((await client.query('SELECT m.k, n.s FROM mine AS m JOIN mine AS n ON m.k = n.k LIMIT 5')).rows.length).toBe(2);
    await client.update("SET 'parallelism.default' = '2'");
    expect((await client.query('SELECT s, COUNT(*) AS n FROM mine GROUP BY s')).rows.length).toBe(2);
    expect(await client.update("INSERT INTO mine VALUES (3, 'b')")).toBe(1);
    expect(await client.update('INSERT INTO mine SELECT k + 10, s FROM mine')).toBe(3);
    expect((await client.query('SELECT k FROM mine ORDER BY k')).rows.map(row => row['k'])).toEqual([1, 2, 3, 11, 12, 13]);
    expect(await client.update('INSERT INTO mine SELECT CAST(COUNT(*) AS INT), s FROM mine GROUP BY s HAVING COUNT(*) > 2')).toBe(
      0,
    );
    expect(await client.update("INSERT OVERWRITE mine SELECT 7, 'seven'")).toBe(1);
    expect((await client.query('SELECT * FROM mine')).rows).toEqual([{ k: 7, s: 'seven' }]);
    await client.update(endless);
    for (const [statement, why] of [
      ['INSERT INTO mine SELECT * FROM endless', 'never ends'],
      ['INSERT INTO mine (s) VALUES (CAST(NULL AS STRING))', 'NOT NULL'],
      ['DELETE FROM mine WHERE k = 7', 'cannot be deleted'],
      ["UPDATE mine SET s = 'x'", 'cannot be updated'],
    ] as const)
      expect(await failure(client.update(statement))).toMatchObject({ details: expect.stringContaining(why) });
    expect((await client.query('SELECT COUNT(*) AS n FROM mine')).rows).toEqual([{ n: 1n }]);
    expect(await failure(client.put(FlightDescriptor.encode({ type: 1, path: ['other'] }), parts.slice(1)))).toMatchObject({
      details: expect.stringContaining('bad-file'),
    });
    await client.update('CREATE VIEW taken AS SELECT 1 AS a');
    expect(await failure(client.put(FlightDescriptor.encode({ type: 1, path: ['taken'] }), parts))).toMatchObject({
      details: expect.stringContaining('wrong-kind'),
    });
  });
});

describe('rows over a socket of this machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-socket-'));
  let sockets: FlightServer;
  beforeAll(async () => {
    sockets = await FlightServer.open({ ...options, allowedPaths: [folder] });
  });
  afterAll(async () => {
    await sockets.close();
    rmSync(folder, { recursive: true });
  });

  /** What comes on a socket, or goes out on it a few bytes at a time, while `act` is under way. */
  async function over(act: (path: string) => Promise<unknown>, sent?: Uint8Array): Promise<Buffer> {
    const path = join(folder, randomUUID());
    const chunks: Buffer[] = [];
    const listener = createServer(socket => {
      socket.on('data', chunk => chunks.push(chunk)).on('error', () => undefined);
      if (sent === undefined) return;
      for (let at = 0; at < sent.length; at += 1000) socket.write(sent.subarray(at, at + 1000));
      if (sent.length % 8 !== 0) socket.end();
    });
    await new Promise<void>(settle => listener.listen(path, settle));
    try {
      await act(path);
    } finally {
      listener.close();
    }
    return Buffer.concat(chunks);
  }

  it('are read and put as a stream of Arrow', async () => {
    const client = open({}, sockets.port);
    await client.update(
      "CREATE TABLE numbered (k BIGINT, s STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '30000', 'fields.k.kind' = 'sequence', 'fields.k.start' = '1', 'fields.k.end' = '30000', 'fields.s.length' = '20')",
    );
    const near = (socket: string) => client.near('SELECT * FROM numbered', { 'tidemill-socket-bin': socket });
    let answer: Awaited<ReturnType<typeof near>> | undefined;
    const bytes = await over(async socket => {
      answer = await near(socket);
    });
    const rest = tableFromIPC(bytes);
    // the first rows come with the answer
    expect([answer!.told, answer!.batches.length > 0, rest.batches.length > 0]).toEqual([['{"rows":"socket"}'], true, true]);
    const rows = BigInt(rest.numRows);
    const numbers = [...answer!.rows.map(row => row['k']), ...rest.getChild('k')!];
    expect(numbers).toEqual(Array.from({ length: 30_000 }, (_, row) => BigInt(row + 1)));
    const put = (sent: Uint8Array, mode: string): Promise<Buffer> =>
      over(socket => client.json('tidemill.put', { table: 'back', mode, socket }), sent);
    await put(bytes, 'replace');
    await put(bytes, 'append');
    expect((await client.query('SELECT COUNT(*) AS n, COUNT(DISTINCT s) AS d FROM back')).rows).toEqual([
      { n: 2n * rows, d: rows },
    ]);
    expect(await failure(put(bytes, 'create'))).toMatchObject({ details: expect.stringContaining('table-exists') });
    // a stream that breaks off leaves the table as it was
    expect(await failure(put(bytes.subarray(0, bytes.length - 1001), 'replace'))).toMatchObject({ code: status.CANCELLED });
    expect(await failure(put(Buffer.alloc(4001, 7), 'replace'))).toMatchObject({
      details: expect.stringContaining('flight-protocol'),
    });
    expect((await client.query('SELECT COUNT(*) AS n FROM back')).rows).toEqual([{ n: 2n * rows }]);
    expect(await failure(near(join(folder, 'nobody')))).toMatchObject({ details: expect.stringContaining('cannot be reached') });
    expect(await failure(near(join(tmpdir(), 'elsewhere')))).toMatchObject({
      details: expect.stringContaining('path-not-allowed'),
    });
  });

  it('are not needed for few rows, which come with the answer', async () => {
    const few = await open({}, sockets.port).near('SELECT 1 AS a', { 'tidemill-socket-bin': join(folder, 'nobody') });
    expect([few.rows, few.told]).toEqual([[{ a: 1 }], []]);
  });

  it('end with the job when the client closes its end', async () => {
    const client = open({}, sockets.port);
    await client.update(endless);
    const path = join(folder, 'left');
    const listener = createServer(socket => socket.once('data', () => socket.destroy())).listen(path);
    expect(await failure(client.near('SELECT * FROM endless', { 'tidemill-socket-bin': path }))).toMatchObject({
      code: status.CANCELLED,
    });
    listener.close();
    for (const each of sockets.sessions.all()) await until(() => each.session.running().length === 0);
  });
});
