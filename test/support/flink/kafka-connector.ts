import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../source-files.ts';

/** The newest there is; made for Flink 2.2. */
export const flinkKafkaVersion = '5.0.0-2.2';

/** Flink's own Kafka connector in the git-ignored cache, from Maven Central: its path, for ADD JAR. */
export function installFlinkKafka(): string {
  const folder = join(projectRoot, '.cache', 'flink', 'opt');
  const jar = join(folder, `flink-sql-connector-kafka-${flinkKafkaVersion}.jar`);
  if (existsSync(jar)) return jar;
  mkdirSync(folder, { recursive: true });
  execFileSync(
    'mvn',
    [
      '-q',
      'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy',
      `-Dartifact=org.apache.flink:flink-sql-connector-kafka:${flinkKafkaVersion}`,
      `-DoutputDirectory=${folder}`,
      '-Dmdep.useBaseVersion=true',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return jar;
}
