import { TidemillError } from '../../common/errors.ts';

/** The servers and the topic of `kafka://host:port,host:port/topic`; the port is 9092 if there is none. @throws TidemillError `usage`. */
export function kafkaPlace(source: string): { readonly servers: string; readonly topic: string } {
  const [, hosts, topic] = /^kafka:\/\/([^/]+)\/([^/]+)$/.exec(source) ?? [];
  if (hosts === undefined || topic === undefined)
    throw new TidemillError('usage', `'${source}' names no topic`, { hint: 'kafka://localhost:9092/topic' });
  const servers = hosts
    .split(',')
    .map(host => (/:\d+$/.test(host) ? host : `${host}:9092`))
    .join(',');
  return { servers, topic };
}
