/** Options that several commands share. */
export interface CommonOptions {
  readonly init: readonly string[];
  readonly set: Readonly<Record<string, string>>;
  readonly envFile?: string;
  readonly parallelism?: string;
  readonly memory?: string;
  readonly offline?: boolean;
  readonly verbose?: boolean;
  /** Folder of checkpoints; what becomes of those already there. */
  readonly checkpoints?: string;
  readonly restore?: string;
  readonly fresh?: boolean;
  readonly allowNonRestoredState?: boolean;
}
