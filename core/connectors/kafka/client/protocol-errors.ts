import { TidemillError } from '../../../common/errors.ts';

interface ProtocolError {
  readonly name: string;
  /** May pass by itself: ask again, with fresh metadata. */
  readonly retriable?: true;
}

/** Error codes of Kafka's protocol that a client may meet. Source: the protocol guide of Apache Kafka 4.3. */
const protocolErrors: Readonly<Record<number, ProtocolError>> = {
  [-1]: { name: 'UNKNOWN_SERVER_ERROR' },
  1: { name: 'OFFSET_OUT_OF_RANGE' },
  2: { name: 'CORRUPT_MESSAGE', retriable: true },
  3: { name: 'UNKNOWN_TOPIC_OR_PARTITION', retriable: true },
  5: { name: 'LEADER_NOT_AVAILABLE', retriable: true },
  6: { name: 'NOT_LEADER_OR_FOLLOWER', retriable: true },
  7: { name: 'REQUEST_TIMED_OUT', retriable: true },
  8: { name: 'BROKER_NOT_AVAILABLE', retriable: true },
  9: { name: 'REPLICA_NOT_AVAILABLE', retriable: true },
  10: { name: 'MESSAGE_TOO_LARGE' },
  13: { name: 'NETWORK_EXCEPTION', retriable: true },
  14: { name: 'COORDINATOR_LOAD_IN_PROGRESS', retriable: true },
  15: { name: 'COORDINATOR_NOT_AVAILABLE', retriable: true },
  16: { name: 'NOT_COORDINATOR', retriable: true },
  17: { name: 'INVALID_TOPIC_EXCEPTION' },
  18: { name: 'RECORD_LIST_TOO_LARGE' },
  19: { name: 'NOT_ENOUGH_REPLICAS', retriable: true },
  20: { name: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', retriable: true },
  21: { name: 'INVALID_REQUIRED_ACKS' },
  22: { name: 'ILLEGAL_GENERATION' },
  24: { name: 'INVALID_GROUP_ID' },
  25: { name: 'UNKNOWN_MEMBER_ID' },
  27: { name: 'REBALANCE_IN_PROGRESS' },
  28: { name: 'INVALID_COMMIT_OFFSET_SIZE' },
  29: { name: 'TOPIC_AUTHORIZATION_FAILED' },
  30: { name: 'GROUP_AUTHORIZATION_FAILED' },
  31: { name: 'CLUSTER_AUTHORIZATION_FAILED' },
  32: { name: 'INVALID_TIMESTAMP' },
  33: { name: 'UNSUPPORTED_SASL_MECHANISM' },
  34: { name: 'ILLEGAL_SASL_STATE' },
  35: { name: 'UNSUPPORTED_VERSION' },
  36: { name: 'TOPIC_ALREADY_EXISTS' },
  37: { name: 'INVALID_PARTITIONS' },
  38: { name: 'INVALID_REPLICATION_FACTOR' },
  40: { name: 'INVALID_CONFIG' },
  41: { name: 'NOT_CONTROLLER', retriable: true },
  42: { name: 'INVALID_REQUEST' },
  43: { name: 'UNSUPPORTED_FOR_MESSAGE_FORMAT' },
  44: { name: 'POLICY_VIOLATION' },
  45: { name: 'OUT_OF_ORDER_SEQUENCE_NUMBER' },
  46: { name: 'DUPLICATE_SEQUENCE_NUMBER' },
  47: { name: 'INVALID_PRODUCER_EPOCH' },
  48: { name: 'INVALID_TXN_STATE' },
  49: { name: 'INVALID_PRODUCER_ID_MAPPING' },
  50: { name: 'INVALID_TRANSACTION_TIMEOUT' },
  51: { name: 'CONCURRENT_TRANSACTIONS', retriable: true },
  52: { name: 'TRANSACTION_COORDINATOR_FENCED' },
  53: { name: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED' },
  54: { name: 'SECURITY_DISABLED' },
  56: { name: 'KAFKA_STORAGE_ERROR', retriable: true },
  58: { name: 'SASL_AUTHENTICATION_FAILED' },
  59: { name: 'UNKNOWN_PRODUCER_ID' },
  65: { name: 'DELEGATION_TOKEN_AUTHORIZATION_FAILED' },
  70: { name: 'FETCH_SESSION_ID_NOT_FOUND', retriable: true },
  71: { name: 'INVALID_FETCH_SESSION_EPOCH', retriable: true },
  72: { name: 'LISTENER_NOT_FOUND', retriable: true },
  74: { name: 'FENCED_LEADER_EPOCH', retriable: true },
  75: { name: 'UNKNOWN_LEADER_EPOCH', retriable: true },
  76: { name: 'UNSUPPORTED_COMPRESSION_TYPE' },
  78: { name: 'OFFSET_NOT_AVAILABLE', retriable: true },
  80: { name: 'PREFERRED_LEADER_NOT_AVAILABLE', retriable: true },
  84: { name: 'ELIGIBLE_LEADERS_NOT_AVAILABLE', retriable: true },
  87: { name: 'INVALID_RECORD' },
  88: { name: 'UNSTABLE_OFFSET_COMMIT', retriable: true },
  89: { name: 'THROTTLING_QUOTA_EXCEEDED', retriable: true },
  90: { name: 'PRODUCER_FENCED' },
  100: { name: 'UNKNOWN_TOPIC_ID', retriable: true },
  103: { name: 'INCONSISTENT_TOPIC_ID', retriable: true },
  106: { name: 'FETCH_SESSION_TOPIC_ID_ERROR', retriable: true },
  120: { name: 'TRANSACTION_ABORTABLE' },
  129: { name: 'REBOOTSTRAP_REQUIRED', retriable: true },
};

/** The name of an error code of the protocol. */
export function protocolErrorName(code: number): string {
  return protocolErrors[code]?.name ?? `error ${code}`;
}

/** Whether asking again, with fresh metadata, may help. */
export function isRetriable(code: number): boolean {
  return protocolErrors[code]?.retriable === true;
}

/**
 * The broker's answer as an error. `what`: what was asked, such as `reading topic 'bids'`.
 * @returns TidemillError `not-authorized`, `unknown-topic` or `kafka-error`, of domain external.
 */
export function protocolError(code: number, what: string, message?: string): TidemillError {
  const name = protocolErrorName(code);
  const said = message === undefined || message === '' ? name : `${name}: ${message}`;
  switch (code) {
    case 29:
      return denied(`${what}: ${said}`, 'READ and DESCRIBE (to read) or WRITE (to write) on the topic');
    case 30:
      return denied(`${what}: ${said}`, "READ on the consumer group; or leave 'properties.group.id' out");
    case 31:
      return denied(`${what}: ${said}`, 'the operation on the cluster');
    case 53:
      return denied(`${what}: ${said}`, "WRITE on the transactional ids that begin with 'sink.transactional-id-prefix'");
    case 3:
      return new TidemillError('unknown-topic', `${what}: ${said}`, { domain: 'external', hint: 'Create the topic first.' });
    default:
      return new TidemillError('kafka-error', `${what}: ${said}`, { domain: 'external' });
  }
}

function denied(message: string, needed: string): TidemillError {
  return new TidemillError('not-authorized', message, {
    domain: 'external',
    hint: `The user needs ${needed}: kafka-acls --add --allow-principal User:… grants it.`,
  });
}
