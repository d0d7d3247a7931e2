import type { PipeLogConfigurationParameters } from '@aws-sdk/client-pipes';
import { assertMayPass } from '../../../identity/index.ts';
import { inAwsWords } from '../../../wire/in-aws-words.ts';
import type { Handlers, RequestContext } from '../../../wire/service.ts';
import { type Pipe, type PipeKey, pipeArn } from '../pipe.ts';
import { PipeRefused } from '../refusal.ts';
import { entryToAws, headToAws, pipeToAws, stateToAws, wantedToAws, whileDeleting } from './pipe-to-aws.ts';
import type { PipesDoor } from './pipes-service.ts';
import { refusalToAws } from './refusal-to-aws.ts';
import { changedSource, enrichmentFromAws, sourceFromAws, targetFromAws } from './settings-from-aws.ts';
import { invalid, notYet } from './words.ts';

type Client = typeof import('@aws-sdk/client-pipes');

const PAGE_MAX = 100;

/** Answers of EventBridge Pipes' operations, in AWS's words. */
export function pipesHandlers({ pipes, delivers }: PipesDoor): Handlers<Client> {
  const handlers: Handlers<Client> = {
    async CreatePipe(input, context) {
      assertSupported(input);
      assertMayPass(input.RoleArn, 'pipes.amazonaws.com', context);
      const { Source: source = '', Target: target = '', RoleArn: roleArn = '' } = input;
      const settings = {
        description: input.Description || undefined,
        roleArn,
        source: sourceFromAws(source, input.SourceParameters),
        enrichment: enrichmentFromAws(input.Enrichment, input.EnrichmentParameters),
        target: targetFromAws(target, input.TargetParameters, delivers),
      };
      const wanted = input.DesiredState === 'STOPPED' ? 'stopped' : 'running';
      const tags = input.Tags ?? {};
      return headToAws(await (await pipes()).create(keyOf(input, context), { settings, wanted, tags }));
    },

    async DescribePipe(input, context) {
      const all = await pipes();
      const pipe = all.find(keyOf(input, context));
      return pipeToAws(pipe, all.problemOf(pipe));
    },

    async UpdatePipe(input, context) {
      assertSupported(input);
      assertMayPass(input.RoleArn, 'pipes.amazonaws.com', context);
      const { DesiredState: wanted, RoleArn: roleArn = '', Target, TargetParameters, EnrichmentParameters } = input;
      const updated = await (await pipes()).update(keyOf(input, context), {
        wanted: wanted === undefined ? undefined : wanted === 'RUNNING' ? 'running' : 'stopped',
        settings: (current) => {
          const description = input.Description ?? current.description;
          const enrichment = input.Enrichment ?? current.enrichment?.arn;
          const template = { InputTemplate: current.enrichment?.template };
          const isSameTarget = Target === undefined || Target === current.target.arn;
          return {
            description: description || undefined,
            roleArn,
            source: changedSource(current.source, input.SourceParameters),
            enrichment: enrichmentFromAws(enrichment, EnrichmentParameters ?? template),
            target:
              isSameTarget && TargetParameters === undefined
                ? current.target
                : targetFromAws(Target ?? current.target.arn, TargetParameters, delivers),
          };
        },
      });
      return headToAws(updated);
    },

    async DeletePipe(input, context) {
      return whileDeleting(await (await pipes()).delete(keyOf(input, context)));
    },

    async StartPipe(input, context) {
      return headToAws(await (await pipes()).want(keyOf(input, context), 'running'));
    },

    async StopPipe(input, context) {
      return headToAws(await (await pipes()).want(keyOf(input, context), 'stopped'));
    },

    async ListPipes(input, context) {
      const { NamePrefix = '', SourcePrefix = '', TargetPrefix = '', DesiredState, CurrentState, Limit } = input;
      const after = input.NextToken === undefined ? '' : nameIn(input.NextToken);
      const isAsked = ({ key, settings, state, wanted }: Pipe) =>
        key.name > after &&
        key.name.startsWith(NamePrefix) &&
        settings.source.arn.startsWith(SourcePrefix) &&
        settings.target.arn.startsWith(TargetPrefix) &&
        (DesiredState === undefined || wantedToAws(wanted) === DesiredState) &&
        (CurrentState === undefined || stateToAws(state) === CurrentState);
      const found = (await pipes()).list(context).filter(isAsked);
      const page = found.slice(0, Limit ?? PAGE_MAX);
      const last = page.at(-1)?.key.name ?? '';
      const NextToken = page.length < found.length ? Buffer.from(last).toString('base64url') : undefined;
      return { Pipes: page.map(entryToAws), NextToken };
    },

    async TagResource({ resourceArn, tags }, context) {
      await (await pipes()).tag(taggedKey(resourceArn, context), tags ?? {});
      return {};
    },

    async UntagResource({ resourceArn, tagKeys }, context) {
      await (await pipes()).untag(taggedKey(resourceArn, context), tagKeys ?? []);
      return {};
    },

    async ListTagsForResource({ resourceArn }, context) {
      return { tags: { ...(await pipes()).find(taggedKey(resourceArn, context)).tags } };
    },
  };
  return inAwsWords(handlers, (error) => (error instanceof PipeRefused ? refusalToAws(error.refusal) : error));
}

function keyOf({ Name: name = '' }: { Name?: string | undefined }, { account, region }: RequestContext): PipeKey {
  return { account, region, name };
}

/** Throws what is answered of a pipe that is not there for ARNs of other places, too. */
function taggedKey(arn: string | undefined, { account, region }: RequestContext): PipeKey {
  const name = /:pipe\/([\w.-]{1,64})$/.exec(arn ?? '')?.[1] ?? '';
  const key = { account, region, name };
  if (arn !== pipeArn(key)) throw new PipeRefused({ kind: 'no-such-pipe', name: arn ?? '' });
  return key;
}

function nameIn(token: string): string {
  const name = Buffer.from(token, 'base64url').toString();
  if (!/^[\w.-]{1,64}$/.test(name)) throw invalid('NextToken', 'The token is not valid.');
  return name;
}

function assertSupported(input: {
  readonly LogConfiguration?: PipeLogConfigurationParameters | undefined;
  readonly KmsKeyIdentifier?: string | undefined;
}): void {
  if (input.KmsKeyIdentifier) throw notYet('keys of customers for pipes');
  const { Level: level = 'OFF' } = input.LogConfiguration ?? {};
  if (level !== 'OFF') throw notYet('logs of pipes');
}
