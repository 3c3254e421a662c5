import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeListing, writeResult } from '../../core/cli/output/result-writer.ts';
import { TidemillError } from '../../core/common/errors.ts';
import { Session } from '../../core/session/session.ts';
import { renderError } from '../../core/sql/render-error.ts';
import { tidemill } from './command-line.ts';
import { projectRoot } from './source-files.ts';

export const docsFolder = join(projectRoot, 'core', 'docs');

/** A block of a page, and the output shown below it, if any. */
export interface Block {
  readonly language: string;
  /** Words behind the language: `changelog`, `batch`, `endless`. */
  readonly marks: readonly string[];
  readonly code: string;
  readonly line: number;
  /** Offsets of the shown output in the page. */
  readonly output?: { readonly text: string; readonly start: number; readonly end: number } | undefined;
}

export interface Page {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Made by scripts of their own, with tests of their own. */
const othersPages = ['errors.md', 'functions-status.md'];

/** Pages in core/docs and the project's README. */
export function pages(): Page[] {
  const names = readdirSync(docsFolder).filter(name => name.endsWith('.md') && !othersPages.includes(name));
  return [...names.map(name => pageOf(name, join(docsFolder, name))), pageOf('README.md', join(projectRoot, 'README.md'))];
}

export function pageOf(name: string, path: string): Page {
  const text = readFileSync(path, 'utf8');
  const found = [...text.matchAll(/^```([a-z]+)([^\n]*)\n([\s\S]*?)^```$/gm)];
  const blocks: Block[] = [];
  for (const [index, match] of found.entries()) {
    const [whole, language = '', marks = '', code = ''] = match;
    if (language === 'text') continue;
    const next = found[index + 1];
    const between = next === undefined ? '' : text.slice(match.index + whole.length, next.index);
    const shown = next?.[1] === 'text' && between.trim() === '' ? next : undefined;
    const start = shown === undefined ? 0 : shown.index + '```text'.length + (shown[2]?.length ?? 0) + 1;
    blocks.push({
      language,
      marks: marks.trim().split(/\s+/),
      code,
      line: text.slice(0, match.index).split('\n').length,
      output: shown === undefined ? undefined : { text: shown[3] ?? '', start, end: start + (shown[3]?.length ?? 0) },
    });
  }
  return { name, path, text, blocks };
}

/** Runs the SQL blocks of a page one after another, as one session would; gives what each prints. */
export class PageSession {
  #printed = '';
  readonly #session = new Session({
    settings: { 'table.local-time-zone': 'UTC' },
    output: text => {
      this.#printed += text;
    },
    notice: text => {
      this.#printed += `note: ${text}\n`;
    },
  });

  async run(block: Block, source: string): Promise<string> {
    this.#printed = '';
    const changelog = block.marks.includes('changelog');
    const script = { text: block.code, source, baseDirectory: projectRoot };
    const output = {
      write: async (text: string): Promise<void> => {
        this.#printed += text;
      },
    };
    try {
      for await (const result of this.#session.run(script, changelog ? 'changelog' : 'final')) {
        if (result.kind === 'query') await writeResult(result.query, changelog ? 'changelog' : 'table', output);
        else if (result.kind === 'listing') await writeListing(result.schema, result.rows, 'table', output);
        else if (result.kind === 'text') this.#printed += `${result.text}\n`;
        else if (result.kind === 'insert' && result.job.bounded) await result.job.done;
      }
    } catch (error) {
      if (!(error instanceof TidemillError)) throw error;
      this.#printed += `${renderError(error)}\n`;
    }
    return withoutPlace(this.#printed);
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}

/** Runs the `tidemill …` lines of a shell block; other lines are for the reader. */
export async function runCommands(block: Block): Promise<string> {
  let printed = '';
  for (const line of block.code.replaceAll('\\\n', ' ').split('\n')) {
    const command = /^(?:npm run -s tidemill -- |tidemill )(.*)$/.exec(line)?.[1];
    if (command === undefined) continue;
    const finished = await tidemill(wordsOf(command), { env: { TZ: 'UTC' } });
    printed += finished.stdout + finished.stderr;
  }
  return withoutPlace(printed);
}

/** Where the project lies is nobody's business. */
const withoutPlace = (text: string): string => text.replaceAll(projectRoot, '');

/** Words of a command line with simple quotes. */
function wordsOf(command: string): string[] {
  return [...command.replace(/\s+#.*$/, '').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    match => match[1] ?? match[2] ?? match[3]!,
  );
}
