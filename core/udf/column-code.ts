import { type ComponentExports, ComponentInstance } from './component-instance.ts';
import type { UdfAggregate, UdfModule } from './load-udf.ts';
import type { TabularSignature } from './tabular.ts';

/** What runs functions over whole columns: an instance of a component, or another process. */
export interface ColumnCode {
  /**
   * Calls one of the functions that components export, with so many rows.
   * @throws TidemillError what the function fails with.
   */
  call<Name extends keyof ComponentExports, R>(exported: Name, rows: number, run: (target: ComponentExports[Name]) => R): R;
}

/** Aggregates and table functions of another process, as a component has them. */
export interface RemoteModule {
  readonly name: string;
  readonly aggregates: readonly UdfAggregate[];
  readonly tabular: readonly TabularSignature[];
  readonly code: ColumnCode;
}

export const isRemoteModule = (module: UdfModule | RemoteModule): module is RemoteModule => 'code' in module;

/** What runs a function of a component, started for it, or of another process. */
export const columnCodeOf = (module: UdfModule | RemoteModule, functionName: string): ColumnCode =>
  isRemoteModule(module) ? module.code : new ComponentInstance(module, functionName);
