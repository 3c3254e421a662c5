import { readFileSync } from 'node:fs';

/** The tree without spans, which are all that may differ after printing and parsing again. */
export function withoutSpans(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSpans);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, entry]) => key !== 'span' && entry !== undefined)
      .map(([key, entry]) => [key, withoutSpans(entry)]),
  );
}

export const corpusFiles = ['expressions', 'queries', 'tables', 'others'] as const;

export const readCorpus = (name: (typeof corpusFiles)[number]): string =>
  readFileSync(new URL(`./corpus/${name}.sql`, import.meta.url), 'utf8');
