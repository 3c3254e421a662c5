import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TidemillError } from '../../common/errors.ts';

const ending = '.sock';

/** The folder of this user's sockets: one per process that runs jobs, named by its number. Only the user can go in. */
function socketFolder(): string {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  return runtime === undefined || runtime === '' ? join(tmpdir(), `tidemill-${userNumber()}`) : join(runtime, 'tidemill');
}

/** Where this process listens; makes the folder. Errors: `unsafe-folder`. */
export function ownSocket(): string {
  const folder = socketFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(folder);
  // in a shared temporary folder somebody else may have made it first
  if ((process.getuid !== undefined && uid !== process.getuid()) || (mode & 0o077) !== 0)
    throw new TidemillError('unsafe-folder', `${folder} can be used by others too`, {
      domain: 'external',
      hint: 'delete it, or set XDG_RUNTIME_DIR to a folder of your own',
    });
  return join(folder, `${process.pid}${ending}`);
}

/** Sockets there are, of processes that may have ended. */
export function knownSockets(): readonly { readonly path: string; readonly processId: number }[] {
  const folder = socketFolder();
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter(name => /^\d+\.sock$/.test(name))
    .map(name => ({ path: join(folder, name), processId: Number(name.slice(0, -ending.length)) }));
}

function userNumber(): number {
  return process.getuid?.() ?? 0;
}
