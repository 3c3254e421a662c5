import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerHttp2Stream } from 'node:http2';
import { limits } from '../../common/limits.ts';

/**
 * Lets clients send more before they wait for us: HTTP/2 begins with 64 KiB on their way, in frames of 16 KiB, and gRPC's server has no option for either.
 * Node tells of every stream; the first of a connection is where its session is found. `port`: whose connections are meant. Gives how to stop.
 * Sources: RFC 9113, "Flow Control" and "Defined Settings"; nodejs.org, "Diagnostics Channel".
 */
export function widenWindows(port: number): () => void {
  const known = new WeakSet<object>();
  const created = (message: unknown): void => {
    const { session } = (message as { readonly stream: ServerHttp2Stream }).stream;
    if (session === undefined || known.has(session) || session.destroyed || session.socket.localPort !== port) return;
    known.add(session);
    session.setLocalWindowSize(limits.flightConnectionWindowBytes);
    session.settings({ initialWindowSize: limits.flightStreamWindowBytes, maxFrameSize: limits.flightFrameBytesMax });
  };
  const channel = 'http2.server.stream.created';
  subscribe(channel, created);
  return () => void unsubscribe(channel, created);
}
