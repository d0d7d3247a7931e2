import { namesAccount, namesCaller } from './policy-principal.ts';
import { matchesWildcard } from './wildcard.ts';

// What a resource's own policy lets callers of other accounts do. What their own policies let them do is decided apart
// (`authorize`): both must allow it (Cross-account policy evaluation logic, IAM User Guide).

export interface PolicyCaller {
  readonly account: string;
  /** `arn:aws:iam::<account>:root`, or `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
  readonly arn: string;
}

type Statement = Readonly<Record<string, unknown>>;
/** `unknown`: it cannot be told here. A statement that allows is then left aside, one that denies is heeded. */
type Answer = 'yes' | 'no' | 'unknown';

/**
 * Whether the statements of a resource's policy, JSON objects, let the caller do `action` (`lambda:GetFunction`) to the
 * resource that they belong to: one allows it, and none denies it. The caller calls directly, not through a service or a
 * function's URL, and no organizations exist here, so conditions are not met. Never throws.
 */
export function policyAllows(statements: readonly string[], caller: PolicyCaller, action: string): boolean {
  const about = statements.map(read).filter((statement) => concerns(statement, caller, action) !== 'no');
  if (about.some(({ Effect }) => Effect !== 'Allow')) return false;
  return about.some((statement) => concerns(statement, caller, action) === 'yes');
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

function concerns(statement: Statement, caller: PolicyCaller, action: string): Answer {
  const answers = [ofAction(statement, action), ofPrincipal(statement, caller), ofConditions(statement)];
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

function ofPrincipal({ Principal }: Statement, caller: PolicyCaller): Answer {
  if (Principal === '*') return 'yes';
  // Also of NotPrincipal: all but those who are named are too many to let in.
  if (!isRecord(Principal)) return 'unknown';
  // Services and identity providers are not who calls with a key.
  if (Principal.AWS === undefined) return Object.keys(Principal).length === 0 ? 'unknown' : 'no';
  const names = textsOf(Principal.AWS);
  if (names === undefined) return 'unknown';
  return namesAccount(names, caller.account) || namesCaller(names, caller.arn) ? 'yes' : 'no';
}

function ofConditions({ Condition }: Statement): Answer {
  return Condition === undefined ? 'yes' : 'unknown';
}

function textsOf(value: unknown): string[] | undefined {
  const texts = [value].flat();
  return texts.length > 0 && texts.every((text) => typeof text === 'string') ? texts : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
