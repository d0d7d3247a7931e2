import type { Handlers } from '../../../wire/service.ts';
import { archiveArn, archiveOfArn, type Replay, replayArn } from '../archive.ts';
import { busArn } from '../bus.ts';
import { ruleOfArn } from '../rule.ts';
import { assertOneFilter, sourceBus } from './archives.ts';
import type { EventsPorts } from './events-handlers.ts';
import { page } from './page.ts';
import { invalid } from './words.ts';

type Client = typeof import('@aws-sdk/client-eventbridge');

export function replayHandlers({ buses, archives }: EventsPorts): Handlers<Client> {
  return {
    async StartReplay(input, { account, region }) {
      const { ReplayName: replay = '', Description, EventSourceArn = '', Destination } = input;
      const { bus } = buses().bus(sourceBus(Destination?.Arn, { account, region }));
      const key = archiveOfArn(EventSourceArn);
      const isOwn = key?.account === account && key.region === region;
      const archive = isOwn ? archives().findArchive(key) : undefined;
      if (archive === undefined) {
        const name = key?.archive ?? EventSourceArn;
        throw invalid(`Parameter EventSourceArn is not valid. Reason: Archive ${name} does not exist.`);
      }
      if (archive.bus !== bus)
        throw invalid('Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.');
      const [fromMs, toMs] = [input.EventStartTime?.getTime() ?? 0, input.EventEndTime?.getTime() ?? 0];
      if (fromMs >= toMs)
        throw invalid('Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.');
      const rules = Destination?.FilterArns;
      for (const arn of rules ?? []) {
        const rule = ruleOfArn(arn);
        if (rule?.bus !== bus || rule.account !== account || rule.region !== region)
          throw invalid(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`);
      }
      const started = await archives().startReplay(
        { account, region, replay },
        {
          ...{ archive: archive.archive, archiveId: archive.id, bus, description: Description, fromMs, toMs },
          rules: rules === undefined || rules.length === 0 ? undefined : rules,
        },
      );
      return { ReplayArn: replayArn(started), State: started.state, ReplayStartTime: new Date(started.startedMs) };
    },

    async CancelReplay({ ReplayName: replay = '' }, { account, region }) {
      const cancelling = await archives().cancelReplay({ account, region, replay });
      return { ReplayArn: replayArn(cancelling), State: cancelling.state };
    },

    DescribeReplay({ ReplayName: replay = '' }, { account, region }) {
      const found = archives().replay({ account, region, replay });
      return {
        ...listedToAws(found),
        ReplayArn: replayArn(found),
        Description: found.description,
        Destination: { Arn: busArn(found), FilterArns: found.rules && [...found.rules] },
      };
    },

    ListReplays(input, { account, region }) {
      const { NamePrefix, EventSourceArn, State } = input;
      assertOneFilter([NamePrefix, EventSourceArn, State], 'ListReplays');
      const list = page(
        input,
        NamePrefix,
        (wanted) => archives().replays({ account, region }, EventSourceArn, { ...wanted, state: State }),
        (one) => one.replay,
      );
      return { Replays: list.items.map(listedToAws), ...list.answer };
    },
  };
}

function listedToAws(replay: Replay) {
  const { state, fromMs, toMs, startedMs, endedMs, told } = replay;
  return {
    ReplayName: replay.replay,
    EventSourceArn: archiveArn(replay),
    State: state,
    EventStartTime: new Date(fromMs),
    EventEndTime: new Date(toMs),
    EventLastReplayedTime: told && new Date(told.timeMs),
    ReplayStartTime: new Date(startedMs),
    ReplayEndTime: endedMs === undefined ? undefined : new Date(endedMs),
  };
}
