import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { userCacheFolder } from '../common/cache-folder.ts';
import { limits } from '../common/limits.ts';
import { version } from '../common/version.ts';
import { guards } from '../wasm/guards.ts';
import { type AdaptedModule, adaptModule, compileAdapted, defaultUdfLimits, type UdfModule } from './load-udf.ts';

/** Of what is made of a module; another one is made anew. To be raised with every change of what is refused or rewritten: a test compares what is made. */
export const adaptedVersion = 2;

/** Where the user's own processes keep them. */
export const keptModulesFolder = (): string => join(userCacheFolder(), 'modules');

/**
 * {@link loadUdf} that keeps what it made of a module in a folder, by the module's hash: reading and rewriting one takes tens of milliseconds in a process that
 * has just started, taking it from there takes three. The folder is this user's own, as what lies there is run as it is. What cannot be kept or read is
 * made anew.
 *
 * @throws TidemillError what `loadUdf` throws.
 * @example
 * const module = loadKeptUdf(readFileSync('late.wasm'), 'late.wasm', keptModulesFolder());
 */
export function loadKeptUdf(bytes: Uint8Array<ArrayBuffer>, name: string, folder: string): UdfModule {
  const path = join(folder, `${keyOf(bytes)}.module`);
  const known = read(path);
  if (known !== undefined) return { ...known.descriptor, name, module: compileAdapted(known.bytes, name) };
  const adapted = adaptModule(bytes, { name });
  const module = compileAdapted(adapted.bytes, name);
  keep(path, folder, adapted);
  return { ...adapted.descriptor, module };
}

/** Of all that goes into it. */
const keyOf = (bytes: Uint8Array): string =>
  createHash('sha256')
    .update(JSON.stringify([version, adaptedVersion, Object.keys(guards), defaultUdfLimits, limits]))
    .update(bytes)
    .digest('hex');

/** Behind the checksum of all the rest. */
function read(path: string): AdaptedModule | undefined {
  try {
    const content = readFileSync(path);
    const rest = content.subarray(checksumBytes);
    if (!checksumOf(rest).equals(content.subarray(0, checksumBytes))) return undefined;
    const { bytes, descriptor } = deserialize(rest) as AdaptedModule;
    return { bytes: new Uint8Array(bytes), descriptor };
  } catch {
    return undefined;
  }
}

const checksumBytes = 32;
const checksumOf = (content: Uint8Array): Buffer => createHash('sha256').update(content).digest();

function keep(path: string, folder: string, adapted: AdaptedModule): void {
  const made = `${path}-${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    return;
  }
  try {
    const content = serialize(adapted);
    writeFileSync(made, Buffer.concat([checksumOf(content), content]), { mode: 0o600 });
    renameSync(made, path);
    dropOldest(folder);
  } catch {
    rmSync(made, { force: true });
  }
}

function dropOldest(folder: string): void {
  const files = readdirSync(folder);
  if (files.length <= limits.udfModulesKeptMax) return;
  const byAge = files
    .map(file => ({ path: join(folder, file), madeMs: statSync(join(folder, file)).mtimeMs }))
    .sort((left, right) => left.madeMs - right.madeMs);
  for (const { path } of byAge.slice(0, files.length - limits.udfModulesKeptMax / 2)) rmSync(path, { force: true });
}
