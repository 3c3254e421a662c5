import type { Session } from '../../session/session.ts';
import type { ResultStream } from './result-stream.ts';
export const isMetadataCommand = (name: string): boolean => name.startsWith('CommandGet');
export async function metadataStream(_name: string, _value: Uint8Array, _session: Session): Promise<ResultStream> {
  throw new Error('x');
}
