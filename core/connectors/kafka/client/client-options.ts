import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { notSupported, TidemillError } from '../../../common/errors.ts';
import { limits } from '../../../common/limits.ts';
import { type Options, wrongOption } from '../../options.ts';
import type { SaslOptions, TransportOptions } from './transport.ts';
import { trustedCertificates } from './trust-store.ts';

export interface Server {
  readonly host: string;
  readonly port: number;
}
/** How to reach a cluster. Holds secrets: never print or serialise it. */
export interface ClientOptions extends TransportOptions {
  readonly servers: readonly Server[];
  /** For messages. */
  readonly serversText: string;
  /** How long an operation is tried again. */
  readonly apiTimeoutMs: number;
}

/**
 * What a table's `properties.*` say about the connection. Reads the files of keys and certificates they name.
 * @throws TidemillError `wrong-option`, `missing-option`, `not-supported` (Kerberos, OAuth), `file-not-found`, `tls-failed`.
 * @example clientOptions({ 'properties.bootstrap.servers': 'localhost:9092' }).servers[0]!.port // 9092
 */
export function clientOptions(options: Options): ClientOptions {
  const property = (name: string): string | undefined => options[`properties.${name}`];
  const protocol = (property('security.protocol') ?? 'PLAINTEXT').toUpperCase();
  if (!['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'].includes(protocol))
    throw wrongOption('properties.security.protocol', protocol, "'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT' or 'SASL_SSL'");
  const servers = property('bootstrap.servers');
  if (servers === undefined)
    throw new TidemillError('missing-option', "a Kafka table needs 'properties.bootstrap.servers'", {
      hint: "'properties.bootstrap.servers' = 'localhost:9092'",
    });
  return {
    servers: servers.split(',').map(text => serverOf(text.trim())),
    serversText: servers,
    clientId: property('client.id') ?? 'tidemill',
    tls: protocol.endsWith('SSL') ? tlsOptions(property) : undefined,
    sasl: protocol.startsWith('SASL') ? saslOptions(property) : undefined,
    connectTimeoutMs: milliseconds(options, 'socket.connection.setup.timeout.ms', limits.kafkaConnectTimeoutMs),
    requestTimeoutMs: milliseconds(options, 'request.timeout.ms', limits.kafkaRequestTimeoutMs),
    apiTimeoutMs: milliseconds(options, 'default.api.timeout.ms', limits.kafkaApiTimeoutMs),
  };
}

/** A whole number of a property. @throws TidemillError `wrong-option`. */
export function milliseconds(options: Options, name: string, otherwise: number): number {
  return integer(options, name, otherwise);
}

/** A whole number of a property, 0 at least. @throws TidemillError `wrong-option`. */
export function integer(options: Options, name: string, otherwise: number): number {
  const text = options[`properties.${name}`];
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw wrongOption(`properties.${name}`, text, 'a whole number');
  return value;
}

function serverOf(text: string): Server {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65535)
    throw wrongOption('properties.bootstrap.servers', text, "a comma-separated list of host:port, such as 'localhost:9092'");
  return { host, port: Number(port) };
}

function saslOptions(property: (name: string) => string | undefined): SaslOptions {
  const mechanism = (property('sasl.mechanism') ?? 'GSSAPI').toUpperCase();
  if (mechanism !== 'PLAIN' && mechanism !== 'SCRAM-SHA-256' && mechanism !== 'SCRAM-SHA-512')
    throw notSupported(
      `'properties.sasl.mechanism' = '${mechanism}'${property('sasl.mechanism') === undefined ? " (Kafka's default)" : ''}`,
      undefined,
      "There are 'PLAIN', 'SCRAM-SHA-256' and 'SCRAM-SHA-512'.",
    );
  const jaas = property('sasl.jaas.config');
  const entries = new Map(
    [...(jaas ?? '').matchAll(/([\w.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s;]+))/g)].map(match => [
      match[1]!,
      (match[2] ?? match[3])?.replace(/\\(.)/g, '$1') ?? match[4]!,
    ]),
  );
  const [username, password] = [entries.get('username'), entries.get('password')];
  if (username === undefined || password === undefined) {
    const module = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule';
    throw new TidemillError(
      jaas === undefined ? 'missing-option' : 'wrong-option',
      `SASL ${mechanism} needs a username and a password in 'properties.sasl.jaas.config'`,
      {
        hint: `'properties.sasl.jaas.config' = 'org.apache.kafka.common.security.${module} required username="…" password="\${env:KAFKA_PASSWORD}";'`,
      },
    );
  }
  return { mechanism, username, password };
}

function tlsOptions(property: (name: string) => string | undefined): ConnectionOptions {
  const result: ConnectionOptions = {};
  const authorities = property('ssl.truststore.certificates') ?? trustedCertificates(store(property, 'truststore'));
  if (authorities !== undefined) result.ca = authorities;
  const chain = property('ssl.keystore.certificate.chain');
  const keyStore = store(property, 'keystore');
  const keyPassword = property('ssl.key.password') ?? keyStore?.password;
  if (chain !== undefined) {
    result.cert = chain;
    result.key = property('ssl.keystore.key');
  } else if (keyStore !== undefined) {
    const bytes = fileOf(keyStore.path, keyStore.option);
    if (bytes.readUInt32BE(0) === 0xfeedfeed)
      throw notSupported(
        'a client key in a JKS key store',
        undefined,
        `Turn it into PKCS12: keytool -importkeystore -srckeystore ${keyStore.path} -destkeystore client.p12 -deststoretype PKCS12`,
      );
    if (bytes.subarray(0, 4096).includes('-----BEGIN')) {
      result.cert = bytes;
      result.key = bytes;
    } else result.pfx = bytes;
  }
  if (keyPassword !== undefined) result.passphrase = keyPassword;
  const protocols = property('ssl.enabled.protocols')
    ?.split(',')
    .map(name => name.trim())
    .filter(name => name === 'TLSv1.2' || name === 'TLSv1.3')
    .sort();
  if (protocols !== undefined && protocols.length > 0) {
    result.minVersion = protocols[0] as 'TLSv1.2';
    result.maxVersion = protocols.at(-1) as 'TLSv1.3';
  }
  if (property('ssl.endpoint.identification.algorithm') === '') result.checkServerIdentity = () => undefined;
  return result;
}

interface Store {
  readonly path: string;
  readonly option: string;
  readonly password: string | undefined;
}

function store(property: (name: string) => string | undefined, kind: 'truststore' | 'keystore'): Store | undefined {
  const path = property(`ssl.${kind}.location`);
  if (path === undefined) return undefined;
  return { path, option: `properties.ssl.${kind}.location`, password: property(`ssl.${kind}.password`) };
}

function fileOf(path: string, option: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new TidemillError('file-not-found', `'${option}': cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
