import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatValue } from '../../core/columnar/format-value.ts';
import { typeToString } from '../../core/columnar/types.ts';
import { connectors, formats } from '../../core/connectors/index.ts';
import { commonOptions } from '../../core/connectors/options.ts';
import { aggregateFunctions, evaluateExpression, scalarFunctions } from '../../core/functions/index.ts';
import { settingSpecs } from '../../core/session/settings.ts';
import { docsFolder } from './docs-pages.ts';
import { Planning } from './planning.ts';
import { sourceFiles } from './source-files.ts';

const made = '<!-- Made by `npm run docs` from the code: change it there. -->';
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(row => `| ${row.map(cell).join(' | ')} |`).join('\n');

/** Pages that are made as a whole. */
export async function generatedPages(): Promise<{ path: string; text: string }[]> {
  return [
    { path: join(docsFolder, 'functions.md'), text: functionsPage() },
    { path: join(docsFolder, 'not-there.md'), text: notTherePage() },
  ];
}

/** A page with the parts between `<!-- made: NAME -->` and `<!-- end -->` made anew. */
export function withGeneratedParts(text: string): string {
  return text.replace(
    /(<!-- made: ([a-z]+) ?([a-z-]*) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, head: string, kind: string, name: string, end: string) => {
      const make = parts[kind];
      if (make === undefined) throw new Error(`nothing is made by '${kind}'`);
      return `${head}\n${make(name)}\n\n${end}`;
    },
  );
}

const parts: Readonly<Record<string, (name: string) => string>> = {
  settings: () =>
    table(
      ['setting', 'values', 'default', 'what it does'],
      Object.entries(settingSpecs).map(([key, spec]) => [
        `\`${key}\``,
        spec.values?.map(value => `\`${value}\``).join(', ') ?? '',
        spec.default === undefined ? '' : `\`${spec.default}\``,
        spec.doc,
      ]),
    ),
  connector: name => {
    const connector = connectors.get(name);
    if (connector === undefined) throw new Error(`there is no connector '${name}'`);
    return optionTable(Object.entries(connector.options).filter(([key]) => !(key in commonOptions)));
  },
  format: name => {
    const format = formats.get(name);
    if (format === undefined) throw new Error(`there is no format '${name}'`);
    return Object.keys(format.options).length === 0 ? 'It has no options.' : optionTable(Object.entries(format.options));
  },
  common: () => optionTable(Object.entries(commonOptions)),
  names: () =>
    `Connectors: ${[...connectors.keys()]
      .filter(name => name !== 'values' && name !== 'memory')
      .map(name => `\`${name}\``)
      .join(', ')}. Formats: ${[...formats.keys()].map(name => `\`${name}\``).join(', ')}.`,
};

interface Option {
  readonly type: string;
  readonly required?: boolean | undefined;
  readonly default?: string | undefined;
  readonly values?: readonly string[] | undefined;
  readonly doc: string;
  readonly ignored?: boolean | undefined;
}

function optionTable(options: readonly (readonly [string, Option])[]): string {
  const used = options.filter(([, spec]) => !spec.ignored);
  const ignored = options.filter(([, spec]) => spec.ignored).map(([key]) => `\`${key}\``);
  const rows = used.map(([key, spec]) => [
    `\`${key}\`${spec.required ? ' (needed)' : ''}`,
    spec.values?.map(value => `\`${value}\``).join(', ') ?? spec.type,
    spec.default === undefined ? '' : `\`${spec.default}\``,
    spec.doc,
  ]);
  return [
    ...(rows.length === 0 ? [] : [table(['option', 'takes', 'default', 'what it does'], rows)]),
    ...(ignored.length === 0 ? [] : [`Accepted for Flink's sake, without meaning here: ${ignored.join(', ')}.`]),
  ].join('\n\n');
}

const epochMs = (): number => Date.UTC(2026, 0, 31, 12);

/** Every function of the catalogue: how it is called, what it gives, an example with its value. */
function functionsPage(): string {
  const planning = new Planning();
  const byName = <T extends { readonly spellings: readonly string[]; readonly name: string }>(entries: Iterable<T>): T[] =>
    [...entries].sort((a, b) => ((a.spellings[0] ?? a.name) < (b.spellings[0] ?? b.name) ? -1 : 1));
  const scalars = byName(scalarFunctions.values()).filter(entry => !entry.name.startsWith('$'));
  const isOperator = (spellings: readonly string[]): boolean => spellings.length === 0;
  const entry = (
    doc: { readonly usage: string; readonly text: string },
    spellings: readonly string[],
    example: string,
  ): string => {
    const also = spellings.filter(spelling => !doc.usage.includes(spelling));
    return `### \`${doc.usage}\`\n\n${doc.text}${also.length > 0 ? ` Also ${also.map(name => `\`${name}\``).join(', ')}.` : ''}\n\n${example}`;
  };
  const exampleOf = (name: string, example: string, deterministic: boolean): string => {
    const plan = planning.plan(`SELECT ${example}`);
    if (plan.kind !== 'project' || !deterministic) return `\`${example}\``;
    const [expression] = plan.expressions;
    const value = evaluateExpression(expression!, [], { localTimeZone: 'UTC', epochMs });
    if (/^(current_|local|now|proctime|unix_timestamp|rand|uuid)/.test(name)) return `\`${example}\``;
    return `\`${example}\` → \`${formatValue(value, expression!.type)}\` (${typeToString(expression!.type)})`;
  };
  const aggregates = byName(aggregateFunctions.values())
    .filter(({ spellings }) => spellings.some(name => /^[A-Z]/.test(name)))
    .map(({ doc, spellings }) => entry(doc, spellings, `\`${doc.example}\``));
  const callable = scalars.filter(({ spellings }) => !isOperator(spellings));
  const operators = scalars.filter(({ spellings }) => isOperator(spellings));
  const list = (entries: typeof scalars): string[] =>
    entries.map(({ name, doc, spellings, deterministic }) => entry(doc, spellings, exampleOf(name, doc.example, deterministic)));
  return `${made}

# Functions

${callable.length} scalar functions, ${operators.length} operators and ${aggregates.length} aggregates. They mean what they mean in Flink 2.3: the table of what agrees, differs or is missing
is in [functions-status.md](functions-status.md). In the shell, \`\\df upper\` shows an entry. Your own: [user functions](sql.md#create-function).

## Aggregates

They take \`DISTINCT\` and \`FILTER (WHERE …)\`.

${aggregates.join('\n\n')}

## Scalar functions

${list(callable).join('\n\n')}

## Operators and forms of their own

${list(operators).join('\n\n')}
`;
}

/** Parts of the engine, and which rooms they are. */
const areas: readonly (readonly [string, RegExp])[] = [
  ['Statements and queries', /^core\/(sql|plan|physical|optimizer|operators)\//],
  ['The session: statements that manage, jobs, checkpoints', /^core\/(session|cli)\//],
  ['Connectors, formats and files', /^core\/(connectors|storage|columnar|duckdb)\//],
  ['Table API', /^core\/table-api\//],
  ['User functions', /^core\/udf\//],
];

/** What is refused with \`error[not-supported]\`, from the places in the code that say so. */
function notTherePage(): string {
  const found = sourceFiles('core').flatMap(file =>
    [
      ...file.text.matchAll(
        /notSupported\(\s*(`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*(?:,\s*[^,()]*(?:\([^()]*\))?[^,()]*,\s*(`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))?/g,
      ),
    ].map(match => ({ path: file.path, what: plain(match[1]!), hint: match[2] === undefined ? '' : plain(match[2]) })),
  );
  const sections = areas.flatMap(([title, pattern]) => {
    const rows = found
      .filter(({ path, what }) => pattern.test(path) && saysSomething(what))
      .map(({ what, hint }): [string, string] => [what, hint]);
    const unique = [...new Map(rows.map(row => [row[0], row])).values()].sort((a, b) =>
      a[0].toLowerCase() < b[0].toLowerCase() ? -1 : 1,
    );
    return unique.length === 0 ? [] : [`## ${title}\n\n${table(['not there yet', 'instead'], unique)}`];
  });
  return `${made}

# What is not there yet

Whatever Tidemill cannot do yet it refuses while planning, with the place in your text, what it is, and what to write instead:

\`\`\`text
error[not-supported]: not supported yet: …
\`\`\`

This is the list of those refusals, taken from the code; \`…\` stands for a name of yours. \`tidemill check FILE\` finds them all in a file, without running anything.
Functions that are missing: [functions-status.md](functions-status.md).

${sections.join('\n\n')}
`;
}

/** Not only the name of something, which is known when it comes to it. */
const saysSomething = (what: string): boolean => {
  const words = what
    .replaceAll(/[…()'.:/]+/g, ' ')
    .trim()
    .split(/\s+/);
  return words.join('').length > 3 && !(what.startsWith('…') && words.length < 4);
};

/** The text of a literal, with … for what is put into it. */
function plain(literal: string): string {
  return literal
    .slice(1, -1)
    .replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…')
    .replaceAll(/\\(.)/g, '$1')
    .replace(/,$/, '');
}

/** Whether a page that is made is as the code makes it. */
export const isCurrent = (path: string, text: string): boolean => readFileSync(path, 'utf8') === text;
