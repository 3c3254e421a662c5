import type { Batch } from '../../columnar/batch.ts';
import { readRows } from '../../columnar/read-values.ts';
import type { TableSink } from '../../plan/nodes.ts';
import type { Connector, Sink, SinkWriter, WriteContext } from '../contract.ts';
import { operationsOf } from '../operations.ts';
import { commonOptions } from '../options.ts';
import { printRow } from './print-row.ts';

/** Writes every row as a line, as Flink's print does: `+I[1, a]`, after `identifier> ` when there is one. */
export const print: Connector = {
  name: 'print',
  options: {
    ...commonOptions,
    'print-identifier': { type: 'string', doc: 'Put in front of every line.' },
    'standard-error': { type: 'boolean', ignored: true, doc: "Rows go where the program's results go." },
  },
  formats: [],
  boundedness: () => 'bounded',
  capabilities: { projection: false, limit: false, filter: () => false },
  sinkMode: 'changelog',
  sink(table: TableSink): Sink {
    const keys = (table.primaryKey ?? []).map(name => table.schema.findIndex(field => field.name === name));
    return { open: context => new PrintWriter(table, keys, context) };
  },
};

class PrintWriter implements SinkWriter {
  readonly #table: TableSink;
  readonly #keys: readonly number[];
  readonly #context: WriteContext;
  readonly #prefix: string;

  constructor(table: TableSink, keys: readonly number[], context: WriteContext) {
    this.#table = table;
    this.#keys = keys;
    this.#context = context;
    const identifier = table.options['print-identifier'] ?? '';
    this.#prefix = identifier === '' ? '' : `${identifier}> `;
  }

  tryWrite(batch: Batch): boolean {
    const { memory } = this.#context;
    const operations = operationsOf(memory, batch, this.#keys);
    let text = '';
    readRows(memory, batch).forEach((row, index) => {
      text += `${this.#prefix}${printRow(this.#table.schema, row, operations?.[index] ?? '+I')}\n`;
    });
    if (text !== '') this.#context.output(text);
    return true;
  }
  prepare(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
  commit(): Promise<void> {
    return Promise.resolve();
  }
  abort(): Promise<void> {
    return Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}
