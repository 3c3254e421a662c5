import type { PhysicalPlan } from '../physical/plan.ts';
import type { TableSpec } from '../state/contract.ts';
import type { AnyOperatorSpec, RuntimeServices } from './services.ts';

/** A program as a checkpoint remembers it: what keeps state or positions, by stable id. Plain data, written as JSON. */
export interface ProgramDescription {
  readonly stages: readonly StageDescription[];
}
export interface StageDescription {
  readonly id: string;
  readonly parallelism: number;
  /** By port. */
  readonly inputs: readonly InputDescription[];
  readonly operators: readonly OperatorDescription[];
}
export interface InputDescription {
  readonly kind: 'source' | 'duckdb' | 'exchange';
  /** Stable id of a source; of an exchange the stage it comes from. */
  readonly id: string;
  /** The table that is read. */
  readonly name?: string | undefined;
}
export interface OperatorDescription {
  readonly id: string;
  readonly kind: string;
  /** What it does, for people. */
  readonly text?: string | undefined;
  /** Line of the SQL text it stands in. */
  readonly line?: number | undefined;
  readonly tables: readonly TableSpec[];
  /** Its tables are empty at every barrier. */
  readonly passing?: true | undefined;
  /** Of a sink: the table. */
  readonly sink?: string | undefined;
}

/** What people are told of an operator, by id. */
export interface OperatorAbout {
  readonly text: string;
  readonly line?: number | undefined;
}

export function describeProgram(
  plan: PhysicalPlan<AnyOperatorSpec>,
  services: Pick<RuntimeServices, 'definition'>,
  about: ReadonlyMap<string, OperatorAbout> = new Map(),
): ProgramDescription {
  return {
    stages: plan.stages.map(({ id, parallelism, inputs, operators }) => ({
      id,
      parallelism,
      inputs: inputs.map((input): InputDescription => {
        if (input.kind === 'exchange') return { kind: 'exchange', id: input.from };
        return { kind: input.kind, id: input.id, ...(input.kind === 'source' && { name: input.request.source.name }) };
      }),
      operators: operators.map(({ id: operatorId, spec }): OperatorDescription => {
        const said = about.get(operatorId);
        return {
          id: operatorId,
          kind: spec.kind,
          ...(said && { text: said.text }),
          ...(said?.line !== undefined && { line: said.line }),
          tables: services.definition(spec).tables(spec),
          ...(isPassing(spec) && { passing: true as const }),
          ...(hasSink(spec) && { sink: spec.sink.name }),
        };
      }),
    })),
  };
}

const isPassing = (spec: AnyOperatorSpec): boolean => 'phase' in spec && spec.phase === 'local';
const hasSink = (spec: AnyOperatorSpec): spec is AnyOperatorSpec & { readonly sink: { readonly name: string } } =>
  spec.kind === 'sink' && 'sink' in spec;
