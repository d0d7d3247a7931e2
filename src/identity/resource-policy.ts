import { type Answer, type ConditionContext, conditionsHold } from './policy-condition.ts';
import { namesAccount, namesCaller } from './policy-principal.ts';
import { matchesWildcard } from './wildcard.ts';

// What a resource's own policy lets callers of other accounts, and AWS's services, do. What the callers' own policies let
// them do is decided apart (`authorize`): both must allow it (Cross-account policy evaluation logic, IAM User Guide).

export interface PolicyCaller {
  readonly account: string;
  /** `arn:aws:iam::<account>:root`, or `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
  readonly arn: string;
}

/** One of AWS's services, by its principal: `sns.amazonaws.com`. */
export interface ServiceCaller {
  readonly service: string;
}

export interface PolicyRequest {
  readonly caller: PolicyCaller | ServiceCaller;
  /** `sqs:SendMessage` */
  readonly action: string;
  /** ARN of what it is done to; undefined: the resource that the policy belongs to, whatever its statements name. */
  readonly resource?: string | undefined;
  /** undefined: no condition is met. */
  readonly context?: ConditionContext | undefined;
}

/** `silent`: neither allowed nor denied. */
export type PolicyVerdict = 'allowed' | 'denied' | 'silent';

type Statement = Readonly<Record<string, unknown>>;

/**
 * Whether the statements of a resource's policy, JSON objects, let the caller do `action` (`lambda:GetFunction`) to the
 * resource that they belong to: one allows it, and none denies it. The caller calls directly, not through a service or a
 * function's URL, and no organizations exist here, so conditions are not met. Never throws.
 */
export function policyAllows(statements: readonly string[], caller: PolicyCaller, action: string): boolean {
  return judgePolicy(statements, { caller, action }) === 'allowed';
}

/**
 * What the statements of a resource's policy, JSON objects, say to a request. One of which it cannot be told whether it
 * concerns the request is left aside if it allows, and heeded if it denies. Never throws.
 */
export function judgePolicy(statements: readonly string[], request: PolicyRequest): PolicyVerdict {
  const about = statements
    .map(read)
    .map((statement) => ({ statement, answer: concerns(statement, request) }))
    .filter(({ answer }) => answer !== 'no');
  if (about.some(({ statement }) => statement.Effect !== 'Allow')) return 'denied';
  return about.some(({ answer }) => answer === 'yes') ? 'allowed' : 'silent';
}

/** Whatever is no object denies everybody: it cannot be told what was meant. */
function read(json: string): Statement {
  try {
    const statement: unknown = JSON.parse(json);
    if (isRecord(statement)) return statement;
  } catch {
    // Nothing is known of a statement that is not JSON, as of one that is no object.
  }
  return {};
}

function concerns(statement: Statement, { caller, action, resource, context }: PolicyRequest): Answer {
  const answers = [
    ofAction(statement, action),
    ofPrincipal(statement, caller),
    resource === undefined ? 'yes' : ofResource(statement, resource),
    context === undefined ? withoutConditions(statement) : conditionsHold(statement.Condition, context),
  ];
  if (answers.includes('no')) return 'no';
  return answers.includes('unknown') ? 'unknown' : 'yes';
}

function ofAction({ Action, NotAction }: Statement, action: string): Answer {
  const patterns = textsOf(Action ?? NotAction);
  if (patterns === undefined) return 'unknown';
  // Actions are the same in any case (AWS JSON policy elements: Action).
  const isNamed = patterns.some((pattern) => matchesWildcard(pattern.toLowerCase(), action.toLowerCase()));
  return isNamed === (Action !== undefined) ? 'yes' : 'no';
}

function ofResource({ Resource, NotResource }: Statement, resource: string): Answer {
  const patterns = textsOf(Resource ?? NotResource);
  if (patterns === undefined) return 'unknown';
  const isNamed = patterns.some((pattern) => matchesWildcard(pattern, resource));
  return isNamed === (Resource !== undefined) ? 'yes' : 'no';
}

function ofPrincipal({ Principal }: Statement, caller: PolicyCaller | ServiceCaller): Answer {
  if (Principal === '*') return 'yes';
  // Also of NotPrincipal: all but those who are named are too many to let in.
  if (!isRecord(Principal)) return 'unknown';
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

function withoutConditions({ Condition }: Statement): Answer {
  return Condition === undefined ? 'yes' : 'unknown';
}

function textsOf(value: unknown): string[] | undefined {
  const texts = [value].flat();
  return texts.length > 0 && texts.every((text) => typeof text === 'string') ? texts : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
