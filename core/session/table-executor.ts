import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Schema, sameType, typeToString, withNullable } from '../columnar/types.ts';
import { notSupported, TidemillError } from '../common/errors.ts';
import { type Expression, userCall } from '../plan/expressions.ts';
import type { Insert, LogicalNode } from '../plan/nodes.ts';
import { boundednessOf, changelogOf } from '../plan/properties.ts';
import { implicitCast } from '../sql/binder/coercion.ts';
import { bindStatement } from '../sql/binder/index.ts';
import { isAggregate, userAggregateCall } from '../sql/binder/user-aggregates.ts';
import { boundUserCall } from '../sql/binder/user-call.ts';
import { parseStatement } from '../sql/parse.ts';
import type {
  PlanChunk,
  PlanExecutor,
  RunMode,
  TabularDeclaration,
  TabularDescriptor,
  UdfDeclaration,
} from '../table-api/executor.ts';
import { pendingColumn } from '../table-api/pending-aggregates.ts';
import type { ArrowTable, Job } from '../table-api/table-types.ts';
import { parseTypeText } from '../table-api/type-text.ts';
import type { Script } from './contract.ts';
import { quoteIdentifier, quoteText } from './create-table-text.ts';
import type { SessionJob } from './jobs.ts';
import { endlessSourceOf, runtimeModeOf } from './planning.ts';
import type { Session } from './session.ts';

/** Runs the Table API's plans in a session. With a script, errors of running get their place in it. */
export class SessionExecutor implements PlanExecutor {
  readonly #session: Session;
  readonly #directory: string;
  readonly #script: Script | undefined;

  constructor(session: Session, directory: string, script?: Script) {
    this.#session = session;
    this.#directory = directory;
    this.#script = script;
  }

  async *run(node: LogicalNode, mode: RunMode): AsyncGenerator<PlanChunk> {
    try {
      yield* this.#session.query(node, mode).chunks();
    } catch (error) {
      throw this.#placed(error);
    }
  }

  /** apache-arrow is loaded when it is first asked for. */
  async *runArrow(node: LogicalNode, mode: RunMode): AsyncGenerator<ArrowTable> {
    const { arrowTable, recordBatchOf } = await import('../columnar/arrow.ts');
    try {
      const query = this.#session.query(node, mode);
      for await (const { batch, memory } of query.batches()) {
        if (batch.length > 0) yield arrowTable(query.schema, [recordBatchOf(memory, batch, query.schema)]);
      }
    } catch (error) {
      throw this.#placed(error);
    }
  }

  async joinArrow(schema: Schema, tables: readonly ArrowTable[]): Promise<ArrowTable> {
    const { arrowTable } = await import('../columnar/arrow.ts');
    return arrowTable(
      schema,
      tables.flatMap(table => table.batches),
    );
  }

  async insert(node: Insert): Promise<Job> {
    return publicJob(await this.#session.insert(node));
  }

  explain(node: LogicalNode, format: 'text' | 'json'): string {
    return this.#session.explainPlan(node, format);
  }

  describe(node: LogicalNode): { bounded: boolean; changelog: 'append' | 'retract' | 'upsert' } {
    return {
      bounded: boundednessOf(node) === 'bounded',
      changelog: changelogOf(node, runtimeModeOf(this.#session.settings)).kind,
    };
  }

  endlessSource(node: LogicalNode): string | undefined {
    return endlessSourceOf(node);
  }

  callFunction(declaration: UdfDeclaration, args: readonly Expression[]): Expression {
    const { name } = declaration;
    const argumentTypes = declaration.argumentTypes.map(parseTypeText);
    if (args.length !== argumentTypes.length)
      throw new TidemillError('wrong-argument', `${name}() takes ${argumentTypes.length} arguments, not ${args.length}`);
    if (declaration.host !== undefined) return this.#hostCall(declaration, declaration.host, args);
    const descriptor = this.#function(declaration);
    if (isAggregate(descriptor) !== (declaration.aggregate !== undefined))
      throw new TidemillError('udf-signature', `${name} is ${isAggregate(descriptor) ? 'an' : 'no'} aggregate`, {
        hint: isAggregate(descriptor) ? 'declare it with udf.aggregate(…)' : 'declare it with udf(…)',
      });
    if (isAggregate(descriptor))
      return pendingColumn(
        userAggregateCall(descriptor, { star: false, distinct: declaration.aggregate!.distinct }, args, `${name}()`),
      );
    return boundUserCall(descriptor, args, name);
  }

  #hostCall(declaration: UdfDeclaration, run: (...values: unknown[]) => unknown, args: readonly Expression[]): Expression {
    const { name } = declaration;
    const argumentTypes = declaration.argumentTypes.map(parseTypeText);
    const resultType = parseTypeText(declaration.resultType);
    const cast = args.map((argument, index) =>
      implicitCast(argument, withNullable(argumentTypes[index]!, true), `argument ${index + 1} of ${name}`),
    );
    const key = this.#session.addHostFunction({ name, argumentTypes, resultType, run });
    return userCall(key, cast, withNullable(resultType, resultType.nullable || cast.some(argument => argument.type.nullable)));
  }

  tabularFunction(declaration: TabularDeclaration): TabularDescriptor {
    const { name, kind, argumentTypes, columns } = declaration;
    const descriptor = this.#registered(declaration);
    const { tabular } = descriptor;
    if (tabular?.kind !== kind)
      throw new TidemillError('udf-signature', `${name} is no ${kind === 'table' ? '' : 'process '}table function`, {
        hint: `declare it with ${tabular === undefined ? 'udf(…)' : `udf.${tabular.kind}(…)`}`,
      });
    const declared = Object.entries(columns).map(([column, type]) => `${column} ${typeToString(parseTypeText(type))}`);
    const found = tabular.columns.map(field => `${field.name} ${typeToString(field.type)}`);
    if (declared.join() !== found.join())
      throw new TidemillError('udf-signature', `${name} is declared with other columns than the module has`, {
        hint: `the module has (${found.join(', ')})`,
      });
    const given = argumentTypes.map(parseTypeText);
    const { argumentTypes: taken } = descriptor;
    if (kind === 'table' && (given.length !== taken.length || given.some((type, index) => !sameType(type, taken[index]!))))
      throw new TidemillError('udf-signature', `${name} is declared with other types than the module has`, {
        hint: `the module has (${taken.map(type => typeToString(type, false)).join(', ')})`,
      });
    return { ...descriptor, tabular };
  }

  /** The function of a declaration, which is added to the session when it is first used. */
  #registered(declaration: { readonly name: string; readonly file: string | URL }) {
    const { name } = declaration;
    const url = declaration.file instanceof URL ? declaration.file : undefined;
    const file = url === undefined ? (declaration.file as string) : url.protocol === 'data:' ? url.href : fileURLToPath(url);
    const { catalog } = this.#session;
    let descriptor = catalog.findFunction([name], 'catalog');
    if (descriptor === undefined) {
      const text = `CREATE TEMPORARY FUNCTION ${quoteIdentifier(name)} AS ${quoteText(name)} LANGUAGE WASM USING ${quoteText(file)}`;
      const bound = bindStatement(parseStatement(text), this.#session.bindContext(text, this.#directory));
      if (bound.kind !== 'create-function') throw notSupported(`the name '${name}' of a function`);
      descriptor = this.#session.createFunction(bound);
    }
    const base = pathToFileURL(`${descriptor.baseDirectory ?? this.#directory}/`);
    if (
      descriptor.file === undefined ||
      new URL(descriptor.file, base).href !== new URL(file, pathToFileURL(`${this.#directory}/`)).href
    )
      throw new TidemillError(
        'function-exists',
        `the session has another function '${name}', of ${descriptor.file ?? 'no file'}`,
        {
          hint: 'give one of the two another name, or drop it',
        },
      );
    return descriptor;
  }

  #function(declaration: UdfDeclaration) {
    const { name } = declaration;
    const descriptor = this.#registered(declaration);
    const declared = [...declaration.argumentTypes, declaration.resultType].map(parseTypeText);
    const found = [...descriptor.argumentTypes, descriptor.resultType];
    if (declared.length !== found.length || declared.some((type, index) => !sameType(type, found[index]!))) {
      const shown = found.map(type => typeToString(type, false));
      throw new TidemillError('udf-signature', `${name} in ${descriptor.file} is declared with other types than the module has`, {
        hint: `the module has (${shown.slice(0, -1).join(', ')}) → ${shown.at(-1)}`,
      });
    }
    return descriptor;
  }

  /** Expressions of builders have no place in a text: their errors get a stack that leads to the caller's line. */
  #placed(error: unknown): unknown {
    if (!(error instanceof TidemillError) || error.place !== undefined) return error;
    const { span } = error;
    if (span !== undefined && span.end > span.start) {
      return this.#script === undefined ? error : error.at({ source: this.#script.source, text: this.#script.text, span });
    }
    return new TidemillError(error.code, error.message, { domain: error.domain, hint: error.hint, cause: error });
  }
}

/** A job as the Table API hands it out. */
export function publicJob(job: Pick<SessionJob, 'done' | 'stop'>): Job {
  return {
    done: job.done,
    async stop(options = {}) {
      await job.stop(options);
      await job.done;
    },
  };
}
