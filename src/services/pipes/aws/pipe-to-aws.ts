import type {
  PipeState as AwsState,
  PipeEnrichmentParameters,
  PipeSourceParameters,
  PipeTargetParameters,
  RequestedPipeState,
} from '@aws-sdk/client-pipes';
import { type Pipe, type PipeEnrichment, type PipeSource, type PipeTarget, pipeArn } from '../pipe.ts';
import type { PipeState, WantedState } from '../pipe-state.ts';

const STATES: Readonly<Record<PipeState, AwsState>> = {
  creating: 'CREATING',
  updating: 'UPDATING',
  starting: 'STARTING',
  stopping: 'STOPPING',
  deleting: 'DELETING',
  running: 'RUNNING',
  stopped: 'STOPPED',
  'create-failed': 'CREATE_FAILED',
  'update-failed': 'UPDATE_FAILED',
  'start-failed': 'START_FAILED',
};

export const stateToAws = (state: PipeState): AwsState => STATES[state];

export const wantedToAws = (wanted: WantedState): RequestedPipeState => (wanted === 'running' ? 'RUNNING' : 'STOPPED');

/** What operations on one pipe answer. */
export function headToAws(pipe: Pipe) {
  return {
    Arn: pipeArn(pipe.key),
    Name: pipe.key.name,
    DesiredState: wantedToAws(pipe.wanted),
    CurrentState: stateToAws(pipe.state),
    CreationTime: new Date(pipe.createdMs),
    LastModifiedTime: new Date(pipe.modifiedMs),
  };
}

/** The same where a pipe may be on its way out, which is then what is wanted. */
export function whileDeleting(pipe: Pipe) {
  const head = headToAws(pipe);
  return { ...head, DesiredState: pipe.state === 'deleting' ? ('DELETED' as const) : head.DesiredState };
}

/** `problem`: what went wrong last while it was read. AWS tells nothing of a pipe that runs; here whoever looks for it finds it. */
export function pipeToAws(pipe: Pipe, problem: string | undefined) {
  const { description, roleArn, source, enrichment, target } = pipe.settings;
  return {
    ...whileDeleting(pipe),
    Description: description,
    StateReason: pipe.stateReason ?? problem,
    Source: source.arn,
    SourceParameters: sourceToAws(source),
    Enrichment: enrichment?.arn,
    EnrichmentParameters: enrichmentToAws(enrichment),
    Target: target.arn,
    TargetParameters: targetToAws(target),
    RoleArn: roleArn,
    Tags: { ...pipe.tags },
  };
}

/** As AWS lists it. */
export function entryToAws(pipe: Pipe) {
  const { source, enrichment, target } = pipe.settings;
  return {
    ...headToAws(pipe),
    StateReason: pipe.stateReason,
    Source: source.arn,
    Enrichment: enrichment?.arn,
    Target: target.arn,
  };
}

function sourceToAws({ batchSize, batchWindowMs, filters }: PipeSource): PipeSourceParameters {
  return {
    FilterCriteria: filters.length === 0 ? undefined : { Filters: filters.map((Pattern) => ({ Pattern })) },
    SqsQueueParameters: { BatchSize: batchSize, MaximumBatchingWindowInSeconds: batchWindowMs / 1_000 },
  };
}

function enrichmentToAws(enrichment: PipeEnrichment | undefined): PipeEnrichmentParameters | undefined {
  return enrichment?.template === undefined ? undefined : { InputTemplate: enrichment.template };
}

function targetToAws(target: PipeTarget): PipeTargetParameters | undefined {
  const parameters: PipeTargetParameters = { InputTemplate: target.template, ...ownToAws(target) };
  return Object.values(parameters).every((value) => value === undefined) ? undefined : parameters;
}

function ownToAws(target: PipeTarget): PipeTargetParameters {
  switch (target.kind) {
    case 'function': {
      if (target.invocation === undefined) return {};
      const InvocationType = target.invocation === 'handed-over' ? 'FIRE_AND_FORGET' : 'REQUEST_RESPONSE';
      return { LambdaFunctionParameters: { InvocationType } };
    }
    case 'queue': {
      const { groupId: MessageGroupId, deduplicationId: MessageDeduplicationId } = target;
      if (MessageGroupId === undefined && MessageDeduplicationId === undefined) return {};
      return { SqsQueueParameters: { MessageGroupId, MessageDeduplicationId } };
    }
    case 'topic':
      return {};
    case 'bus': {
      const { source: Source, detailType: DetailType, resources, time: Time } = target;
      const Resources = resources === undefined ? undefined : [...resources];
      const parameters = { Source, DetailType, Resources, Time };
      if (Object.values(parameters).every((value) => value === undefined)) return {};
      return { EventBridgeEventBusParameters: parameters };
    }
  }
}
