import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const core = join(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))), 'core');

/** Files whose documentation users read. */
export const documentedFiles = [
  'index.ts',
  'session/table-session.ts',
  'table-api/aggregates.ts',
  'table-api/expression-types.ts',
  'table-api/lit.ts',
  'table-api/table-types.ts',
  'table-api/udf.ts',
  'table-api/windows.ts',
];

/** Code of every `@example` of a file, with the line it starts at. */
export function examplesOf(file: string): { readonly line: number; readonly code: string }[] {
  const text = readFileSync(join(core, file), 'utf8');
  return [...text.matchAll(/@example\b([\s\S]*?)(?=\n\s*\* @|\*\/)/g)].map(match => ({
    line: text.slice(0, match.index).split('\n').length,
    code: match[1]!
      .split('\n')
      .map(line => line.replace(/^\s*\* ?/, ''))
      .join('\n')
      .trim(),
  }));
}

/** All TypeScript of a room's README. */
export function readmeExamples(file: string): string[] {
  const text = readFileSync(join(core, file), 'utf8');
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(match => match[1]!.replace(/^import .*$/gm, ''));
}

/** What the examples talk about. */
export const prelude = `import { avg, count, countDistinct, cumulate, hop, lit, max, min, open, sum, tumble, udf, unnest } from 'tidemill';
const session = await open();
const bids = session.table('bid', {
  columns: { auction: 'BIGINT NOT NULL', price: 'DOUBLE NOT NULL', channel: 'STRING', at: 'TIMESTAMP(3)' },
  watermark: { at: '4 seconds' },
  with: { connector: 'datagen' },
});
const hots = bids.groupBy('auction').agg(() => ({ bids: count() }));
const sinks = session.table('hot', { columns: { auction: 'BIGINT', bids: 'BIGINT' }, with: { connector: 'print' } });
const orders = session.table('order', { columns: { id: 'BIGINT NOT NULL', customer: 'BIGINT' }, with: { connector: 'datagen' } });
const customers = session.table('customer', { columns: { id: 'BIGINT NOT NULL', name: 'STRING' }, with: { connector: 'datagen' } });
const lines = session.table('line', { columns: { id: 'BIGINT NOT NULL', text: 'STRING', tags: 'ARRAY<STRING>' }, with: { connector: 'datagen' } });
const wordsOf = udf.table('words.wasm', 'words', ['STRING'], { word: 'STRING NOT NULL', length: 'INT NOT NULL' });
const sessionsOf = udf.process('sessions.wasm', 'sessions', { arguments: { gap: 'BIGINT NOT NULL' }, columns: { total: 'DOUBLE' } });
export { avg, count, countDistinct, cumulate, hop, lit, max, min, open, sum, tumble, udf, unnest };
`;

/** Each example in a function of its own, where it may declare again what the prelude declares. */
export function exampleProgram(examples: readonly string[]): string {
  const bodies = examples.map((code, index) => {
    const free = [
      ['tm', 'session'],
      ['bid', 'bids'],
      ['hot', 'hots'],
      ['sink', 'sinks'],
      ['order', 'orders'],
      ['customer', 'customers'],
      ['line', 'lines'],
      ['words', 'wordsOf'],
      ['sessions', 'sessionsOf'],
    ].filter(([name]) => !new RegExp(`(const|using) ${name}\\b`).test(code));
    const parameters = free.map(([name, from]) => `${name} = ${from}`).join(', ');
    return `export async function example${index}(${parameters}) {\n${code}\n}`;
  });
  return prelude + bodies.join('\n');
}
