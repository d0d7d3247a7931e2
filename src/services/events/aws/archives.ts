import type { ArchiveState } from '@aws-sdk/client-eventbridge';
import type { Handlers, RequestContext } from '../../../wire/service.ts';
import { type Archive, archiveArn } from '../archive.ts';
import { type BusKey, busArn, busOfArn } from '../bus.ts';
import { EventsRefused } from '../refusal.ts';
import type { EventsPorts } from './events-handlers.ts';
import { page } from './page.ts';
import { checkedPattern } from './patterns.ts';
import { invalid, notYet } from './words.ts';

type Client = typeof import('@aws-sdk/client-eventbridge');

export function archiveHandlers({ buses, archives }: EventsPorts): Handlers<Client> {
  return {
    async CreateArchive(input, { account, region }) {
      const { ArchiveName: archive = '', EventSourceArn, Description, EventPattern, RetentionDays = 0 } = input;
      if (input.KmsKeyIdentifier !== undefined) throw notYet('archives that are encrypted with a customer key');
      const { bus } = sourceBus(EventSourceArn, { account, region });
      const settings = {
        description: Description,
        pattern: checkedPattern(EventPattern),
        retentionDays: RetentionDays,
      };
      return madeToAws(await archives().createArchive({ account, region, archive }, bus, settings));
    },

    async UpdateArchive(input, { account, region }) {
      const { ArchiveName: archive = '', Description, EventPattern, RetentionDays } = input;
      if (input.KmsKeyIdentifier !== undefined) throw notYet('archives that are encrypted with a customer key');
      if (Description === undefined && EventPattern === undefined && RetentionDays === undefined)
        throw invalid('At least one of EventPattern, RetentionDays or Description must be provided.');
      const changed = {
        ...(Description !== undefined && { description: Description }),
        ...(EventPattern !== undefined && { pattern: checkedPattern(EventPattern) }),
        ...(RetentionDays !== undefined && { retentionDays: RetentionDays }),
      };
      return madeToAws(await archives().changeArchive({ account, region, archive }, changed));
    },

    async DeleteArchive({ ArchiveName: archive = '' }, { account, region }) {
      await archives().deleteArchive({ account, region, archive });
      return {};
    },

    DescribeArchive({ ArchiveName: archive = '' }, { account, region }) {
      const found = archives().archive({ account, region, archive });
      return {
        ...listedToAws(found),
        ArchiveArn: archiveArn(found),
        Description: found.description,
        EventPattern: found.pattern,
      };
    },

    ListArchives(input, { account, region }) {
      const { NamePrefix, EventSourceArn, State } = input;
      assertOneFilter([NamePrefix, EventSourceArn, State], 'ListArchives');
      const scope = { account, region };
      const bus = EventSourceArn === undefined ? undefined : sourceBus(EventSourceArn, scope).bus;
      if (bus !== undefined) buses().bus({ ...scope, bus });
      const list = page(
        input,
        NamePrefix,
        (wanted) => archives().archives(scope, bus, { ...wanted, state: State }),
        ({ archive }) => archive,
      );
      return { Archives: list.items.map(listedToAws), ...list.answer };
    },
  };
}

/** One of the caller's own buses. */
export function sourceBus(arn = '', { account, region }: Pick<RequestContext, 'account' | 'region'>): BusKey {
  const key = busOfArn(arn);
  if (key === undefined) throw invalid(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`);
  if (key.account !== account || key.region !== region) throw new EventsRefused({ kind: 'no-such-bus', bus: key.bus });
  return key;
}

export function assertOneFilter(filters: readonly unknown[], operation: string): void {
  if (filters.filter((filter) => filter !== undefined).length > 1)
    throw invalid(`At most one filter is allowed for ${operation}. Use either : State, EventSourceArn, or NamePrefix.`);
}

const ENABLED = { State: 'ENABLED' as ArchiveState };

function madeToAws(archive: Archive) {
  return { ArchiveArn: archiveArn(archive), ...ENABLED, CreationTime: new Date(archive.createdMs) };
}

function listedToAws(archive: Archive) {
  const { bus, account, region, retentionDays, count, bytes, createdMs } = archive;
  return {
    ArchiveName: archive.archive,
    EventSourceArn: busArn({ bus, account, region }),
    ...ENABLED,
    RetentionDays: retentionDays,
    SizeBytes: bytes,
    EventCount: count,
    CreationTime: new Date(createdMs),
  };
}
