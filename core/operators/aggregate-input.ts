import type { AggregateLayout } from '../codegen/aggregates/index.ts';
import { type ColumnName, layoutAggregates } from '../codegen/aggregates/index.ts';
import { canonicalText } from '../codegen/canonical.ts';
import type { ComputeSpec } from '../codegen/contract.ts';
import { keyLayoutOf } from '../columnar/key-layout.ts';
import type { Schema } from '../columnar/types.ts';
import { type AggregateCall, type AggregateLineage, column, type Expression } from '../plan/expressions.ts';
import { expressionToString } from '../plan/print-expression.ts';
import type { RowOwner, TableSpec } from '../state/contract.ts';
import { layoutWithTouched } from './touched-layout.ts';

/** What aggregating operators have in common: one generated loop makes keys, hashes and arguments; tables hold the groups. */
export interface AggregateInput {
  readonly compute: ComputeSpec;
  readonly layout: AggregateLayout;
  /** Index in the computed batch of the first of `extra`. */
  readonly extraAt: number;
}

interface GroupingSpec {
  readonly input: Schema;
  readonly filter?: Expression | undefined;
  readonly keys: readonly Expression[];
  readonly aggregates: readonly AggregateCall[];
  readonly ttlMs?: number | undefined;
}

const known = new WeakMap<object, AggregateInput>();

const nameOf = (argument: Expression, lineage: AggregateLineage | undefined, index: number): ColumnName => ({
  text: lineage?.arguments[index] ?? expressionToString(argument),
  merges: lineage?.merges,
});

/** Derived from a spec once: distinct arguments and filters become columns of the computed batch, then the `extra` ones. */
export function aggregateInput(spec: GroupingSpec, retracting: boolean, extra: readonly Expression[] = []): AggregateInput {
  const found = known.get(spec);
  if (found !== undefined) return found;
  const outputs: Expression[] = [];
  const indexes = new Map<string, number>();
  const names: ColumnName[] = [];
  const toColumn = (expression: Expression, name: ColumnName): Expression => {
    const text = canonicalText(expression);
    let index = indexes.get(text);
    if (index === undefined) {
      indexes.set(text, (index = outputs.push(expression) - 1));
      names.push(name);
    }
    return column(index, { name: `argument ${index}`, type: expression.type });
  };
  const calls = spec.aggregates.map(
    (call): AggregateCall => ({
      ...call,
      arguments: call.arguments.map((argument, index) => toColumn(argument, nameOf(argument, call.lineage, index))),
      filter: call.filter && toColumn(call.filter, { text: call.lineage?.filter ?? expressionToString(call.filter) }),
    }),
  );
  const layout = keyLayoutOf(spec.keys.map(key => key.type));
  const laidOut = layoutAggregates(
    calls,
    outputs.map(output => output.type),
    layout,
    { retracting, names, keyNames: spec.keys.map(key => (key.kind === 'column' ? key.name : expressionToString(key))) },
  );
  const input: AggregateInput = {
    compute: {
      input: spec.input,
      filter: spec.filter,
      outputs: [...outputs, ...extra],
      ...(spec.keys.length > 0 && { key: { expressions: spec.keys, layout } }),
    },
    layout: spec.ttlMs === undefined ? laidOut : layoutWithTouched(laidOut),
    extraAt: outputs.length,
  };
  known.set(spec, input);
  return input;
}

/** Tables of groups and of their value sets: `groups`, `set 0`, `set 1` …; with a prefix, for further ones of the same form. */
export function groupTables(
  layout: AggregateLayout,
  kind: 'value' | 'sliced',
  options: {
    readonly prefix?: string | undefined;
    readonly owner?: RowOwner | undefined;
    /** Rows of a group may be apart: not where it has sets, which say what of a row counts. */
    readonly apart?: boolean | undefined;
  } = {},
): TableSpec[] {
  const { prefix = '', owner } = options;
  const apart = options.apart === true && layout.sets.length === 0;
  const { groupKey } = layout;
  const fields = groupKey.fields.map((_, index) => index);
  // rows that are linked name each other by their addresses
  const spills = layout.sets.every(set => set.linkOffset === undefined && set.set.headOffset === undefined);
  return [
    { kind, name: `${prefix}groups`, key: groupKey, payload: layout.payload, owner, spills, apart, names: layout.keyNames },
    ...layout.sets.map(
      (set, index): TableSpec => ({
        kind,
        name: `${prefix}set ${index}`,
        key: set.key,
        payload: set.payload,
        groupKey,
        names: set.names && [...(layout.keyNames ?? []), ...set.names],
        spills,
        owner: owner ?? { kind: 'key-group', fields },
      }),
    ),
  ];
}
