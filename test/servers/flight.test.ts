import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServeProcess, serveFlight } from '../support/flight/serve.ts';
import { pythonWith } from '../support/python.ts';
import { projectRoot } from '../support/source-files.ts';

/** Clients as people have them, against `tidemill serve`: pyarrow, ADBC's driver and the JDBC driver. */
const driverVersion = '18.3.0';
const token = 'sesame';
const folder = mkdtempSync(join(tmpdir(), 'tidemill-flight-'));
const servers: ServeProcess[] = [];

/** The port of a `tidemill serve` that asks for a token. */
async function serve(...options: string[]): Promise<string> {
  const server = await serveFlight(['core', 'cli', 'entry.js'], ['--token-file', join(folder, 'token'), ...options]);
  servers.push(server);
  return server.port;
}

/** Facts that a script prints, a JSON object a line. */
const factsIn = (output: string): Record<string, unknown> =>
  Object.assign(
    {},
    ...output
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as object),
  );
const script = (name: string): string => readFileSync(join(projectRoot, 'test/servers/flight', name), 'utf8');

beforeAll(() => {
  writeFileSync(join(folder, 'token'), `# who has this may use the server\n${token}\n`);
});
afterAll(async () => {
  expect(await Promise.all(servers.map(server => server.close()))).toEqual(servers.map(() => 0));
  rmSync(folder, { recursive: true });
});

describe('Arrow Flight SQL', () => {
  test('pyarrow: all types both ways, errors, endless streams', async () => {
    const python = pythonWith('pyarrow');
    const facts = factsIn(python(script('pyarrow-client.py'), await serve(), token));
    expect(facts).toEqual({
      refused: true,
      types: [
        ...[
          'bool',
          'int8',
          'int16',
          'int32',
          'int64',
          'float',
          'double',
          'decimal128(10, 2)',
          'decimal128(38, 2)',
          'string',
          'string',
        ],
        ...['binary', 'date32[day]', 'time32[ms]', 'timestamp[us]', 'timestamp[ns]', 'timestamp[us, tz=UTC]', 'duration[ms]'],
        ...['month_day_nano_interval', 'list<item: string>', 'map<string, int32>', 'struct<a: int32, b: string>', 'int32'],
      ],
      values: [
        ...['True', '1', '2', '3', '4', '1.5', '2.5', '1.25', '-1.25', 'text', 'a text that is longer', "b'\\x01\\x02'"],
        ...['2026-01-31', '01:02:03', '2026-01-31 23:59:59.123456', '2026-01-31 23:59:59.123456789', '1970-01-01 00:00:01+00:00'],
        ...[
          '1 day, 0:00:00',
          'MonthDayNano(months=14, days=0, nanoseconds=0)',
          "['a', None]",
          "[('k', 1)]",
          "{'a': 1, 'b': 'x'}",
          'None',
        ],
      ],
      'round trip': [],
      nulls: [
        [1, 'a', [1, 2], true],
        [null, null, null, null],
        [3, 'a text that is longer', [3], false],
      ],
      actions: true,
      endless: true,
      cancelled: 'FlightCancelledError',
      error: true,
    });
  });

  test('ADBC over TLS: the catalog, parameters, rows put into tables, cancelling', async () => {
    const python = pythonWith('pyarrow', 'adbc_driver_flightsql');
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate, ...subject];
    execFileSync('openssl', made, { stdio: 'pipe' });
    const port = await serve('--tls-cert', certificate, '--tls-key', key);
    expect(factsIn(python(script('adbc.py'), port, token, certificate))).toEqual({
      rows: [
        [1, 'a'],
        [2, 'b'],
        [3, null],
      ],
      bound: [[2, 'b']],
      limit: 2,
      values: true,
      vendor: 'Tidemill',
      objects: ['k', 's'],
      schema: ['int32', 'string'],
      created: 100_000,
      appended: 100_000,
      aggregated: [[200_000, 9_999_900_000, 171_428, 'text number 99999', 2, '2499975000.00', 100_000]],
      exists: true,
      columns: true,
      replaced: 10,
      equal: true,
      error: true,
      changes: ['+I'],
      first: true,
      cancelled: 'OSError',
    });
  });

  test('JDBC: statements, prepared ones, what is told of the catalog', async () => {
    const lines = await runJava(await serve());
    expect(lines).toEqual([
      'ddl false',
      'insert 2',
      'types k:INTEGER s:VARCHAR d:DECIMAL da:DATE ts:TIMESTAMP b:BOOLEAN ar:ARRAY y:VARBINARY',
      'row 1 one 1.50 2026-01-31 2026-01-31 23:59:59.123 true [1,2] 2',
      'row 2 two null 2026-01-31 2026-01-31 23:59:59.123 true [1,2] 2',
      'error true true',
      'prepared 2 two',
      'prepared insert 1',
      'product Tidemill quote `',
      'table default_catalog.default_database.hole TABLE',
      'table default_catalog.default_database.v VIEW',
      'column k 4',
      'column s 12',
      'column d 3',
      'catalog default_catalog',
      'foreign keys false',
    ]);
  });
});

/** What test/servers/flight/Main.java prints. The driver comes from Maven Central into the git-ignored cache; needs Java 17 and Maven. */
async function runJava(port: string): Promise<string[]> {
  const cache = join(projectRoot, '.cache', 'flight');
  const jar = join(cache, `flight-sql-jdbc-driver-${driverVersion}.jar`);
  if (!existsSync(jar)) {
    mkdirSync(cache, { recursive: true });
    const artifact = `-Dartifact=org.apache.arrow:flight-sql-jdbc-driver:${driverVersion}`;
    const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy';
    execFileSync('mvn', ['-q', plugin, artifact, `-DoutputDirectory=${cache}`], { stdio: 'pipe' });
  }
  const main = join(projectRoot, 'test/servers/flight/Main.java');
  const opened = '--add-opens=java.base/java.nio=ALL-UNNAMED';
  const { stdout } = await promisify(execFile)('java', [opened, '-Duser.timezone=UTC', '-cp', jar, main, port, token]);
  return stdout.trim().split('\n');
}
