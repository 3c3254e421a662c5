import { Session } from '../../session/session.ts';
import { readFile, readScript, standardOutput } from '../io.ts';
import type { CommonOptions } from '../options.ts';
import { sessionOptions } from './session-options.ts';

/** `tidemill explain`: plans of a program's queries; declarations are carried out, nothing runs. */
export async function explain(
  file: string | undefined,
  options: CommonOptions & { command?: string; format: 'text' | 'json' },
): Promise<void> {
  const session = new Session(sessionOptions(options));
  try {
    for (const init of options.init) await session.explain(readFile(init), options.format);
    await standardOutput.write(`${await session.explain(await readScript(file, options.command), options.format)}\n`);
  } finally {
    await session.close();
  }
}
