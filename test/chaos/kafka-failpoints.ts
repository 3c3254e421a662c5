// Loaded into a tidemill process with --import: places of Kafka's sinks where the process kills itself, besides those of the disk.
import './failpoints.ts';
import { KafkaClient } from '../../core/connectors/kafka/client/client.ts';
import { apiKeys } from '../../core/connectors/kafka/producer/protocol.ts';
import { KafkaWriter } from '../../core/connectors/kafka/sink/writer.ts';

const [name, count] = (process.env['FAILPOINT'] ?? '').split('#');
let left = Number(count ?? 1);

function reached(point: string): void {
  if (point === name && --left <= 0) process.kill(process.pid, 'SIGKILL');
}

const { request } = KafkaClient.prototype;
/** A process that has written nothing goes on from a checkpoint. */
let written = false;

KafkaClient.prototype.request = async function (node, apiKey, version, body, options) {
  if (apiKey === apiKeys.produce) {
    written = true;
    reached('writing');
  }
  if (apiKey === apiKeys.endTransaction) reached(written ? 'before a commit' : 'before a commit of the restore');
  const answer = await request.call(this, node, apiKey, version, body, options);
  if (apiKey === apiKeys.produce) reached('written');
  if (apiKey === apiKeys.initProducerId) reached('transaction begun');
  if (apiKey === apiKeys.endTransaction) reached(written ? 'after a commit' : 'after a commit of the restore');
  return answer;
};

const { prepare, commit } = KafkaWriter.prototype;
const mine = new Set<string>();

KafkaWriter.prototype.prepare = async function (checkpointId) {
  reached('before prepare');
  const handle = await prepare.call(this, checkpointId);
  reached('prepared, not reported');
  if (handle !== undefined) mine.add(JSON.stringify(handle));
  return handle;
};

// To see that the test would find it: what the process before this one prepared is not committed.
if (process.env['WITHOUT_RESUME'] === '1')
  KafkaWriter.prototype.commit = async function (handle) {
    if (mine.has(JSON.stringify(handle))) await commit.call(this, handle);
  };
