import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CreateEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import { refusalOf } from '../../functions/aws/testing/lambda-client.ts';
import { serveMappings } from './testing/serve-mappings.ts';

test('everything that is wrong with a mapping is told in one answer, down to members of its filters', async (t) => {
  const { lambda } = await serveMappings(t);
  const long = 'x'.repeat(4_097);
  const wrong = {
    FunctionName: 'hello',
    StartingPosition: 'invalid',
    SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['a b'] } },
    BatchSize: 10_001,
    FilterCriteria: { Filters: [{ Pattern: '{}' }, { Pattern: long }] },
    SourceAccessConfigurations: [{ Type: 'VPC_SUBNET' }, { Type: 'BASIC_AUTH', URI: '' }],
    FunctionResponseTypes: ['ReportNothing'],
  };
  // SAFE: the client's code lets through what its types would not.
  const refusal = await refusalOf(lambda.createEventSourceMapping(wrong as CreateEventSourceMappingRequest));
  const host =
    '(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]*[a-zA-Z0-9])\\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\\-]*[A-Za-z0-9])';
  const broken = [
    "'invalid' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
    `'{KAFKA_BOOTSTRAP_SERVERS=[a b]}' at 'selfManagedEventSource.endpoints' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 10, Member must have length greater than or equal to 1, Member must satisfy constraint: [Member must have length less than or equal to 300, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ${host}:[0-9]{1,5}, Member must not be null], Member must not be null]`,
    "'10001' at 'batchSize' failed to satisfy constraint: Member must have value less than or equal to 10000",
    `'${long}' at 'filterCriteria.filters.2.member.pattern' failed to satisfy constraint: Member must have length less than or equal to 4096`,
    "'' at 'sourceAccessConfigurations.2.member.uRI' failed to satisfy constraint: Member must have length greater than or equal to 1",
    "'[ReportNothing]' at 'functionResponseTypes' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures], Member must not be null]",
  ];
  assert.deepEqual(refusal, {
    name: 'ValidationException',
    message: `6 validation errors detected: ${broken.map((sentence) => `Value ${sentence}`).join('; ')}`,
  });
});
