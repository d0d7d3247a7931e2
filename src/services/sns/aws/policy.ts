import { isWithinPolicyLevels } from '../../../identity/index.ts';
import { invalid } from './words.ts';

/** AWS's quota of a topic's policy. */
const POLICY_BYTES_MAX = 30_720;

/** The policy as it is kept. Throws InvalidParameter unless it is one for topics. */
export function checkedPolicy(json: string): string {
  const policy = parse(json);
  if (!isObject(policy) || Buffer.byteLength(json) > POLICY_BYTES_MAX) throw invalid('Policy Error: null');
  const statements = [policy.Statement].flat();
  if (statements.length === 0 || !statements.every(isStatement)) throw invalid('Policy Error: null');
  for (const { Action, NotAction } of statements.filter(isObject)) {
    for (const action of [Action ?? NotAction].flat()) {
      if (typeof action !== 'string' || (action !== '*' && !/^sns:/i.test(action)))
        throw invalid('Policy statement action out of service scope!');
    }
  }
  return json;
}

function isStatement(statement: unknown): boolean {
  if (!isObject(statement)) return false;
  const { Effect, Action, NotAction, Principal, NotPrincipal } = statement;
  return (
    (Effect === 'Allow' || Effect === 'Deny') &&
    (Action ?? NotAction) !== undefined &&
    (Principal ?? NotPrincipal) !== undefined &&
    isWithinPolicyLevels(statement)
  );
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // The caller refuses it in SNS's words.
  }
}
