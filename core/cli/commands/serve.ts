import { readFileSync } from 'node:fs';
import { TidemillError } from '../../common/errors.ts';
import { FlightServer } from '../../server/flight/server.ts';
import { ControlServer } from '../control/control-server.ts';
import { endWithInput } from '../input-end.ts';
import { note, readFile } from '../io.ts';
import type { CommonOptions } from '../options.ts';
import { Interruption } from './interruption.ts';
import { sessionOptions } from './session-options.ts';

export interface ServeOptions extends CommonOptions {
  readonly flightPort?: string;
  readonly host: string;
  readonly tokenFile?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly allowPath: readonly string[];
  readonly unprotected?: boolean;
  readonly untilInputEnds?: boolean;
}

/** `tidemill serve`: an Arrow Flight SQL server, until it is interrupted. */
export async function serve(options: ServeOptions): Promise<void> {
  const { host } = options;
  const port = portOf(options.flightPort);
  const tokens = options.tokenFile === undefined ? [] : tokensOf(options.tokenFile);
  if (tokens.length === 0 && !isLoopback(host) && options.unprotected !== true)
    throw new TidemillError('unprotected-server', `whoever can reach ${host} could run statements here`, {
      hint: 'give --token-file FILE, with a token a line, or --unprotected if that is meant',
    });
  const { settings, secret, output } = sessionOptions(options);
  const interruption = new Interruption();
  const server = await FlightServer.open({
    host,
    port,
    tokens,
    tls: tlsOf(options),
    baseDirectory: process.cwd(),
    allowedPaths: options.allowPath.length > 0 ? options.allowPath : [process.cwd()],
    init: options.init.map(readFile),
    settings: { ...settings, ...(options.parallelism !== undefined && { 'parallelism.default': options.parallelism }) },
    ...(secret !== undefined && { secret }),
    output: output ?? (text => process.stdout.write(text)),
  });
  // clients come and go, and jobs stay: `tidemill jobs` finds them
  const running = () => server.sessions.all().flatMap(({ session }) => session.running());
  const control = new ControlServer({ running, checkpoints: undefined }, note);
  try {
    note(`Arrow Flight SQL: ${server.location}${tokens.length > 0 ? ' (with a token)' : ''}; Ctrl-C stops it`);
    interruption.onRequest(() => server.close());
    if (options.untilInputEnds === true) endWithInput(() => interruption.request());
    await interruption.waitFor(new Promise<never>(() => undefined));
  } finally {
    await control.close();
    interruption.close();
    await server.close();
  }
}

function portOf(text: string | undefined): number {
  const port = Number(text ?? 8815);
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new TidemillError('usage', `--flight-port wants a number from 0 to 65535, not '${text}'`);
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);

function tokensOf(file: string): string[] {
  const tokens = readFile(file)
    .text.split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'));
  if (tokens.length > 0) return tokens;
  throw new TidemillError('usage', `${file} has no token`, { hint: 'write one a line; lines that begin with # are left out' });
}

function tlsOf({ tlsCert, tlsKey }: ServeOptions) {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) throw new TidemillError('usage', '--tls-cert and --tls-key belong together');
  return { certificate: readPem(tlsCert), key: readPem(tlsKey) };
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new TidemillError('unreadable-file', `cannot read ${file}`, { domain: 'external', cause });
  }
}
