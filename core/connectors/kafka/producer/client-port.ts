import { TidemillError } from '../../../common/errors.ts';
import { leaseClient } from '../client/shared.ts';
import { WireWriter } from '../client/wire.ts';
import type { ProducerPort } from './port.ts';

const describeConfigsKey = 32;
const brokerResource = 4;

const pauseMs = 250;
/** Clusters that this process has reached. */
const answered = new Set<string>();

/** The port over a real cluster. */
export function clientPort(options: Readonly<Record<string, string>>): ProducerPort {
  const { client, release } = leaseClient(options);
  let versions: ReadonlyMap<number, { readonly max: number }> = new Map();
  let features: ReadonlyMap<string, number> = new Map();
  const lane = 'produce';
  let closed = false;
  return {
    async connect(patient) {
      const { serversText, apiTimeoutMs } = client.options;
      const connected = async (): Promise<void> => {
        const { brokers } = await client.metadata([]);
        const transport = await client.transport(brokers[0]!.node, lane);
        await transport.connect();
        versions = transport.versions;
        features = transport.features;
        answered.add(serversText);
      };
      const untilMs = performance.now() + apiTimeoutMs;
      for (;;) {
        try {
          await connected();
          return;
        } catch (error) {
          if (!patient && !answered.has(serversText)) throw error;
          if (!(error instanceof TidemillError) || error.code !== 'server-unreachable' || performance.now() > untilMs)
            throw error;
        }
        await new Promise(resolve => setTimeout(resolve, pauseMs));
      }
    },
    partitions: async (topic, fresh) => (await client.topic(topic, fresh)).partitions,
    brokers: () =>
      client.retry('looking up the brokers', async () => ({ value: (await client.metadata([])).brokers.map(each => each.node) })),
    async call(broker, { apiKey, version, body }) {
      // other tables may go on with the same connections
      if (closed) throw new Error('the writer was closed');
      return client.request(broker, apiKey, version, body, { flexible: true, lane });
    },
    coordinator: (transactionalId, fresh) => client.coordinatorOf('transaction', transactionalId, fresh),
    versionMax: apiKey => versions.get(apiKey)?.max ?? -1,
    featureLevel: name => features.get(name) ?? 0,
    async brokerSetting(name) {
      const { brokers } = await client.metadata([]);
      const broker = brokers[0]!.node;
      const body = new WireWriter();
      body.array([broker], node =>
        body
          .int8(brokerResource)
          .string(String(node))
          .array([name], key => body.string(key)),
      );
      const reader = await client.request(broker, describeConfigsKey, 1, body.boolean(false).bytes);
      reader.int32();
      const [found] = reader.array(() => {
        reader.int16();
        reader.string();
        reader.int8();
        reader.string();
        return reader.array(() => {
          reader.string();
          const value = reader.string();
          for (let flag = 0; flag < 3; flag++) reader.int8();
          reader.array(() => [reader.string(), reader.string(), reader.int8()]);
          return value;
        })[0];
      });
      return found;
    },
    async close() {
      closed = true;
      release();
    },
  };
}
