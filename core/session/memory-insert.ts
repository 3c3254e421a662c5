import type { Catalog } from '../catalog/catalog.ts';
import type { TableDescriptor } from '../catalog/descriptors.ts';
import { arrowMessageOf } from '../columnar/arrow-message.ts';
import { schemaHeader } from '../columnar/arrow-schema-message.ts';
import { arrowSchemaOf } from '../columnar/arrow-types.ts';
import { ArrowContent, type IpcPart } from '../columnar/table-content.ts';
import { TidemillError } from '../common/errors.ts';
import { refuseNulls } from '../operators/not-null.ts';
import type { Insert } from '../plan/nodes.ts';
import type { Job } from '../runtime/index.ts';

/**
 * An insert into a table that is held in memory is a query: gives what takes its job's rows. They are in the table when all have come, behind those that
 * are there by then, or in their place (INSERT OVERWRITE). Columns are the table's by position.
 *
 * @throws TidemillError `not-a-sink` for a query that never ends; from what it gives `null-in-not-null`, `unknown-table` when the table has gone
 * meanwhile, and what the query fails with.
 */
export function insertIntoMemory(plan: Insert, bounded: boolean, catalog: Catalog): (job: Job) => Promise<void> {
  const { sink, span } = plan;
  if (bounded) return job => collectInto(plan, job, catalog);
  throw new TidemillError('not-a-sink', `'${sink.name}' is held in memory, and the query never ends`, {
    span,
    hint: 'write rows that end (LIMIT, scan.bounded.mode), or into a table with a connector of its own',
  });
}

async function collectInto({ sink, overwrite, span }: Insert, job: Job, catalog: Catalog): Promise<void> {
  const parts: IpcPart[] = [];
  const rows: number[] = [];
  try {
    for await (const result of job.results!) {
      const { batch, memory } = result;
      if (batch.length === 0) continue;
      refuseNulls(batch, sink, memory);
      const message = arrowMessageOf(result, batch);
      const body = new Uint8Array(new SharedArrayBuffer(message.bodyBytes));
      message.writeBody(body, 0);
      parts.push({ header: message.header, body });
      rows.push(batch.length);
    }
    await job.done;
  } catch (error) {
    await job.cancel();
    throw error;
  }
  const table = tableOf(catalog, sink, span);
  const before = overwrite ? [] : (table.content?.pieces ?? []);
  const schema = { header: schemaHeader(arrowSchemaOf(sink.schema)), body: new Uint8Array(0) };
  const content = new ArrowContent(parts.length === 0 && before.length > 0 ? before : [...before, { schema, parts, rows }]);
  catalog.create({ ...table, content }, { orReplace: true });
}

function tableOf(catalog: Catalog, { path, name }: Insert['sink'], span: Insert['span']): TableDescriptor {
  const found = path === undefined ? undefined : catalog.find(path);
  if (found?.kind === 'table') return found;
  throw new TidemillError('unknown-table', `table '${name}' has gone while rows were written into it`, { span });
}
