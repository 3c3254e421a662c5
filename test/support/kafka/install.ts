import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../source-files.ts';

export const kafkaVersion = '4.3.0';

/** Runtime jars of a broker with its tools; what only Connect needs is left out. Without a binding of SLF4J 1.7 the broker logs nothing. */
const projectText = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>fixture</groupId>
  <artifactId>kafka-broker</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${kafkaVersion}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka-tools</artifactId>
      <version>${kafkaVersion}</version>
      <exclusions>
        <exclusion><groupId>org.apache.kafka</groupId><artifactId>connect-runtime</artifactId></exclusion>
        <exclusion><groupId>org.apache.kafka</groupId><artifactId>connect-api</artifactId></exclusion>
        <exclusion><groupId>org.apache.kafka</groupId><artifactId>connect-json</artifactId></exclusion>
      </exclusions>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>2.25.4</version>
    </dependency>
  </dependencies>
</project>
`;

/** Folder of Apache Kafka's jars in the git-ignored cache, fetched once from Maven Central. Needs Java 17 and Maven. */
export function installKafka(): string {
  const folder = join(projectRoot, '.cache', 'kafka');
  const jars = join(folder, kafkaVersion);
  if (existsSync(jars)) return jars;
  mkdirSync(folder, { recursive: true });
  // Two test files may start at the same time: each gathers its own, the first one done is used.
  const gathering = join(folder, `${kafkaVersion}-${process.pid}`);
  mkdirSync(gathering, { recursive: true });
  writeFileSync(join(gathering, 'pom.xml'), projectText);
  execFileSync(
    'mvn',
    [
      '-q',
      '-B',
      '-f',
      join(gathering, 'pom.xml'),
      'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${gathering}`,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (existsSync(jars)) rmSync(gathering, { recursive: true });
  else renameSync(gathering, jars);
  return jars;
}
