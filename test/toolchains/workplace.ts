import { rmSync } from 'node:fs';
import { afterAll, beforeAll, type TestContext } from 'vitest';
import { type CommandOptions, type Finished, tidemill } from '../support/command-line.ts';
import { installToolchains, type Toolchains } from '../support/toolchains.ts';

/** A folder of a test file with every compiler at hand; both are there from the first test on. */
export interface Workplace {
  readonly toolchains: Toolchains;
  readonly folder: string;
  /** `tidemill …` in the folder. */
  cli(args: readonly string[], options?: CommandOptions): Promise<Finished>;
  /** Skips a test for lack of the language's compiler. */
  needs(language: string, context: TestContext): void;
}

/** Removed after the file's last test. */
export function workplaceForTests(name: string): Workplace {
  let toolchains: Toolchains;
  let folder: string;
  beforeAll(() => {
    toolchains = installToolchains();
    folder = toolchains.folder(name);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    get toolchains() {
      return toolchains;
    },
    get folder() {
      return folder;
    },
    cli: (args, options) => tidemill(args, { cwd: folder, env: toolchains.env, ...options }),
    needs: (language, context) => {
      const missing = toolchains.missing[language];
      if (missing !== undefined) context.skip(missing);
    },
  };
}
