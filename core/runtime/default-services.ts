import { realClock } from '../common/environment.ts';
import { internalError, notSupported } from '../common/errors.ts';
import { connectorOf } from '../connectors/index.ts';
import { type OperatorSpec, operatorDefinitions } from '../operators/index.ts';
import { createTable } from '../state/index.ts';
import { spillFilesIn } from '../storage/spill-files.ts';
import { duckdbSource } from './duckdb-source.ts';
import { definitionsOf, type RuntimeServices } from './services.ts';

export interface DefaultServiceOptions {
  /** Where `print` writes. */
  readonly output: (text: string) => void;
  /** Threads DuckDB may use. */
  readonly duckdbThreads?: number | undefined;
  /** Memory DuckDB may use; it spills by itself. Default: what DuckDB takes. */
  readonly duckdbMemoryBytes?: number | undefined;
  /** Functions that are no modules. */
  readonly userFunction?: RuntimeServices['userFunction'] | undefined;
  readonly remoteModule?: RuntimeServices['remoteModule'] | undefined;
}

/** The engine's own operators, connectors, tables and clock. */
export function defaultServices(options: DefaultServiceOptions): RuntimeServices {
  return {
    clock: realClock,
    definition: definitionsOf<OperatorSpec>(operatorDefinitions),
    createTable,
    spillFiles: spillFilesIn,
    source(request) {
      const source = connectorOf(request.source.connector).source?.(request);
      if (source === undefined) throw notSupported(`reading from connector '${request.source.connector}'`);
      return source;
    },
    duckdb: input => duckdbSource(input, { threads: options.duckdbThreads ?? 1, memoryBytesMax: options.duckdbMemoryBytes }),
    sink(table) {
      const sink = connectorOf(table.connector).sink?.(table);
      if (sink === undefined) throw notSupported(`writing to connector '${table.connector}'`);
      return sink;
    },
    userFunction:
      options.userFunction ??
      (name => {
        throw internalError(`user function '${name}' was not given to the job`);
      }),
    ...(options.remoteModule && { remoteModule: options.remoteModule }),
    output: options.output,
  };
}
