import { Recent } from '../lib/recent.ts';
import type { Answer } from './policy-condition.ts';
import { namesAccount, namesCaller } from './policy-principal.ts';
import {
  isStatement,
  judgeStatements,
  type PolicyQuestion,
  type PolicyVerdict,
  type Statement,
  textsOf,
} from './policy-statement.ts';

// What a resource's own policy lets callers of other accounts, and AWS's services, do. What the callers' own policies let
// them do is decided apart (`openAuthorizer`): both must allow it (Cross-account policy evaluation logic, IAM User Guide).

export interface PolicyCaller {
  readonly account: string;
  /** `arn:aws:iam::<account>:root`, or `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
  readonly arn: string;
}

/** One of AWS's services, by its principal: `sns.amazonaws.com`. */
export interface ServiceCaller {
  readonly service: string;
}

export interface PolicyRequest extends PolicyQuestion {
  readonly caller: PolicyCaller | ServiceCaller;
}

/**
 * What the statements of a resource's policy, JSON objects, say to a request. One of which it cannot be told whether it
 * concerns the request is left aside if it allows, and heeded if it denies: there are no organizations here, for example, so
 * nothing is known of theirs. Never throws.
 */
export function judgePolicy(statements: readonly string[], request: PolicyRequest): PolicyVerdict {
  return judgeStatements(statements.map(read), request, (statement) => ofPrincipal(statement, request.caller));
}

/** Policies are asked far more often than they change. */
const known = new Recent<Statement>(500);

function read(json: string): Statement {
  let statement = known.get(json);
  if (statement === undefined) {
    statement = parsed(json);
    known.set(json, statement);
  }
  return statement;
}

/** Whatever is no object denies everybody: it cannot be told what was meant. */
function parsed(json: string): Statement {
  try {
    const statement: unknown = JSON.parse(json);
    if (isStatement(statement)) return statement;
  } catch {
    // Nothing is known of a statement that is not JSON, as of one that is no object.
  }
  return {};
}

function ofPrincipal({ Principal }: Statement, caller: PolicyCaller | ServiceCaller): Answer {
  if (Principal === '*') return 'yes';
  // Also of NotPrincipal: all but those who are named are too many to let in.
  if (!isStatement(Principal)) return 'unknown';
  if (Object.keys(Principal).length === 0) return 'unknown';
  if ('service' in caller) {
    // `{"AWS": "*"}` is everybody too, services among them.
    const services = [Principal.Service ?? []].flat();
    return services.includes(caller.service) || services.includes('*') || [Principal.AWS].flat().includes('*')
      ? 'yes'
      : 'no';
  }
  // Services and identity providers are not who calls with a key.
  if (Principal.AWS === undefined) return 'no';
  const names = textsOf(Principal.AWS);
  if (names === undefined) return 'unknown';
  return namesAccount(names, caller.account) || namesCaller(names, caller.arn) ? 'yes' : 'no';
}
