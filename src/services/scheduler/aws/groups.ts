import type { Handlers } from '../../../wire/service.ts';
import { type Group, groupArn } from '../schedule.ts';
import { endOfPage, PAGE_SIZE, page } from './page.ts';
import type { SchedulerPorts } from './scheduler-service.ts';
import { tagsFromAws } from './tags.ts';

type Client = typeof import('@aws-sdk/client-scheduler');

export function groupHandlers({ scheduler }: SchedulerPorts): Handlers<Client> {
  return {
    async CreateScheduleGroup({ Name: name = '', Tags, ClientToken: token }, { account, region }) {
      const scope = { account, region };
      const request = ['CreateScheduleGroup', name, Tags];
      await scheduler().createGroup(scope, name, tagsFromAws(Tags), { token, request });
      return { ScheduleGroupArn: groupArn({ ...scope, name }) };
    },

    GetScheduleGroup({ Name: name = '' }, { account, region }) {
      return shownGroup(scheduler().group({ account, region }, name));
    },

    async DeleteScheduleGroup({ Name: name = '', ClientToken: token }, { account, region }) {
      await scheduler().deleteGroup({ account, region }, name, { token, request: ['DeleteScheduleGroup', name] });
      return {};
    },

    ListScheduleGroups({ NamePrefix: prefix = '', MaxResults: countMax = PAGE_SIZE, NextToken }, { account, region }) {
      const [after = ''] = endOfPage(NextToken, 1);
      const found = scheduler().groups({ account, region }, { prefix, after, countMax: countMax + 1 });
      const { items, answer } = page(found, countMax, ({ name }) => [name]);
      return { ScheduleGroups: items.map(shownGroup), ...answer };
    },
  };
}

const dateOf = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms));

function shownGroup(group: Group) {
  return {
    Arn: groupArn(group),
    Name: group.name,
    State: 'ACTIVE' as const,
    CreationDate: dateOf(group.createdMs),
    LastModificationDate: dateOf(group.modifiedMs),
  };
}
