import type { S3Client } from '@aws-sdk/client-s3';
import { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { Storage, StoredFile, StoredFileReader, StoredFileWriter } from './contract.ts';
import { globExpression, isGlob } from './paths.ts';

/** How S3 is reached; Flink's `s3.*` options. What is absent comes from the environment, as the AWS SDK reads it (AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL …). */
export interface S3Options {
  /** `s3.endpoint`: a server other than Amazon's. */
  readonly endpoint?: string | undefined;
  /** `s3.region`. */
  readonly region?: string | undefined;
  /** `s3.access-key`, `s3.secret-key`. */
  readonly accessKey?: string | undefined;
  readonly secretKey?: string | undefined;
  /** `s3.path.style.access`: the bucket is a part of the path, not of the host's name; default: where an endpoint is given. */
  readonly pathStyleAccess?: boolean | undefined;
}

type Sdk = typeof import('@aws-sdk/client-s3');

interface Connection {
  readonly sdk: Sdk;
  readonly client: S3Client;
}

/**
 * Objects of S3 and of servers that speak its language, under paths `s3://bucket/key`. Objects come to be as a whole; a rename is a copy and a delete. The
 * client is loaded with the first call.
 *
 * @example
 * const storage = s3Storage({ endpoint: 'http://127.0.0.1:9000', region: 'us-east-1' });
 * await storage.write('s3://bucket/folder/file', bytes);
 */
export function s3Storage(options: S3Options = {}): Storage {
  let connecting: Promise<Connection> | undefined;
  const connect = (): Promise<Connection> => {
    connecting ??= connectTo(options);
    return connecting;
  };
  const storage: Storage = {
    async list(path) {
      const { bucket, key } = placeOf(path);
      if (isGlob(key)) {
        const fixed = key.slice(0, key.search(/[*?[\]{}]/));
        const matches = globExpression(key);
        const files = await listUnder(await connect(), bucket, fixed);
        return files.filter(
          file => matches.test(placeOf(file.path).key) && !isHidden(placeOf(file.path).key.slice(fixed.length)),
        );
      }
      const found = await head(await connect(), path);
      if (found !== undefined) return [found];
      const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
      const files = await listUnder(await connect(), bucket, prefix);
      return files.filter(file => !isHidden(placeOf(file.path).key.slice(prefix.length)));
    },

    async read(path) {
      const { sdk, client } = await connect();
      const { bucket, key } = placeOf(path);
      return guard(path, async () => {
        const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }));
        return (await Body?.transformToByteArray()) ?? new Uint8Array(0);
      });
    },

    async openReader(path) {
      const connection = await connect();
      const found = await head(connection, path);
      if (found === undefined) throw notFound(path);
      return new S3Reader(connection, path, found.sizeBytes);
    },

    async openWriter(path) {
      return new S3Writer(await connect(), path);
    },

    async write(path, bytes) {
      await put(await connect(), path, bytes, false);
    },

    async writeNew(path, bytes) {
      await put(await connect(), path, bytes, true);
    },

    async rename(from, to) {
      const { sdk, client } = await connect();
      const [source, target] = [placeOf(from), placeOf(to)];
      await guard(from, async () => {
        const CopySource = `${source.bucket}/${source.key.split('/').map(encodeURIComponent).join('/')}`;
        await client.send(new sdk.CopyObjectCommand({ Bucket: target.bucket, Key: target.key, CopySource }));
        await client.send(new sdk.DeleteObjectCommand({ Bucket: source.bucket, Key: source.key }));
      });
    },

    async delete(path) {
      const { sdk, client } = await connect();
      const { bucket, key } = placeOf(path);
      await guard(path, async () => {
        if (key !== '' && !key.endsWith('/')) await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key }));
        const below = await listUnder({ sdk, client }, bucket, key === '' || key.endsWith('/') ? key : `${key}/`);
        for (let from = 0; from < below.length; from += limits.s3DeletesPerRequest) {
          const Objects = below.slice(from, from + limits.s3DeletesPerRequest).map(file => ({ Key: placeOf(file.path).key }));
          const { Errors = [] } = await client.send(
            new sdk.DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
          );
          const [first] = Errors;
          if (first !== undefined) throw new Error(`${first.Key} could not be deleted: ${first.Message ?? first.Code}`);
        }
      });
    },
  };
  return storage;
}

/** Whether a path is one of {@link s3Storage}'s. */
export const isS3Path = (path: string): boolean => /^s3[an]?:\/\//i.test(path);

async function connectTo(options: S3Options): Promise<Connection> {
  const sdk = await import('@aws-sdk/client-s3').catch((cause: unknown) => {
    throw new TidemillError('io', 'paths with s3:// need the package @aws-sdk/client-s3', {
      domain: 'external',
      hint: 'npm install @aws-sdk/client-s3',
      cause,
    });
  });
  const { endpoint, region, accessKey, secretKey, pathStyleAccess } = options;
  if ((accessKey === undefined) !== (secretKey === undefined))
    throw new TidemillError('wrong-option', "'s3.access-key' and 's3.secret-key' belong together");
  const client = new sdk.S3Client({
    ...(endpoint !== undefined && { endpoint: /^https?:/.test(endpoint) ? endpoint : `https://${endpoint}` }),
    ...(region !== undefined && { region }),
    ...(accessKey !== undefined &&
      secretKey !== undefined && { credentials: { accessKeyId: accessKey, secretAccessKey: secretKey } }),
    forcePathStyle: pathStyleAccess ?? (endpoint !== undefined || process.env['AWS_ENDPOINT_URL'] !== undefined),
    // older servers know no checksums in trailers
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return { sdk, client };
}

/** @throws TidemillError `wrong-option` for what is no `s3://bucket/key`. */
function placeOf(path: string): { readonly bucket: string; readonly key: string } {
  const found = /^s3[an]?:\/\/([^/]+)(?:\/(.*))?$/i.exec(path);
  if (found === null)
    throw new TidemillError('wrong-option', `'${path}' is not a path of S3`, { hint: 'They are s3://bucket/folder/file.' });
  return { bucket: found[1]!, key: found[2] ?? '' };
}

const isHidden = (key: string): boolean => key.split('/').some(name => name.startsWith('.') || name.startsWith('_'));

async function listUnder({ sdk, client }: Connection, bucket: string, prefix: string): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  await guard(`s3://${bucket}/${prefix}`, async () => {
    for (let token: string | undefined, more = true; more; ) {
      const page = await client.send(new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }));
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        if (Key === undefined || Key.endsWith('/')) continue;
        files.push({ path: `s3://${bucket}/${Key}`, sizeBytes: Size ?? 0, changedMs: LastModified?.getTime() ?? 0 });
      }
      token = page.NextContinuationToken;
      more = page.IsTruncated === true && token !== undefined;
    }
  });
  return files.sort((left, right) => (left.path < right.path ? -1 : left.path > right.path ? 1 : 0));
}

async function head({ sdk, client }: Connection, path: string): Promise<StoredFile | undefined> {
  const { bucket, key } = placeOf(path);
  if (key === '' || key.endsWith('/')) return undefined;
  try {
    const found = await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key }));
    return { path, sizeBytes: found.ContentLength ?? 0, changedMs: found.LastModified?.getTime() ?? 0 };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw failure(path, error);
  }
}

async function put({ sdk, client }: Connection, path: string, bytes: Uint8Array, isNew: boolean): Promise<void> {
  const { bucket, key } = placeOf(path);
  await guard(path, () =>
    client.send(
      new sdk.PutObjectCommand({ Bucket: bucket, Key: key, Body: unshared(bytes), ...(isNew && { IfNoneMatch: '*' }) }),
    ),
  );
}

/** The client hashes and sends bytes of its own memory only. */
const unshared = (bytes: Uint8Array): Uint8Array => (bytes.buffer instanceof SharedArrayBuffer ? new Uint8Array(bytes) : bytes);

class S3Reader implements StoredFileReader {
  readonly sizeBytes: number;
  readonly #connection: Connection;
  readonly #path: string;

  constructor(connection: Connection, path: string, sizeBytes: number) {
    this.#connection = connection;
    this.#path = path;
    this.sizeBytes = sizeBytes;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    const length = Math.min(target.length, this.sizeBytes - position);
    if (length <= 0) return 0;
    const { sdk, client } = this.#connection;
    const { bucket, key } = placeOf(this.#path);
    const Range = `bytes=${position}-${position + length - 1}`;
    return guard(this.#path, async () => {
      const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key, Range }));
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array(0);
      target.set(bytes.subarray(0, length));
      return Math.min(bytes.length, length);
    });
  }

  async close(): Promise<void> {
    // every read is a request of its own
  }
}

/** Small objects are put at once, larger ones in parts, one after the other. */
class S3Writer implements StoredFileWriter {
  readonly path: string;
  readonly #connection: Connection;
  readonly #etags: string[] = [];
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #upload: string | undefined;

  constructor(connection: Connection, path: string) {
    this.#connection = connection;
    this.path = path;
  }

  async write(bytes: Uint8Array): Promise<void> {
    // whoever writes may use the bytes again
    this.#gathered.push(bytes.slice());
    this.#gatheredBytes += bytes.length;
    if (this.#gatheredBytes >= limits.s3PartBytes) await this.#sendPart();
  }

  async commit(): Promise<void> {
    if (this.#upload === undefined) {
      await put(this.#connection, this.path, Buffer.concat(this.#gathered), false);
      return;
    }
    if (this.#gatheredBytes > 0) await this.#sendPart();
    const { sdk, client } = this.#connection;
    const Parts = this.#etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
    const { bucket, key } = placeOf(this.path);
    const UploadId = this.#upload;
    await guard(this.path, () =>
      client.send(new sdk.CompleteMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId, MultipartUpload: { Parts } })),
    );
    this.#upload = undefined;
  }

  async abort(): Promise<void> {
    this.#gathered = [];
    if (this.#upload === undefined) return;
    const { sdk, client } = this.#connection;
    const { bucket, key } = placeOf(this.path);
    await guard(this.path, () =>
      client.send(new sdk.AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: this.#upload })),
    );
    this.#upload = undefined;
  }

  async #sendPart(): Promise<void> {
    const { sdk, client } = this.#connection;
    const { bucket, key } = placeOf(this.path);
    await guard(this.path, async () => {
      this.#upload ??= (await client.send(new sdk.CreateMultipartUploadCommand({ Bucket: bucket, Key: key }))).UploadId;
      const Body = Buffer.concat(this.#gathered);
      const PartNumber = this.#etags.length + 1;
      const { ETag } = await client.send(
        new sdk.UploadPartCommand({ Bucket: bucket, Key: key, UploadId: this.#upload, PartNumber, Body }),
      );
      this.#etags.push(ETag ?? '');
    });
    this.#gathered = [];
    this.#gatheredBytes = 0;
  }
}

const statusOf = (error: unknown): number | undefined =>
  (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode;

async function guard<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw failure(path, error);
  }
}

const notFound = (path: string, cause?: unknown): TidemillError =>
  new TidemillError('file-not-found', `there is no object ${path}`, { cause });

function failure(path: string, error: unknown): TidemillError {
  if (error instanceof TidemillError) return error;
  const { name, message } = error as Error;
  const status = statusOf(error);
  const { bucket } = placeOf(path);
  const external = (text: string, hint?: string): TidemillError =>
    new TidemillError('io', text, { domain: 'external', cause: error, ...(hint !== undefined && { hint }) });
  if (name === 'NoSuchBucket')
    return external(`there is no bucket '${bucket}' for ${path}`, 'Make it first: nothing here makes buckets.');
  if (status === 404) return notFound(path, error);
  if (status === 412 || status === 409) return external(`${path} is there already: somebody else wrote it`);
  if (status === 401 || status === 403)
    return external(
      `${path} may not be accessed: ${name}`,
      "Credentials come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) or from 's3.access-key' and 's3.secret-key'.",
    );
  if (name === 'CredentialsProviderError')
    return external(`no credentials for ${path}`, 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.');
  if (/region/i.test(message) && status === undefined) return external(`${path}: ${message}`, "Set AWS_REGION or 's3.region'.");
  return external(`${path}: ${message === '' ? name : message}`);
}
