import { Session } from '../../session/session.ts';
import { coloured, readFile, readScript, standardOutput } from '../io.ts';
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
    const text = await session.explain(await readScript(file, options.command), options.format);
    const { paintExplain } = await import('../shell/explain-colours.ts');
    await standardOutput.write(`${coloured(process.stdout) && options.format === 'text' ? paintExplain(text) : text}\n`);
  } finally {
    await session.close();
  }
}
