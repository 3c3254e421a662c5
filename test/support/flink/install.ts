import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, sourceFiles } from '../source-files.ts';

export const flinkVersion = '2.3.0';

export interface FlinkInstallation {
  readonly home: string;
  readonly jars: readonly string[];
  readonly gatewayJar: string;
}

const run = (command: string, args: readonly string[], cwd = projectRoot): void => {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
};

/**
 * Apache Flink's jars in the git-ignored cache: the Python distribution's libraries, the SQL gateway from Maven Central, and our nexmark
 * connector built from benchmarks/peers/flink/java. Does nothing when all is there. Needs python3, Java 17 and Maven.
 */
export function installFlink(): FlinkInstallation {
  const home = join(projectRoot, '.cache', 'flink');
  const lib = join(home, 'lib');
  const gatewayJar = join(home, 'opt', `flink-sql-gateway-${flinkVersion}.jar`);
  mkdirSync(lib, { recursive: true });
  mkdirSync(join(home, 'opt'), { recursive: true });
  if (!existsSync(join(home, 'installed'))) {
    const venv = join(home, 'venv');
    if (!existsSync(venv)) run('python3', ['-m', 'venv', venv]);
    run(join(venv, 'bin', 'pip'), [
      'install',
      '-q',
      '--disable-pip-version-check',
      '--no-deps',
      `apache-flink-libraries==${flinkVersion}`,
    ]);
    const python = readdirSync(join(venv, 'lib')).find(name => name.startsWith('python'))!;
    const packaged = join(venv, 'lib', python, 'site-packages', 'pyflink', 'lib');
    for (const jar of readdirSync(packaged)) {
      if (jar.endsWith('.jar') && !existsSync(join(lib, jar))) symlinkSync(join(packaged, jar), join(lib, jar));
    }
    run('mvn', [
      '-q',
      'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy',
      `-Dartifact=org.apache.flink:flink-sql-gateway:${flinkVersion}`,
      `-DoutputDirectory=${join(home, 'opt')}`,
      '-Dmdep.useBaseVersion=true',
    ]);
    writeFileSync(join(home, 'installed'), `${flinkVersion}\n`);
  }
  installConnector(home, join(lib, 'tidemill-flink-nexmark.jar'));
  return { home, jars: readdirSync(lib).map(jar => join(lib, jar)), gatewayJar };
}

/**
 * PyFlink beside the jars, in the same virtual environment: 490 MB more, with Apache Beam, NumPy, pandas and PyArrow; it needs Python 3.9 to 3.12.
 * @returns the program that runs Python there
 */
export function installPyFlink(): string {
  const { home } = installFlink();
  const venv = join(home, 'venv', 'bin');
  if (!existsSync(join(venv, 'pyflink-shell.sh')))
    run(join(venv, 'pip'), ['install', '-q', '--disable-pip-version-check', `apache-flink==${flinkVersion}`]);
  return join(venv, 'python');
}

/** Builds our connector when its sources are not the ones its jar was built from. */
function installConnector(home: string, jar: string): void {
  const folder = join('benchmarks', 'peers', 'flink', 'java');
  const sources = ['.java', '.xml', '.Factory'].flatMap(ending => sourceFiles(folder, ending));
  const digest = createHash('sha256')
    .update(sources.map(file => `${file.path}\n${file.text}`).join())
    .digest('hex');
  const stamp = join(home, 'connector.sha256');
  if (existsSync(jar) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  const build = join(home, `connector-${process.pid}`);
  run('cp', ['-r', join(projectRoot, folder), build]);
  run('mvn', ['-q', '-DskipTests', `-Dflink.version=${flinkVersion}`, 'package'], build);
  // Renamed into place: a JVM that still has the old jar open keeps it.
  renameSync(join(build, 'target', 'tidemill-flink-nexmark.jar'), jar);
  run('rm', ['-rf', build]);
  writeFileSync(stamp, digest);
}
