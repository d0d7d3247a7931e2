import { ROLE } from '../server.ts';
import {
  any,
  broken,
  conflict,
  create,
  FARN,
  invalid,
  invalidUntyped,
  missing,
  pattern,
  refusal,
  type Section,
  withVersions,
} from './words.ts';

export const INVOCATIONS: readonly Section[] = [
  {
    title: '6.1 invoking',
    given: create('invoked'),
    cases: [
      {
        says: 'a dry run has no answer',
        operation: 'Invoke',
        input: { FunctionName: 'invoked', InvocationType: 'DryRun' },
        answer: { status: 204 },
      },
      {
        says: 'an event that is accepted has no answer, either',
        operation: 'Invoke',
        input: { FunctionName: 'invoked', InvocationType: 'Event' },
        answer: { status: 202, nothing: true },
      },
      {
        says: 'in the old way neither',
        operation: 'InvokeAsync',
        input: { FunctionName: 'invoked', InvokeArgs: '{}' },
        answer: { status: 202, nothing: true },
      },
      {
        says: 'an event is JSON',
        operation: 'Invoke',
        input: { FunctionName: 'invoked', Payload: Buffer.from('not json') },
        answer: refusal(
          400,
          'InvalidRequestContentException',
          /^Could not parse request body into json: Could not parse payload into json: /,
        ),
      },
      {
        says: 'a version that is not there is not found',
        operation: 'Invoke',
        input: { FunctionName: 'invoked', Qualifier: '7' },
        answer: missing(`Function not found: ${FARN}:invoked:7`),
      },
    ],
  },
  {
    title: '9.4 event-invoke configuration',
    given: withVersions('events'),
    cases: [
      {
        says: 'there is none at first',
        operation: 'GetFunctionEventInvokeConfig',
        input: { FunctionName: 'events' },
        answer: missing(`The function ${FARN}:events:$LATEST doesn't have an EventInvokeConfig`),
      },
      {
        says: 'nor to be changed',
        operation: 'UpdateFunctionEventInvokeConfig',
        input: { FunctionName: 'events', MaximumRetryAttempts: 1 },
        answer: missing(`The function ${FARN}:events:$LATEST doesn't have an EventInvokeConfig`),
      },
      {
        says: 'nor to be deleted, of an alias neither',
        operation: 'DeleteFunctionEventInvokeConfig',
        input: { FunctionName: 'events', Qualifier: 'live' },
        answer: missing(`The function ${FARN}:events:live doesn't have an EventInvokeConfig`),
      },
      {
        says: 'it says something',
        operation: 'PutFunctionEventInvokeConfig',
        input: { FunctionName: 'events' },
        answer: invalid('You must specify at least one of error handling or destination setting.'),
      },
      {
        says: 'it shows what was put, and empty destinations',
        operation: 'PutFunctionEventInvokeConfig',
        input: { FunctionName: 'events', MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 21600 },
        answer: {
          status: 200,
          body: {
            FunctionArn: `${FARN}:events:$LATEST`,
            LastModified: /^\d+(\.\d+)?$/,
            DestinationConfig: { OnSuccess: {}, OnFailure: {} },
            MaximumRetryAttempts: 2,
            MaximumEventAgeInSeconds: 21600,
          },
        },
      },
      {
        says: 'putting replaces all',
        operation: 'PutFunctionEventInvokeConfig',
        input: { FunctionName: 'events', MaximumRetryAttempts: 1 },
        answer: {
          status: 200,
          body: {
            FunctionArn: `${FARN}:events:$LATEST`,
            LastModified: any,
            DestinationConfig: { OnSuccess: {}, OnFailure: {} },
            MaximumRetryAttempts: 1,
          },
        },
      },
      {
        says: 'updating adds',
        operation: 'UpdateFunctionEventInvokeConfig',
        input: { FunctionName: 'events', MaximumEventAgeInSeconds: 60 },
        answer: { status: 200, shows: { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60 } },
      },
      {
        says: 'an unknown function or alias has none',
        operation: 'PutFunctionEventInvokeConfig',
        input: { FunctionName: 'events', Qualifier: 'unknown', MaximumRetryAttempts: 1 },
        answer: missing("The function doesn't exist."),
      },
      {
        says: 'a destination is there',
        operation: 'PutFunctionEventInvokeConfig',
        input: {
          FunctionName: 'events',
          DestinationConfig: { OnSuccess: { Destination: `${FARN}:unknown` } },
        },
        answer: invalid(`The destination ARN ${FARN}:unknown is invalid.`),
      },
      {
        says: 'and is another function',
        operation: 'PutFunctionEventInvokeConfig',
        input: { FunctionName: 'events', DestinationConfig: { OnSuccess: { Destination: `${FARN}:events` } } },
        answer: invalid("You can't specify the function as a destination for itself."),
      },
      {
        says: 'of a service that takes events',
        operation: 'PutFunctionEventInvokeConfig',
        input: { FunctionName: 'events', DestinationConfig: { OnSuccess: { Destination: ROLE } } },
        answer: invalid(
          `The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=${ROLE}), onFailure=null) is invalid.`,
        ),
      },
      {
        says: 'named by an ARN',
        operation: 'PutFunctionEventInvokeConfig',
        input: { FunctionName: 'events', DestinationConfig: { OnFailure: { Destination: 'invalid' } } },
        answer: broken(
          pattern(
            'invalid',
            'destinationConfig.onFailure.destination',
            '$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)',
          ),
        ),
      },
    ],
  },
  {
    title: '10 concurrency',
    given: withVersions('concurrency'),
    cases: [
      {
        says: 'unset it is nothing',
        operation: 'GetFunctionConcurrency',
        input: { FunctionName: 'concurrency' },
        answer: { status: 200, body: {} },
      },
      {
        says: 'it may be 0',
        operation: 'PutFunctionConcurrency',
        input: { FunctionName: 'concurrency', ReservedConcurrentExecutions: 0 },
        answer: { status: 200, body: { ReservedConcurrentExecutions: 0 } },
      },
      {
        says: 'then nobody invokes it',
        operation: 'Invoke',
        input: { FunctionName: 'concurrency' },
        answer: {
          ...refusal(429, 'TooManyRequestsException', 'Rate Exceeded.'),
          members: { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' },
        },
      },
      {
        says: 'the function shows it',
        operation: 'GetFunction',
        input: { FunctionName: 'concurrency' },
        answer: { status: 200, shows: { Concurrency: { ReservedConcurrentExecutions: 0 } } },
      },
      {
        says: 'it leaves 100 to others',
        operation: 'PutFunctionConcurrency',
        input: { FunctionName: 'concurrency', ReservedConcurrentExecutions: 901 },
        answer: invalidUntyped(
          "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
        ),
      },
      {
        says: 'a missing function is told before a wrong number',
        operation: 'PutFunctionConcurrency',
        input: { FunctionName: 'unknown', ReservedConcurrentExecutions: -1 },
        answer: missing(`Function not found: ${FARN}:unknown:$LATEST`),
      },
      {
        says: 'no version has its own',
        operation: 'PutFunctionConcurrency',
        input: { FunctionName: 'concurrency:1', ReservedConcurrentExecutions: 1 },
        answer: invalid(
          'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
        ),
      },
      {
        says: 'it is taken back',
        operation: 'DeleteFunctionConcurrency',
        input: { FunctionName: 'concurrency' },
        answer: { status: 204 },
      },
      {
        says: '$LATEST has none provisioned',
        operation: 'PutProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '$LATEST', ProvisionedConcurrentExecutions: 1 },
        answer: invalid('Provisioned Concurrency Configs cannot be applied to unpublished function versions.'),
      },
      {
        says: 'nor is it looked for there',
        operation: 'GetProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '$LATEST' },
        answer: invalid('The function resource provided must be an alias or a published version.'),
      },
      {
        says: 'nor taken away',
        operation: 'DeleteProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '$LATEST' },
        answer: invalid('The function resource provided must be an alias or a published version.'),
      },
      {
        says: 'it is at least 1',
        operation: 'PutProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '1', ProvisionedConcurrentExecutions: 0 },
        answer: broken(["'0'", 'provisionedConcurrentExecutions', 'have value greater than or equal to 1']),
      },
      {
        says: 'an alias that is not there is told as an alias',
        operation: 'PutProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: 'unknown', ProvisionedConcurrentExecutions: 1 },
        answer: missing(`Cannot find alias arn: ${FARN}:concurrency:unknown`),
      },
      {
        says: 'also of a function that is not there',
        operation: 'GetProvisionedConcurrencyConfig',
        input: { FunctionName: 'unknown', Qualifier: 'unknown' },
        answer: missing(`Cannot find alias arn: ${FARN}:unknown:unknown`),
      },
      {
        says: 'a version that is not there is told as a function',
        operation: 'PutProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '10', ProvisionedConcurrentExecutions: 1 },
        answer: missing(`Function not found: ${FARN}:concurrency:10`),
      },
      {
        says: 'a version has none at first',
        operation: 'GetProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '1' },
        answer: refusal(
          404,
          'ProvisionedConcurrencyConfigNotFoundException',
          'No Provisioned Concurrency Config found for this function',
        ),
      },
      {
        says: 'taking none away is no error',
        operation: 'DeleteProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '1' },
        answer: { status: 204 },
      },
      {
        says: 'there are none to list',
        operation: 'ListProvisionedConcurrencyConfigs',
        input: { FunctionName: 'concurrency' },
        answer: { status: 200, body: { ProvisionedConcurrencyConfigs: [] } },
      },
      {
        says: 'not of a function that is not there',
        operation: 'ListProvisionedConcurrencyConfigs',
        input: { FunctionName: 'unknown' },
        answer: missing(`Function not found: ${FARN}:unknown`),
      },
      {
        says: 'it is asked for first, and made then',
        operation: 'PutProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '1', ProvisionedConcurrentExecutions: 1 },
        answer: {
          status: 202,
          body: {
            RequestedProvisionedConcurrentExecutions: 1,
            AvailableProvisionedConcurrentExecutions: 0,
            AllocatedProvisionedConcurrentExecutions: 0,
            Status: 'IN_PROGRESS',
            LastModified: /^\d{4}-\d\d-\d\dT/,
          },
        },
      },
      {
        says: 'an alias of a version that has its own has none',
        operation: 'PutProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: 'live', ProvisionedConcurrentExecutions: 1 },
        answer: conflict(
          "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
        ),
      },
      {
        says: 'less is not reserved than is provisioned',
        operation: 'PutFunctionConcurrency',
        input: { FunctionName: 'concurrency', ReservedConcurrentExecutions: 0 },
        answer: invalidUntyped(
          " ReservedConcurrentExecutions  0 should not be lower than function's total provisioned concurrency [1].",
        ),
      },
      {
        says: 'as much is',
        operation: 'PutFunctionConcurrency',
        input: { FunctionName: 'concurrency', ReservedConcurrentExecutions: 1 },
        answer: { status: 200 },
      },
      {
        says: 'more is not provisioned than is reserved',
        operation: 'PutProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '2', ProvisionedConcurrentExecutions: 2 },
        answer: invalid(
          'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
        ),
      },
    ],
  },
];
