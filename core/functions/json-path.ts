import { limits } from '../common/limits.ts';
import { isJsonArray, isJsonObject, type JsonValue } from './json-text.ts';

type Step =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'indexes'; readonly indexes: readonly number[] }
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: 'any' }
  /** All below, and the value itself. */
  | { readonly kind: 'deep' }
  | { readonly kind: 'length' };

/** A JSON path that is ready to walk. */
export interface JsonPath {
  readonly mode: 'lax' | 'strict';
  readonly steps: readonly Step[];
  /** It leads to one place at most. */
  readonly definite: boolean;
}

/** What a path leads to: `missing` when a definite one leads nowhere. An indefinite one gives an array. */
export type PathResult = { readonly value: JsonValue } | 'missing';

const compiled = new Map<string, JsonPath | undefined>();

/**
 * A path in Flink's syntax: `[lax | strict] $.a['b'][0][-1][0,1][1:3].*[*]..c.length()`; strict when nothing is said. Undefined when it is
 * none, or has a filter `[?(…)]`, which is not here.
 */
export function jsonPath(text: string): JsonPath | undefined {
  if (compiled.has(text)) return compiled.get(text);
  const path = readPath(text);
  if (compiled.size >= limits.compiledPatternsMax) compiled.clear();
  compiled.set(text, path);
  return path;
}

const part =
  /(\.\.)|\.?\[\s*(?:(\*)|(-?\d+(?:\s*,\s*-?\d+)*)|(-?\d*)\s*:\s*(-?\d*)|((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(?:\s*,\s*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))*))\s*\]|\.(?:(\*)|(length|size)\(\)|([^.[\]()*?'"\s][^.[\]()*?]*))/y;

function readPath(text: string): JsonPath | undefined {
  const moded = /^\s*(lax|strict)\s+([\s\S]+)$/i.exec(text);
  const mode = moded?.[1]?.toLowerCase() === 'lax' ? 'lax' : 'strict';
  let path = (moded?.[2] ?? text).trim();
  if (path === '') return undefined;
  if (!path.startsWith('$')) path = `$.${path}`;
  const steps: Step[] = [];
  let at = 1;
  while (at < path.length) {
    part.lastIndex = at;
    const found = part.exec(path);
    if (found === null) return undefined;
    at = part.lastIndex;
    const [, deep, anyIndex, indexes, from, to, names, anyName, size, name] = found;
    if (deep !== undefined) {
      steps.push({ kind: 'deep' });
      // `..a` is read on as `.a`
      if (path[at] !== '[') {
        if (at >= path.length) return undefined;
        path = `${path.slice(0, at)}.${path.slice(at)}`;
      }
    } else if (anyIndex !== undefined || anyName !== undefined) steps.push({ kind: 'any' });
    else if (indexes !== undefined) steps.push({ kind: 'indexes', indexes: indexes.split(',').map(Number) });
    else if (names !== undefined)
      steps.push({
        kind: 'names',
        names: [...names.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)].map(match =>
          (match[1] ?? match[2]!).replace(/\\(.)/g, '$1'),
        ),
      });
    else if (size !== undefined) steps.push({ kind: 'length' });
    else if (name !== undefined) steps.push({ kind: 'names', names: [name.trimEnd()] });
    else steps.push({ kind: 'slice', from: from === '' ? undefined : Number(from), to: to === '' ? undefined : Number(to) });
  }
  return { mode, steps, definite: steps.every(isDefinite) };
}

const isDefinite = (step: Step): boolean =>
  (step.kind === 'names' && step.names.length === 1) ||
  (step.kind === 'indexes' && step.indexes.length === 1) ||
  step.kind === 'length';

/** Walks a path. Before its first step that leads to many, what is not there is missing; after it, it is left out. */
export function walkPath(path: JsonPath, root: JsonValue): PathResult {
  let found: JsonValue[] = [root];
  let definite = true;
  for (const step of path.steps) {
    const next: JsonValue[] = [];
    for (const value of found) follow(step, value, next);
    if (definite && isDefinite(step) && next.length === 0) return 'missing';
    if (definite && (step.kind === 'indexes' || step.kind === 'slice') && !isJsonArray(found[0]!)) return 'missing';
    definite &&= isDefinite(step);
    found = next;
  }
  return path.definite ? { value: found[0]! } : { value: found };
}

function follow(step: Step, value: JsonValue, into: JsonValue[]): void {
  switch (step.kind) {
    case 'names':
      if (isJsonObject(value)) for (const name of step.names) if (value.has(name)) into.push(value.get(name)!);
      return;
    case 'indexes':
      if (isJsonArray(value))
        for (const index of step.indexes) {
          const place = index < 0 ? value.length + index : index;
          if (place >= 0 && place < value.length) into.push(value[place]!);
        }
      return;
    case 'slice':
      if (isJsonArray(value)) into.push(...value.slice(step.from, step.to));
      return;
    case 'any':
      if (isJsonArray(value)) into.push(...value);
      else if (isJsonObject(value)) into.push(...value.values());
      return;
    case 'deep':
      into.push(value);
      for (const inner of isJsonArray(value) ? value : isJsonObject(value) ? value.values() : []) follow(step, inner, into);
      return;
    case 'length':
      if (isJsonArray(value)) into.push({ text: String(value.length), whole: true });
      else if (isJsonObject(value)) into.push({ text: String(value.size), whole: true });
  }
}
