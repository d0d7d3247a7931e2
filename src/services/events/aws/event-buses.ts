import type { LogConfig } from '@aws-sdk/client-eventbridge';
import type { Handlers } from '../../../wire/service.ts';
import { type Bus, busArn } from '../bus.ts';
import type { Buses } from '../buses.ts';
import { reachedBus } from './access.ts';
import { page } from './page.ts';
import { tagsFromAws } from './tags.ts';
import { invalid, notYet } from './words.ts';

type Client = typeof import('@aws-sdk/client-eventbridge');

export function busHandlers(buses: () => Buses): Handlers<Client> {
  return {
    async CreateEventBus(input, { account, region }) {
      const { Name: bus = '', EventSourceName, Description: description, DeadLetterConfig, Tags } = input;
      if (EventSourceName !== undefined) throw notYet('event buses of partners');
      if (bus.includes('/')) throw invalid("Event bus name must not contain '/'.");
      assertKept(input);
      const key = { account, region, bus };
      const settings = { description, deadLetterArn: DeadLetterConfig?.Arn, tags: tagsFromAws(Tags) };
      await buses().createBus(key, settings);
      return { EventBusArn: busArn(key), ...settingsToAws(settings) };
    },

    async UpdateEventBus(input, { account, region }) {
      const { Name: bus = 'default', Description: description, DeadLetterConfig } = input;
      assertKept(input);
      const key = { account, region, bus };
      const settings = { description, deadLetterArn: DeadLetterConfig?.Arn };
      await buses().changeBus(key, () => settings);
      return { Arn: busArn(key), Name: bus, ...settingsToAws(settings) };
    },

    async DeleteEventBus({ Name: bus = '' }, { account, region }) {
      await buses().deleteBus({ account, region, bus });
      return {};
    },

    DescribeEventBus({ Name }, context) {
      const { deadLetterArn, ...bus } = buses().bus(reachedBus(buses(), Name, 'DescribeEventBus', context));
      return { ...busToAws(bus), ...settingsToAws({ deadLetterArn }) };
    },

    ListEventBuses(input, { account, region }) {
      const list = page(
        input,
        input.NamePrefix,
        (wanted) => buses().buses({ account, region }, wanted),
        ({ bus }) => bus,
      );
      return { EventBuses: list.items.map(busToAws), ...list.answer };
    },
  };
}

/** Throws what would be promised and not kept. */
function assertKept(input: { KmsKeyIdentifier?: string | undefined; LogConfig?: LogConfig | undefined }): void {
  if (input.KmsKeyIdentifier !== undefined) throw notYet('event buses that are encrypted with a customer key');
  if ((input.LogConfig?.Level ?? 'OFF') !== 'OFF') throw notYet('logging of event buses');
}

function settingsToAws({ description, deadLetterArn }: Pick<Bus, 'description' | 'deadLetterArn'>) {
  return {
    ...(description !== undefined && { Description: description }),
    ...(deadLetterArn !== undefined && { DeadLetterConfig: { Arn: deadLetterArn } }),
  };
}

function busToAws({ description, policy, createdMs, changedMs, ...key }: Omit<Bus, 'deadLetterArn'>) {
  return {
    Name: key.bus,
    Arn: busArn(key),
    Description: description,
    Policy: policy,
    CreationTime: createdMs === undefined ? undefined : new Date(createdMs),
    LastModifiedTime: changedMs === undefined ? undefined : new Date(changedMs),
  };
}
