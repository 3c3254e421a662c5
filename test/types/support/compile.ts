import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
export const casesFolder = join(root, 'test', 'types', 'cases');

/** What a compiler run said. */
export interface Compiled {
  /** Lines of output, paths relative to the folder that was compiled. */
  readonly lines: readonly string[];
  readonly instantiations: number;
}

/** Programs compiled against the declarations that users get, which are made from the sources first. */
export class TypeLab {
  readonly folder: string;

  constructor() {
    const cache = join(root, 'node_modules', '.cache');
    mkdirSync(cache, { recursive: true });
    this.folder = mkdtempSync(join(cache, 'tidemill-types-'));
    this.#write('emit.json', {
      extends: join(root, 'core', 'tsconfig.build.json'),
      compilerOptions: { rootDir: join(root, 'core'), outDir: 'declarations', emitDeclarationOnly: true },
      files: [join(root, 'core', 'index.ts')],
      include: [],
    });
    execFileSync(process.execPath, [compiler, '-p', join(this.folder, 'emit.json')], { stdio: 'pipe' });
  }

  /** Compiles files of `folder` as a user's program. */
  compile(folder: string, files: readonly string[]): Compiled {
    this.#write('program.json', {
      compilerOptions: {
        strict: true,
        noUncheckedIndexedAccess: true,
        target: 'esnext',
        module: 'nodenext',
        moduleResolution: 'nodenext',
        noEmit: true,
        lib: ['esnext'],
        types: ['node'],
        allowImportingTsExtensions: true,
        erasableSyntaxOnly: true,
        skipLibCheck: true,
        paths: { tidemill: [join(this.folder, 'declarations', 'index.d.ts')] },
      },
      files: files.map(file => join(folder, file)),
    });
    const run = spawnSync(
      process.execPath,
      [compiler, '-p', join(this.folder, 'program.json'), '--pretty', 'false', '--extendedDiagnostics'],
      { encoding: 'utf8', cwd: folder },
    );
    const figures = run.stdout.indexOf('\nFiles: ');
    const text = figures < 0 ? (run.stdout.startsWith('Files: ') ? '' : run.stdout) : run.stdout.slice(0, figures);
    return {
      lines: text === '' ? [] : text.split('\n'),
      instantiations: Number(/^Instantiations:\s+(\d+)/m.exec(run.stdout)?.[1] ?? Number.NaN),
    };
  }

  /** Compiles a generated program. */
  compileText(text: string): Compiled {
    writeFileSync(join(this.folder, 'program.ts'), text);
    return this.compile(this.folder, ['program.ts']);
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #write(file: string, content: object): void {
    writeFileSync(join(this.folder, file), JSON.stringify(content));
  }
}
