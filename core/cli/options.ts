/** Options that several commands share. */
export interface CommonOptions {
  readonly init: readonly string[];
  readonly set: Readonly<Record<string, string>>;
  readonly envFile?: string;
  readonly parallelism?: string;
  readonly memory?: string;
  readonly verbose?: boolean;
}
