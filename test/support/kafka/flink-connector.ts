import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../source-files.ts';

const version = '5.0.0-2.2';

/** Flink's own connector for Kafka with all it needs, in the git-ignored cache; fetched once from Maven Central. For ADD JAR. */
export function flinkKafkaJar(): string {
  const folder = join(projectRoot, '.cache', 'kafka', 'flink');
  const jar = join(folder, `flink-sql-connector-kafka-${version}.jar`);
  if (existsSync(jar)) return jar;
  mkdirSync(folder, { recursive: true });
  execFileSync(
    'mvn',
    [
      '-q',
      '-B',
      'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy',
      `-Dartifact=org.apache.flink:flink-sql-connector-kafka:${version}`,
      `-DoutputDirectory=${folder}`,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return jar;
}
