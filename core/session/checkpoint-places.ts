import { basename, dirname, join, resolve } from 'node:path';
import type { Storage } from '../storage/contract.ts';
import { localStorage } from '../storage/local-storage.ts';
import { isS3Path, s3Storage } from '../storage/s3-storage.ts';

/** A directory of checkpoints, on whatever system. */
export interface CheckpointPlace {
  readonly storage: Storage;
  readonly path: string;
}

interface Values {
  get(key: string): string | undefined;
}

/** A directory as somebody named it: `s3://bucket/folder`, or one of this machine. */
export function checkpointPlace(given: string, settings: Values): CheckpointPlace {
  if (!isS3Path(given)) return { storage: localStorage, path: resolve(given.replace(/^file:\/\//, '')) };
  const pathStyle = settings.get('s3.path.style.access');
  const storage = s3Storage({
    endpoint: settings.get('s3.endpoint'),
    region: settings.get('s3.region'),
    accessKey: settings.get('s3.access-key'),
    secretKey: settings.get('s3.secret-key'),
    pathStyleAccess: pathStyle === undefined ? undefined : pathStyle === 'true',
  });
  return { storage, path: given.replace(/^s3[an]:/i, 's3:').replace(/\/+$/, '') };
}

export const placeBelow = ({ storage, path }: CheckpointPlace, name: string): CheckpointPlace => ({
  storage,
  path: isS3Path(path) ? `${path}/${name}` : join(path, name),
});

/** The directory a place is in, and its name there. */
export const placeAbove = ({ storage, path }: CheckpointPlace): { readonly place: CheckpointPlace; readonly name: string } =>
  isS3Path(path)
    ? { place: { storage, path: path.slice(0, path.lastIndexOf('/')) }, name: path.slice(path.lastIndexOf('/') + 1) }
    : { place: { storage, path: dirname(path) }, name: basename(path) };
