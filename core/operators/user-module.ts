import type { TaskCode, UserModule } from '../codegen/contract.ts';
import { internalError } from '../common/errors.ts';

/** The module of a registered function that makes rows. */
export function userModuleOf(task: TaskCode, name: string): UserModule {
  const found = task.userModule?.(name);
  if (found === undefined) throw internalError(`user function '${name}' was not given to the job`);
  return found;
}
