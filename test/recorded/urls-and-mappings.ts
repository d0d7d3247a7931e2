import type { Case } from './case.ts';
import {
  any,
  broken,
  conflict,
  FARN,
  invalid,
  missing,
  NOT_POLLED,
  pattern,
  QUEUE,
  refusal,
  type Section,
  STREAM,
  TABLE,
  UUID,
  withVersions,
} from './words.ts';

export const URLS_AND_MAPPINGS: readonly Section[] = [
  {
    title: '12.1 function URLs',
    given: withVersions('urls'),
    cases: [
      {
        says: 'a function has none at first',
        operation: 'GetFunctionUrlConfig',
        input: { FunctionName: 'urls' },
        answer: missing('The resource you requested does not exist.'),
      },
      {
        says: 'nor one to change',
        operation: 'UpdateFunctionUrlConfig',
        input: { FunctionName: 'urls', AuthType: 'NONE' },
        answer: missing('The resource you requested does not exist.'),
      },
      {
        says: 'nor one to delete',
        operation: 'DeleteFunctionUrlConfig',
        input: { FunctionName: 'urls' },
        answer: missing('The resource you requested does not exist.'),
      },
      {
        says: 'it is created without an invoke mode that was not given',
        operation: 'CreateFunctionUrlConfig',
        input: { FunctionName: 'urls', AuthType: 'NONE' },
        answer: {
          status: 201,
          body: {
            FunctionUrl: /^https?:\/\/[a-z0-9]{32}\.lambda-url\.us-east-1\./,
            FunctionArn: `${FARN}:urls`,
            AuthType: 'NONE',
            CreationTime: /^\d{4}-\d\d-\d\dT/,
          },
        },
      },
      {
        says: 'and shown with one',
        operation: 'GetFunctionUrlConfig',
        input: { FunctionName: 'urls' },
        answer: {
          status: 200,
          body: {
            FunctionUrl: any,
            FunctionArn: `${FARN}:urls`,
            AuthType: 'NONE',
            CreationTime: any,
            LastModifiedTime: any,
            InvokeMode: 'BUFFERED',
          },
        },
      },
      {
        says: 'there is one',
        operation: 'CreateFunctionUrlConfig',
        input: { FunctionName: 'urls', AuthType: 'NONE' },
        answer: conflict(
          `Failed to create function url config for [functionArn = ${FARN}:urls]. Error message:  FunctionUrlConfig exists for this Lambda function`,
        ),
      },
      {
        says: 'and one for an alias, under its ARN',
        operation: 'CreateFunctionUrlConfig',
        input: { FunctionName: 'urls', Qualifier: 'live', AuthType: 'AWS_IAM', InvokeMode: 'RESPONSE_STREAM' },
        answer: {
          status: 201,
          body: {
            FunctionUrl: any,
            FunctionArn: `${FARN}:urls:live`,
            AuthType: 'AWS_IAM',
            CreationTime: any,
            InvokeMode: 'RESPONSE_STREAM',
          },
        },
      },
      ...(
        [
          'CreateFunctionUrlConfig',
          'GetFunctionUrlConfig',
          'UpdateFunctionUrlConfig',
          'DeleteFunctionUrlConfig',
        ] as const
      ).flatMap((operation) =>
        ['1', '$LATEST'].map(
          (Qualifier): Case => ({
            says: `${operation}: ${Qualifier} has none`,
            operation,
            input: { FunctionName: 'urls', AuthType: 'NONE', Qualifier },
            answer: broken(pattern(Qualifier, 'qualifier', '((?!^\\d+$)^[0-9a-zA-Z-_]+$)')),
          }),
        ),
      ),
      ...(
        [
          ['CreateFunctionUrlConfig', 'Function does not exist'],
          ['UpdateFunctionUrlConfig', 'Function does not exist'],
          ['GetFunctionUrlConfig', 'The resource you requested does not exist.'],
          ['DeleteFunctionUrlConfig', 'The resource you requested does not exist.'],
        ] as const
      ).map(
        ([operation, message]): Case => ({
          says: `${operation}: an unknown alias has none`,
          operation,
          input: { FunctionName: 'urls', AuthType: 'NONE', Qualifier: 'unknown' },
          answer: missing(message),
        }),
      ),
      {
        says: 'an answer is buffered or streamed',
        operation: 'UpdateFunctionUrlConfig',
        input: { FunctionName: 'urls', InvokeMode: 'UNKNOWN' },
        answer: broken(["'UNKNOWN'", 'invokeMode', 'satisfy enum value set: [RESPONSE_STREAM, BUFFERED]']),
      },
      {
        says: 'without a qualifier only the function’s own is deleted',
        operation: 'DeleteFunctionUrlConfig',
        input: { FunctionName: 'urls' },
        answer: { status: 204 },
      },
      {
        says: 'the alias’s stays',
        operation: 'GetFunctionUrlConfig',
        input: { FunctionName: 'urls', Qualifier: 'live' },
        answer: { status: 200, shows: { InvokeMode: 'RESPONSE_STREAM' } },
      },
    ],
  },
  {
    title: '13 event source mappings',
    given: withVersions('mapped'),
    cases: [
      ...(['GetEventSourceMapping', 'UpdateEventSourceMapping', 'DeleteEventSourceMapping'] as const).map(
        (operation): Case => ({
          says: `${operation}: an unknown id is not found`,
          operation,
          input: { UUID: '00000000-0000-4000-8000-000000000000' },
          answer: missing('The resource you requested does not exist.'),
        }),
      ),
      {
        says: 'a source is named',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'mapped' },
        answer: invalid('Unrecognized event source.'),
      },
      {
        says: 'a function is there',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'unknown', EventSourceArn: QUEUE },
        answer: invalid('Function does not exist'),
      },
      {
        says: 'what succeeds goes nowhere',
        operation: 'CreateEventSourceMapping',
        input: {
          FunctionName: 'mapped',
          EventSourceArn: QUEUE,
          DestinationConfig: { OnSuccess: { Destination: QUEUE } },
        },
        answer: invalid('Unsupported DestinationConfig parameter for given event source mapping type.'),
      },
      {
        says: 'more than ten of a queue are waited for',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'mapped', EventSourceArn: QUEUE, BatchSize: 11 },
        answer: invalid(
          'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
        ),
      },
      {
        says: 'a stream is read from somewhere',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'mapped', EventSourceArn: STREAM },
        answer: invalid(
          "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
        ),
      },
      {
        says: 'which is one of three places',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'mapped', EventSourceArn: STREAM, StartingPosition: 'invalid' },
        answer: broken([
          "'invalid'",
          'startingPosition',
          'satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]',
        ]),
      },
      {
        says: 'a table’s stream is not read from a time on',
        operation: 'CreateEventSourceMapping',
        input: {
          FunctionName: 'mapped',
          EventSourceArn: TABLE,
          StartingPosition: 'AT_TIMESTAMP',
          StartingPositionTimestamp: new Date(0),
        },
        answer: invalid(`Unsupported starting position for arn type: ${TABLE}`),
      },
      {
        says: 'a filter is an object of lists',
        operation: 'CreateEventSourceMapping',
        input: {
          FunctionName: 'mapped',
          EventSourceArn: QUEUE,
          FilterCriteria: { Filters: [{ Pattern: '{"a":[]}' }] },
        },
        answer: invalid('Invalid filter pattern definition.'),
      },
      {
        says: 'brokers of one’s own have access configurations',
        operation: 'CreateEventSourceMapping',
        input: {
          FunctionName: 'mapped',
          SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['kafka.example.com:9092'] } },
          Topics: ['topic'],
        },
        answer: invalid("Required 'sourceAccessConfigurations' parameter is missing."),
      },
      {
        says: 'a queue’s shows what belongs to queues',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'mapped', EventSourceArn: QUEUE },
        answer: {
          status: 202,
          body: {
            UUID,
            EventSourceMappingArn: /^arn:aws:lambda:us-east-1:000000000000:event-source-mapping:[0-9a-f-]{36}$/,
            EventSourceArn: QUEUE,
            FunctionArn: `${FARN}:mapped`,
            BatchSize: 10,
            MaximumBatchingWindowInSeconds: 0,
            FunctionResponseTypes: [],
            LastModified: /^\d+(\.\d+)?$/,
            State: 'Creating',
            StateTransitionReason: 'USER_INITIATED',
          },
        },
      },
      {
        says: 'there is one of a queue and a function',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'mapped', EventSourceArn: QUEUE },
        answer: refusal(
          409,
          'ResourceConflictException',
          /^An event source mapping with SQS arn \(" arn:aws:sqs:us-east-1:000000000000:queue "\) and function \(" mapped "\) already exists\. Please update or delete the existing mapping with UUID [0-9a-f-]{36}$/,
        ),
      },
      {
        says: 'the alias that was named is kept, and one that is not enabled is Disabled at once',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'mapped:live', EventSourceArn: `${QUEUE}-2`, Enabled: false },
        answer: { status: 202, shows: { FunctionArn: `${FARN}:mapped:live`, State: 'Disabled' } },
      },
      {
        says: 'a stream’s shows what belongs to streams',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'mapped', EventSourceArn: STREAM, StartingPosition: 'TRIM_HORIZON' },
        answer: {
          status: 202,
          body: {
            UUID,
            EventSourceMappingArn: any,
            EventSourceArn: STREAM,
            FunctionArn: `${FARN}:mapped`,
            BatchSize: 100,
            MaximumBatchingWindowInSeconds: 0,
            FunctionResponseTypes: [],
            LastModified: any,
            State: 'Creating',
            StateTransitionReason: 'User action',
            ...NOT_POLLED,
            StartingPosition: 'TRIM_HORIZON',
            BisectBatchOnFunctionError: false,
            DestinationConfig: { OnFailure: {} },
            MaximumRecordAgeInSeconds: -1,
            MaximumRetryAttempts: -1,
            ParallelizationFactor: 1,
            TumblingWindowInSeconds: 0,
          },
        },
      },
    ],
  },
];
