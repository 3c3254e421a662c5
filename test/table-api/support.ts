import { typeToString } from '../../core/columnar/types.ts';
import { connectors, formats } from '../../core/connectors/index.ts';
import { open, type TableSession } from '../../core/index.ts';
import { optimize } from '../../core/optimizer/optimize.ts';
import type { LogicalNode } from '../../core/plan/nodes.ts';
import { withOperatorIds } from '../../core/plan/operator-ids.ts';
import { TableBuilder } from '../../core/table-api/table.ts';

/** The plan behind a table of the public API. */
export function planOf(table: unknown): LogicalNode {
  if (table instanceof TableBuilder) return table.plan;
  throw new Error('not a table');
}

/** A plan as the optimizer leaves it, with operator ids, as text that shows all of it but places in a source. */
export function optimizedText(plan: LogicalNode): string {
  const better = optimize(withOperatorIds(plan), {
    connectors: { connectors, formats },
    evaluation: { localTimeZone: 'UTC' },
    isDeterministicUserFunction: () => true,
  });
  return JSON.stringify(better, replaceValue, 1);
}

/** Types as their text, bigints with their suffix, no spans. */
function replaceValue(key: string, value: unknown): unknown {
  if (key === 'span') return undefined;
  if (key === 'type' && typeof value === 'object' && value !== null) return typeToString(value as never);
  return typeof value === 'bigint' ? `${value}n` : value;
}

export const openForTest = (): Promise<TableSession> => open({ settings: { 'table.local-time-zone': 'UTC' }, notice: () => {} });

/** The table most tests read. */
export const bidOf = (tm: TableSession) =>
  tm.table('bid', {
    columns: {
      auction: 'BIGINT NOT NULL',
      price: 'DOUBLE NOT NULL',
      bidder: 'INT NOT NULL',
      fee: 'DECIMAL(10, 2)',
      channel: 'STRING',
      date_of: 'DATE',
      event_time: 'TIMESTAMP(3)',
      seen: 'TIMESTAMP_LTZ(3)',
    },
    watermark: { event_time: '4 seconds' },
    with: { connector: 'datagen' },
  });
export type Bid = ReturnType<typeof bidOf>;
