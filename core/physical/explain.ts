import { nodeToString, windowToString } from '../plan/explain.ts';
import { aggregateToString, expressionToString, sortKeyToString } from '../plan/print-expression.ts';
import { windowedToString } from './explain-windowed.ts';
import type { OperatorSpec } from './operator-spec.ts';
import type { ExchangeOutput, StageInput } from './plan.ts';
import type { PlannedProgram } from './planner.ts';

/** The stages of a program as text for EXPLAIN: inputs, operators, where rows go, and why the plan was cut. */
export function programToString(program: PlannedProgram): string {
  const stages = program.plan.stages.flatMap(stage => [
    `${stage.id} (parallelism ${stage.parallelism}): ${stage.reason}`,
    ...stage.inputs.map(input => `  ${input.operator === undefined ? '' : 'build '}from ${inputToString(input)}`),
    ...stage.operators.map(operator => `  ${operatorToString(operator.spec)}`),
    ...stage.outputs.map(output => `  to ${output.to}: ${outputToString(output)}`),
  ]);
  const cuts = [...new Set(program.cuts.map(cut => `not in DuckDB: ${nodeToString(cut.node)}: ${cut.text}`))];
  return [...stages, ...cuts].join('\n');
}

/** The same as data, for `--format json`. */
export function programToJson(program: PlannedProgram): unknown {
  return {
    stages: program.plan.stages.map(stage => ({
      id: stage.id,
      parallelism: stage.parallelism,
      reason: stage.reason,
      inputs: stage.inputs.map(input => ({ kind: input.kind, text: inputToString(input) })),
      operators: stage.operators.map(operator => ({
        id: operator.id,
        kind: operator.spec.kind,
        text: operatorToString(operator.spec),
      })),
      outputs: stage.outputs.map(({ kind, to }) => ({ kind, to })),
    })),
    cuts: program.cuts.map(cut => ({ node: nodeToString(cut.node), reason: cut.text })),
  };
}

function inputToString(input: StageInput): string {
  switch (input.kind) {
    case 'source': {
      const { source, columns, filter, limit } = input.request;
      const names = columns.map(index => source.schema[index]!.name).join(', ');
      return `${source.connector} ${source.name} (${names})${filter === undefined ? '' : ` where ${expressionToString(filter)}`}${limit === undefined ? '' : ` limit ${limit}`}`;
    }
    case 'duckdb':
      return `DuckDB: ${input.sql}`;
    case 'exchange':
      return input.from;
  }
}

function outputToString(output: ExchangeOutput): string {
  switch (output.kind) {
    case 'hash':
      return `by hash of (${output.keys.map(key => expressionToString(key)).join(', ')})`;
    case 'single':
      return 'all to one task';
    case 'forward':
      return 'task to task';
  }
}

export function operatorToString(spec: OperatorSpec): string {
  switch (spec.kind) {
    case 'compute': {
      const outputs = spec.compute.outputs.map(output => expressionToString(output)).join(', ');
      return `compute ${outputs}${spec.compute.filter === undefined ? '' : ` where ${expressionToString(spec.compute.filter)}`}`;
    }
    case 'watermark-assigner':
      return `watermark ${spec.schema[spec.column]!.name} AS ${expressionToString(spec.watermark)}`;
    case 'window-table':
      return `window-table ${windowToString(spec.window)} over ${spec.time.kind === 'proctime' ? 'processing time' : spec.input[spec.time.column]!.name}`;
    case 'window-aggregate': {
      const time =
        spec.time.kind === 'proctime'
          ? 'processing time'
          : spec.input[spec.time.kind === 'rowtime' ? spec.time.column : spec.time.endColumn]!.name;
      const kind = spec.phase === 'local' ? 'window-aggregate by slice,' : 'window-aggregate';
      return `${kind} ${windowToString(spec.window)} over ${time}${grouping(spec)}`;
    }
    case 'gathered-aggregate':
      return `aggregate of all rows${grouping(spec)}${spec.final ? ', final rows' : ''}`;
    case 'local-aggregate':
      return `group-aggregate by ${spec.final ? 'task' : 'batch'},${grouping(spec)}`;
    case 'group-aggregate': {
      const how = spec.final ? ', final rows' : spec.retracting ? ', takes rows back' : '';
      return `group-aggregate${grouping(spec)}${how}`;
    }
    case 'sort':
      return `sort ${spec.keys.map(key => sortKeyToString(key)).join(', ')}${range(spec)}`;
    case 'top-n':
      return `top-n ${spec.keys.map(key => sortKeyToString(key)).join(', ')}${range(spec)}${spec.final ? ', final rows' : ''}`;
    case 'expand':
    case 'replicate':
    case 'over':
    case 'rank':
    case 'session':
    case 'session-aggregate':
    case 'closing-aggregate':
    case 'match-recognize':
    case 'running':
      return windowedToString(spec);
    case 'join':
      return joinToString(spec);
    case 'unnest': {
      const { outputs, filter } = spec.compute;
      const condition = spec.condition === undefined ? '' : ` on ${expressionToString(spec.condition)}`;
      return `${spec.outer ? 'left ' : ''}unnest ${expressionToString(outputs.at(-1)!)}${spec.ordinality ? ' with ordinality' : ''}${condition}${filter === undefined ? '' : ` where ${expressionToString(filter)}`}`;
    }
    case 'table-call': {
      const given = spec.compute.outputs.slice(spec.keptCount).map(output => expressionToString(output));
      const condition = spec.condition === undefined ? '' : ` on ${expressionToString(spec.condition)}`;
      const { filter } = spec.compute;
      return `${spec.outer ? 'left ' : ''}table-function ${spec.function}(${given.join(', ')})${condition}${filter === undefined ? '' : ` where ${expressionToString(filter)}`}`;
    }
    case 'process-table': {
      const by = spec.partition.map(index => spec.compute.outputs[index]!).map(output => expressionToString(output));
      return `process-table ${spec.function}${spec.keyed ? ` by (${by.join(', ')})` : ''}${spec.ttl ? ', state expires' : ''}`;
    }
    case 'changelog-normalize':
      return `changelog-normalize by ${spec.keys.map(key => spec.schema[key]!.name).join(', ')}${spec.final ? ', final rows' : ''}`;
    case 'limit':
      return `limit${range(spec)}`;
    case 'union':
      return 'union';
    case 'sink':
      return `sink ${spec.sink.name} (${spec.sink.connector})`;
    case 'collect':
      return 'collect';
  }
}

function joinToString(spec: Extract<OperatorSpec, { kind: 'join' }>): string {
  const { keys, residual } = spec;
  const equal = keys.probe.map((key, index) => `${expressionToString(key)} = ${expressionToString(keys.build[index]!)}`);
  const sent = [
    ...(spec.pairs ? ['pairs'] : []),
    ...(spec.sendProbe === 'none' ? [] : [`${spec.sendProbe} rows`]),
    ...(spec.sendBuild === 'none' ? [] : [`${spec.sendBuild} rows of the build side`]),
  ];
  return `${keys.probe.length === 0 ? 'nested-loop' : 'hash'}-join${equal.length === 0 ? '' : ` on ${equal.join(', ')}`}${residual === undefined ? '' : ` where ${expressionToString(residual)}`}: ${sent.join(', ')}`;
}

function grouping(spec: Extract<OperatorSpec, { readonly keys: unknown; readonly aggregates: unknown }>): string {
  const keys = spec.keys.length === 0 ? '' : ` by (${spec.keys.map(key => expressionToString(key)).join(', ')})`;
  const calls = spec.aggregates.length === 0 ? '' : ` ${spec.aggregates.map(call => aggregateToString(call)).join(', ')}`;
  return `${keys}${calls}${spec.filter === undefined ? '' : ` where ${expressionToString(spec.filter)}`}`;
}

function range(spec: { readonly offset: number; readonly count?: number | undefined }): string {
  return `${spec.count === undefined ? '' : ` first ${spec.count}`}${spec.offset === 0 ? '' : ` after ${spec.offset}`}`;
}
