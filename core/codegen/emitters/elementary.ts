import { elementary } from '../../functions/elementary.ts';
import type { Emitter } from '../row-emitter.ts';

/** A function of doubles that the engine has: an imported call per value. */
const imported =
  (name: string): Emitter =>
  (e, call) => {
    const args = call.arguments.map(argument => e.emit(argument));
    return e.strict(call.type, args, { guarded: true }, ([result]) => {
      for (const argument of args) argument.push();
      e.f.call(
        e.context.javascript(
          name,
          args.map(() => 'f64'),
          ['f64'],
        ),
      );
      e.f.set(result!);
    });
  };

export const elementaryEmitters: Readonly<Record<string, Emitter>> = {
  ...Object.fromEntries(Object.keys(elementary).map(name => [name, imported(name)])),
  log: (e, call) => imported(call.arguments.length === 1 ? 'ln' : 'log-base')(e, call),
};
