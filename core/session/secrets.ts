import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { TidemillError } from '../common/errors.ts';
import type { OperatorSpec } from '../physical/operator-spec.ts';
import type { PhysicalPlan } from '../physical/plan.ts';

/**
 * A plan with values in place of `'${env:NAME}'` and `'${file:PATH}'` in the options of its tables, made just before it runs: what EXPLAIN and
 * errors see only ever holds the references.
 *
 * @throws TidemillError `missing-secret`.
 */
export function planWithSecrets(
  plan: PhysicalPlan<OperatorSpec>,
  secret: (name: string) => string | undefined,
): PhysicalPlan<OperatorSpec> {
  return {
    stages: plan.stages.map(stage => ({
      ...stage,
      inputs: stage.inputs.map(input => {
        if (input.kind !== 'source') return input;
        const { source } = input.request;
        return {
          ...input,
          request: {
            ...input.request,
            source: {
              ...source,
              options: withSecrets(source.options, secret, source.baseDirectory),
              ...(source.deadLetters && {
                deadLetters: {
                  ...source.deadLetters,
                  options: withSecrets(source.deadLetters.options, secret, source.deadLetters.baseDirectory),
                },
              }),
            },
          },
        };
      }),
      operators: stage.operators.map(placed => {
        if (placed.spec.kind !== 'sink') return placed;
        const { sink } = placed.spec;
        return {
          ...placed,
          spec: { ...placed.spec, sink: { ...sink, options: withSecrets(sink.options, secret, sink.baseDirectory) } },
        };
      }),
    })),
  };
}

export function withSecrets(
  options: Readonly<Record<string, string>>,
  secret: (name: string) => string | undefined,
  baseDirectory: string | undefined,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [
      key,
      value.replace(/\$\{(env|file):([^}]*)\}/g, (_, kind: string, name: string) => secretOf(kind, name, key)),
    ]),
  );

  function secretOf(kind: string, name: string, key: string): string {
    if (kind === 'env') {
      const value = secret(name);
      if (value === undefined)
        throw new TidemillError('missing-secret', `option '${key}' wants the environment variable ${name}, which is not set`, {
          hint: `Set ${name}, or put it into a file for --env-file.`,
        });
      return value;
    }
    try {
      return readFileSync(resolve(baseDirectory ?? '.', name), 'utf8').trimEnd();
    } catch (cause) {
      throw new TidemillError('missing-secret', `option '${key}' wants the file ${name}, which cannot be read`, { cause });
    }
  }
}

/** Options for people to see: values that were references, and whatever looks like a password, as `***`. */
export function maskedOptions(options: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [
      key,
      /\$\{(env|file):/.test(value) || /password|secret|token|credential/i.test(key) ? '***' : value,
    ]),
  );
}
