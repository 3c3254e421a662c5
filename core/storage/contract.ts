/** A file as a listing gives it. */
export interface StoredFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970 of the last change; tells a file that was replaced from the one read before. */
  readonly changedMs: number;
}

/** An open file to read ranges from. */
export interface StoredFileReader {
  readonly sizeBytes: number;
  /** Up to `target.length` bytes from `position` into `target`; fewer only at the end of the file. */
  read(target: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** A file that comes to be as a whole or not at all. */
export interface StoredFileWriter {
  readonly path: string;
  write(bytes: Uint8Array): Promise<void>;
  /** Makes the file durable and visible under its path. Nothing of it is visible before; what stood there is replaced. */
  commit(): Promise<void>;
  /** Drops what was written. */
  abort(): Promise<void>;
}

/**
 * One system of files: local, later S3 and HDFS. Paths are absolute and of the system's own form.
 * All methods throw TidemillError: `file-not-found` (user), `io` (external).
 */
export interface Storage {
  /**
   * The files of a path, sorted by path: the file itself; all files below a directory; or what a glob with `*`, `?`, `**`, `[…]` and `{…}`
   * matches. Hidden ones, whose name or a folder's below starts with `.` or `_`, are left out unless named. Nothing there: an empty list.
   */
  list(path: string): Promise<readonly StoredFile[]>;
  /** A whole file; for small ones such as manifests. */
  read(path: string): Promise<Uint8Array>;
  openReader(path: string): Promise<StoredFileReader>;
  /** Missing folders are made. */
  openWriter(path: string): Promise<StoredFileWriter>;
  /** One whole file, durably and at once visible. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** {@link write} that fails when something is there already; of systems where another process could not be kept away else. */
  writeNew?(path: string, bytes: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /**
   * Where a file that is there can be gone after a power failure, because whoever put it there died before that was durable: it is durable from here on.
   * Asked for before something outside follows from the file.
   */
  makeDurable?(path: string): Promise<void>;
  /** Deletes a file, or a directory with all below; nothing there is no error. */
  delete(path: string): Promise<void>;
}
