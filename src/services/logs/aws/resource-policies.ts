import type { Handlers } from '../../../wire/service.ts';
import type { Logs } from '../logs.ts';
import type { ResourcePolicy } from '../resource-policies.ts';
import { invalidParameter } from './constraints.ts';
import { scopeOf } from './names.ts';
import { decodeToken, encodeToken } from './page-token.ts';
import { notYet } from './words.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch-logs');

const LIST_DEFAULT = 50;

/** Policies of accounts. Those of single groups (`resourceArn`) are not there yet. */
export function resourcePolicyHandlers(logs: Logs): Handlers<Client> {
  return {
    PutResourcePolicy({ policyName, policyDocument, resourceArn, expectedRevisionId }, context) {
      if (resourceArn !== undefined || expectedRevisionId !== undefined) throw notYet('policies of single log groups');
      if (policyName === undefined || policyDocument === undefined) {
        throw invalidParameter('policyName and policyDocument must be specified.');
      }
      if (!isDocument(policyDocument)) throw invalidParameter('Invalid policy document.');
      return { resourcePolicy: describe(logs.putResourcePolicy(scopeOf(context), policyName, policyDocument)) };
    },

    DescribeResourcePolicies({ nextToken, limit = LIST_DEFAULT, resourceArn, policyScope = 'ACCOUNT' }, context) {
      if (resourceArn !== undefined || policyScope !== 'ACCOUNT') throw notYet('policies of single log groups');
      const after = decodeToken(nextToken, (value) => (typeof value === 'string' ? value : undefined)) ?? '';
      const found = logs.resourcePolicies(scopeOf(context), after, limit + 1);
      const page = found.slice(0, limit);
      return {
        resourcePolicies: page.map(describe),
        nextToken: found.length > limit ? encodeToken(page.at(-1)?.name) : undefined,
      };
    },

    DeleteResourcePolicy({ policyName, resourceArn, expectedRevisionId }, context) {
      if (resourceArn !== undefined || expectedRevisionId !== undefined) throw notYet('policies of single log groups');
      if (policyName === undefined) throw invalidParameter('policyName must be specified.');
      logs.removeResourcePolicy(scopeOf(context), policyName);
      return {};
    },
  };
}

function describe({ name, document, updatedMs }: ResourcePolicy) {
  return {
    ...{ policyName: name, policyDocument: document, lastUpdatedTime: updatedMs },
    policyScope: 'ACCOUNT' as const,
  };
}

/** JSON with statements; what is in them is judged by whoever asks. */
function isDocument(text: string): boolean {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === 'object' && document !== null && 'Statement' in document;
  } catch {
    return false; // Harmless: whoever called is told that it is none.
  }
}
