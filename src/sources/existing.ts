import { type MappedFunction, type Mapping, type Source, targetArn } from './mapping.ts';
import type { Existing } from './refusal.ts';

/** Whether two mappings would hand the same items to the same function, version or alias. */
export function isSame(one: Wanted, other: Wanted): boolean {
  if (targetArn(one.target) !== targetArn(other.target)) return false;
  const [source, otherSource] = [one.source, other.source];
  if (source.kind === 'kafka' && otherSource.kind === 'kafka') {
    return share(source.servers, otherSource.servers) && share(source.topics, otherSource.topics);
  }
  if (source.kind === 'kafka' || otherSource.kind === 'kafka' || source.arn !== otherSource.arn) return false;
  if (source.kind === 'msk' && otherSource.kind === 'msk') return share(source.topics, otherSource.topics);
  if (source.kind === 'mq' && otherSource.kind === 'mq') {
    const [host, otherHost] = [source.virtualHost ?? '/', otherSource.virtualHost ?? '/'];
    return host === otherHost && share(source.queues, otherSource.queues);
  }
  const [database, otherDatabase] = [one.settings.database, other.settings.database];
  return database?.name === otherDatabase?.name && database?.collection === otherDatabase?.collection;
}

export type Wanted = Pick<Mapping, 'source' | 'target' | 'settings'>;

/** How the refusal of a second one names what is there. */
export function existing(source: Source, target: MappedFunction): Existing {
  const functionArn = targetArn(target);
  switch (source.kind) {
    case 'kafka':
      return { source: 'broker', from: source.servers.join(','), functionArn, channel: 'topics', names: source.topics };
    case 'msk':
      return { source: 'broker', from: source.arn, functionArn, channel: 'topics', names: source.topics };
    case 'mq':
      return { source: 'broker', from: source.arn, functionArn, channel: 'queues', names: source.queues };
    default:
      return {
        source: source.kind === 'sqs' ? 'queue' : 'stream',
        arn: source.arn,
        functionName: target.key.name,
      };
  }
}

const share = (some: readonly string[], others: readonly string[]) => some.some((one) => others.includes(one));
