import type { Constraints } from '../../../wire/service.ts';
import { length, oneOf, pattern, required } from '../../../wire/validation.ts';
import type { Lambda } from '../operation.ts';
import { NAMESPACED_FUNCTION_NAME, QUALIFIER, REGION } from './names.ts';
import { ARN, STATEMENT_ID, URL_AUTH_TYPES } from './shared.ts';

const POLICY_RESOURCE = [
  required,
  length(0, 512),
  pattern(
    `arn:(aws[a-zA-Z-]*)?:lambda:${REGION}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_])+)?|runtime/[a-zA-Z0-9-_./]+)`,
  ),
];

const REVISION_ID = [length(36, 36), pattern('[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}')];

export const PERMISSION_CONSTRAINTS: Constraints<Lambda> = {
  AddPermission: {
    qualifier: QUALIFIER,
    statementId: [required, ...STATEMENT_ID],
    action: [required, length(0, 10_000), pattern('(lambda:[*]|lambda:[a-zA-Z]+|[*])')],
    principal: [required, length(0, 2_048), pattern('[^\\s]+')],
    sourceArn: ARN,
    sourceAccount: [length(0, 12), pattern('\\d{12}')],
    eventSourceToken: [length(0, 256), pattern('[a-zA-Z0-9._\\-]+')],
    principalOrgID: [length(12, 34), pattern('o-[a-z0-9]{10,32}')],
    functionUrlAuthType: [oneOf(URL_AUTH_TYPES)],
    functionName: [required, ...NAMESPACED_FUNCTION_NAME],
  },
  RemovePermission: {
    qualifier: QUALIFIER,
    // Statements of other services have dots in their ids.
    statementId: [required, length(1, 100), pattern('([a-zA-Z0-9-_.]+)')],
    functionName: [required, ...NAMESPACED_FUNCTION_NAME],
  },
  GetPolicy: {
    qualifier: QUALIFIER,
    functionName: [required, ...NAMESPACED_FUNCTION_NAME],
  },
  GetResourcePolicy: { resourceArn: POLICY_RESOURCE },
  PutResourcePolicy: {
    resourceArn: POLICY_RESOURCE,
    policy: [required, length(1, 20_480), pattern('[\\s\\S]+')],
    revisionId: REVISION_ID,
  },
  DeleteResourcePolicy: { resourceArn: POLICY_RESOURCE, revisionId: REVISION_ID },
};
