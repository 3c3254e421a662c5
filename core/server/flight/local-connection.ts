import { connect, type Socket } from 'node:net';
import { TidemillError } from '../../common/errors.ts';

/** A socket of this machine on which the client listens; `left` is called when it closes its end. @throws TidemillError `flight-protocol` when nobody listens. */
export async function connectToClient(path: string, left: () => void): Promise<Socket> {
  const socket = connect({ path });
  await new Promise<void>((settle, fail) => {
    socket.once('connect', settle);
    socket.once('error', error => fail(unreachable(path, error)));
  });
  socket.on('error', () => undefined);
  socket.on('close', left);
  return socket;
}

export const unreachable = (path: string, cause: Error): TidemillError =>
  new TidemillError('flight-protocol', `the socket ${path} of the client cannot be reached: ${cause.message}`, {
    hint: 'the client listens on it before it asks',
    cause,
  });
