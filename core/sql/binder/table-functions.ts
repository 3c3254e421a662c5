import type { FunctionDescriptor } from '../../catalog/descriptors.ts';
import { typeToString, withNullable } from '../../columnar/types.ts';
import { notSupported, type Span, TidemillError } from '../../common/errors.ts';
import { didYouMean } from '../../common/nearest-names.ts';
import type { Expression } from '../../plan/expressions.ts';
import { filter, type LogicalNode, tableCall } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import type { TableShape } from '../../plan/tabular-shapes.ts';
import type * as ast from '../ast/query.ts';
import { implicitCast, requireBoolean } from './coercion.ts';
import type { QueryContext } from './context.ts';
import { bindExpression } from './expressions.ts';
import type { BoundFrom } from './joins.ts';
import { emptyScope, joinedScope, type Scope, scopeOf } from './scope.ts';

/** A function that makes rows, by its name as it is written in FROM; undefined: there is no function of this name. */
export function findTabular(reference: ast.TableFunction, context: QueryContext): FunctionDescriptor | undefined {
  const names = reference.name.map(part => part.name);
  const { catalog } = context.bind;
  const found = catalog.findFunction(names, 'system') ?? catalog.findFunction(names, 'catalog');
  if (found !== undefined && found.tabular === undefined)
    throw new TidemillError('wrong-argument', `${names.join('.')} gives a value, not rows`, {
      span: reference.span,
      hint: 'call it in SELECT or WHERE; FROM takes functions that are declared to return a table',
    });
  return found;
}

/**
 * TABLE(f(…)) in FROM; with LATERAL its arguments may use the columns of what stands before it: `left, LATERAL TABLE(f(a))`, CROSS JOIN, JOIN … ON and
 * LEFT JOIN … ON. Source: Flink docs, "Joins / Table Function".
 *
 * @throws TidemillError `wrong-argument` for RIGHT, FULL, NATURAL and USING, and arguments that do not fit.
 */
export function bindTableCall(
  reference: ast.TableFunction,
  descriptor: FunctionDescriptor & { readonly tabular: TableShape },
  left: BoundFrom,
  context: QueryContext,
  join?: Pick<ast.Join, 'type' | 'natural' | 'on' | 'using'>,
): BoundFrom {
  const { span } = reference;
  if (join !== undefined) refuseOthers(join, span);
  const scope: Scope = { ...(reference.lateral ? left.scope : emptyScope), outer: context.outer };
  const given = callArguments(reference, descriptor, scope, context);
  const width = schemaOf(left.node).length;
  const { columns } = descriptor.tabular;
  const names = namesOf(
    reference,
    columns.map(field => field.name),
  );
  const scoped = (node: LogicalNode): BoundFrom => {
    const right = scopeOf(schemaOf(node).slice(width), reference.alias?.name.name);
    return { node, scope: joinedScope(left.scope, right, schemaOf(node), width, span) };
  };
  const on = join?.on;
  const outer = join?.type === 'LEFT';
  const condition =
    on &&
    ((inner: LogicalNode): Expression => {
      const scope = { ...scoped(inner).scope, outer: context.outer };
      return requireBoolean(bindExpression(on, { bind: context.bind, scope, clause: 'ON' }), 'ON');
    });
  return scoped(lateralCall({ input: left.node, descriptor, arguments: given, names, outer, condition, span }));
}

export interface LateralCall {
  readonly input: LogicalNode;
  readonly descriptor: FunctionDescriptor & { readonly tabular: TableShape };
  /** With the casts that they need. */
  readonly arguments: readonly Expression[];
  /** Of the columns that the function adds. */
  readonly names: readonly string[];
  readonly outer: boolean;
  /** Over the output of the call without a condition. */
  readonly condition?: ((inner: LogicalNode) => Expression) | undefined;
  readonly span?: Span | undefined;
}

/** Each row with the rows that a table function makes of it. */
export function lateralCall({ input, descriptor, outer, condition, span, ...call }: LateralCall): LogicalNode {
  const made = (isOuter: boolean, met?: Expression): LogicalNode =>
    tableCall({
      input,
      kept: schemaOf(input).map((_, index) => index),
      function: descriptor.key,
      arguments: call.arguments,
      fields: descriptor.tabular.columns,
      deterministic: descriptor.deterministic,
      outer: isOuter,
      names: call.names,
      ...(span && { span }),
      ...(met && { condition: met }),
    });
  if (condition === undefined) return made(outer);
  const inner = made(false);
  const met = condition(inner);
  if (met.kind === 'literal' && met.value === true) return outer ? made(true) : inner;
  return outer ? made(true, met) : filter(inner, met);
}

/** Arguments in order, by position or by name, with the casts that they need. */
function callArguments(
  reference: ast.TableFunction,
  descriptor: FunctionDescriptor,
  scope: Scope,
  context: QueryContext,
): Expression[] {
  const { argumentTypes, argumentNames = [], name } = descriptor;
  const placed: ast.Expression[] = [];
  for (const [index, argument] of reference.arguments.entries()) {
    const named = argument.kind === 'named-argument';
    const at = named ? argumentNames.indexOf(argument.name.name) : index;
    if (named && at < 0)
      throw new TidemillError('wrong-argument', `${name} has no argument '${argument.name.name}'`, {
        span: argument.name.span,
        hint: didYouMean(argument.name.name, argumentNames) ?? `it has ${argumentNames.join(', ')}`,
      });
    placed[at] = scalarArgument(named ? argument.value : argument, name);
  }
  for (let index = 0; index < Math.max(placed.length, argumentTypes.length); index++)
    if (placed[index] === undefined || index >= argumentTypes.length)
      throw new TidemillError(
        'wrong-argument',
        `${name} takes ${counted(argumentTypes.length)}, not ${reference.arguments.length}`,
        {
          span: reference.span,
          hint: `its signature is ${signatureText(descriptor)}`,
        },
      );
  const bound = placed.map(argument =>
    bindExpression(argument, { bind: context.bind, scope, clause: `the arguments of ${name}` }),
  );
  return castArguments(descriptor, bound);
}

/** The arguments of a function as the types that it takes. @throws TidemillError `type-mismatch`. */
export const castArguments = ({ name, argumentTypes }: FunctionDescriptor, given: readonly Expression[]): Expression[] =>
  given.map((argument, index) =>
    implicitCast(argument, withNullable(argumentTypes[index]!, true), `argument ${index + 1} of ${name}`),
  );

const counted = (count: number): string => (count === 1 ? '1 argument' : `${count} arguments`);

function signatureText({ name, argumentTypes, argumentNames }: FunctionDescriptor): string {
  const given = argumentTypes.map((type, index) => `${argumentNames?.[index] ?? ''} ${typeToString(type)}`.trim());
  return `${name}(${given.join(', ')})`;
}

/** An argument that is a value. @throws TidemillError `wrong-argument` for tables and descriptors. */
export function scalarArgument(argument: ast.TableFunctionArgument, name: string): ast.Expression {
  if (argument.kind === 'default') throw notSupported('DEFAULT as an argument', argument.span);
  if (argument.kind === 'descriptor' || argument.kind === 'table-argument' || argument.kind === 'named-argument')
    throw new TidemillError(
      'wrong-argument',
      `${name} takes a value here, not a ${argument.kind === 'descriptor' ? 'descriptor' : 'table'}`,
      {
        span: argument.span,
      },
    );
  return argument;
}

function namesOf({ alias }: ast.TableFunction, names: readonly string[]): readonly string[] {
  if (alias === undefined || alias.columns.length === 0) return names;
  if (alias.columns.length !== names.length)
    throw new TidemillError('wrong-column-count', `${alias.columns.length} names are given for ${names.length} columns`, {
      span: alias.span,
      hint: `the function gives ${names.join(', ')}`,
    });
  return alias.columns.map(column => column.name);
}

function refuseOthers(join: Pick<ast.Join, 'type' | 'natural' | 'using'>, span: Span): void {
  if (join.type === 'RIGHT' || join.type === 'FULL')
    throw new TidemillError('wrong-argument', `LATERAL TABLE cannot be the right side of a ${join.type} JOIN`, {
      span,
      hint: 'write CROSS JOIN LATERAL TABLE(f(…)), or LEFT JOIN LATERAL TABLE(f(…)) ON TRUE',
    });
  if (join.natural || join.using.length > 0)
    throw new TidemillError('wrong-argument', 'LATERAL TABLE is joined by CROSS JOIN, or by a condition with ON', { span });
}
