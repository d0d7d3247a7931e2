import { isCondition, isObject, parseJson } from './policy-document.ts';
import type { PolicyFlaw } from './policy-flaw.ts';
import { IamRefused } from './refusal.ts';

// Which documents IAM takes as a role's trust policy. Who may assume the role by it is decided in `identity`.

type Statement = Readonly<Record<string, unknown>>;

const TOP_ELEMENTS = ['Version', 'Id', 'Statement'];
const STATEMENT_ELEMENTS = ['Sid', 'Effect', 'Principal', 'Action', 'Condition'];
const PROHIBITED = ['Resource', 'NotResource', 'NotPrincipal'];
const ACTION =
  /^sts:(?:AssumeRole(?:WithSAML|WithWebIdentity)?|AssumeRole\*|TagSession|SetSourceIdentity|SetContext)$/i;

/** A map: the names come from outside. */
const PRINCIPALS = new Map<string, RegExp>(
  Object.entries({
    AWS: /^(?:\*|\d{12}|A(?:ROA|IDA)[A-Z0-9]{17}|arn:aws[a-zA-Z-]*:(?:iam|sts)::\d{12}:(?:root|(?:user|role|assumed-role|federated-user)\/.+))$/,
    Service: /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/,
    Federated: /^(?:arn:aws[a-zA-Z-]*:iam::\d{12}:(?:saml|oidc)-provider\/.+|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/,
    CanonicalUser: /^[0-9a-f]{64}$/,
  }),
);

/** Throws `IamRefused` (malformed-policy) unless this is a trust policy. Whether its principals exist is not asked. */
export function assertTrustPolicy(document: string): void {
  const flaw = flawOf(document);
  if (flaw !== undefined) throw new IamRefused({ kind: 'malformed-policy', flaw });
}

function flawOf(document: string): PolicyFlaw | undefined {
  const policy = parseJson(document);
  if (!isObject(policy)) return { kind: 'no-json' };
  const unknown = Object.keys(policy).find((key) => !TOP_ELEMENTS.includes(key));
  if (unknown !== undefined) return { kind: 'unknown-field', field: unknown };
  if (policy.Version !== undefined && policy.Version !== '2008-10-17' && policy.Version !== '2012-10-17')
    return { kind: 'trust-version' };
  if (policy.Statement === undefined) return { kind: 'missing-field', field: 'Statement' };
  const statements = [policy.Statement].flat();
  if (statements.length === 0 || !statements.every(isObject)) return { kind: 'syntax' };
  return statements.map(statementFlaw).find((flaw) => flaw !== undefined);
}

function statementFlaw(statement: Statement): PolicyFlaw | undefined {
  const { Sid, Effect, Principal, Action, Condition } = statement;
  const names = Object.keys(statement);
  const prohibited = names.find((name) => PROHIBITED.includes(name));
  if (prohibited !== undefined) return { kind: 'prohibited-field', field: prohibited };
  if ('NotAction' in statement) return { kind: 'trust-action' };
  const unknown = names.find((name) => !STATEMENT_ELEMENTS.includes(name));
  if (unknown !== undefined) return { kind: 'unknown-field', field: unknown };
  const missing = ['Effect', 'Principal', 'Action'].find((name) => statement[name] === undefined);
  if (missing !== undefined) return { kind: 'missing-field', field: missing };
  if (Effect !== 'Allow' && Effect !== 'Deny') return { kind: 'syntax' };
  if (Sid !== undefined && typeof Sid !== 'string') return { kind: 'syntax' };
  if (Condition !== undefined && !isCondition(Condition)) return { kind: 'syntax' };
  const actions = [Action].flat();
  if (actions.length === 0 || !actions.every((action) => typeof action === 'string' && ACTION.test(action)))
    return { kind: 'trust-action' };
  return principalFlaw(Principal);
}

function principalFlaw(principal: unknown): PolicyFlaw | undefined {
  if (principal === '*') return undefined;
  if (!isObject(principal)) return { kind: 'syntax' };
  const all = Object.entries(principal).flatMap(([type, values]) => [values].flat().map((value) => ({ type, value })));
  if (all.some(({ value }) => typeof value !== 'string')) return { kind: 'syntax' };
  if (all.length === 0) return { kind: 'missing-field', field: 'Principal' };
  const bad = all.find(({ type, value }) => !PRINCIPALS.get(type)?.test(String(value)));
  // As AWS prints it: services in capitals.
  if (bad === undefined) return undefined;
  return { kind: 'principal', type: bad.type === 'Service' ? 'SERVICE' : bad.type, value: String(bad.value) };
}
