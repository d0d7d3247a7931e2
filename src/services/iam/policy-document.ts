import type { PolicyFlaw } from './policy-flaw.ts';
import { IamRefused } from './refusal.ts';

// Which documents IAM takes as a permissions policy (JSON policy grammar, IAM User Guide), and in which order it finds
// their flaws. What it means that somebody has a policy is not decided here.

type Statement = Readonly<Record<string, unknown>>;

const TOP_ELEMENTS = ['Version', 'Id', 'Statement'];
const STATEMENT_ELEMENTS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];
const PRINCIPALS = ['Principal', 'NotPrincipal'];
const VERSIONS = ['2008-10-17', '2012-10-17'];
const CONDITION =
  /^(?:ForAnyValue:|ForAllValues:)?(?:String(?:Not)?Equals(?:IgnoreCase)?|String(?:Not)?Like|Numeric(?:Not)?Equals|Numeric(?:Less|Greater)Than(?:Equals)?|Date(?:Not)?Equals|Date(?:Less|Greater)Than(?:Equals)?|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like)|Null)(?:IfExists)?$/;

/** Characters that count for the size of a policy: IAM leaves white space out (IAM and STS quotas, IAM User Guide). */
export function countedCharacters(document: string): number {
  return document.replace(/\s/g, '').length;
}

/** Throws `IamRefused` (malformed-policy) unless this is a permissions policy. */
export function assertPermissionsPolicy(document: string): void {
  const flaw = flawOf(document);
  if (flaw !== undefined) throw new IamRefused({ kind: 'malformed-policy', flaw });
}

function flawOf(document: string): PolicyFlaw | undefined {
  const policy = parseJson(document);
  if (!isObject(policy)) return { kind: 'syntax' };
  const statements = [policy.Statement].flat();
  if (!statements.every(isObject)) return { kind: 'syntax' };
  if (statements.some((statement) => PRINCIPALS.some((name) => name in statement))) return { kind: 'has-principal' };
  if (!hasSyntax(policy, statements)) return { kind: 'syntax' };
  if (policy.Version !== '2012-10-17') return { kind: 'version' };
  if (statements.some(({ Effect }) => Effect !== 'Allow' && Effect !== 'Deny')) return { kind: 'legacy' };
  const sids = statements.map(({ Sid }) => Sid).filter(Boolean);
  if (new Set(sids).size < sids.length) return { kind: 'sid-twice' };
  if (!statements.every(({ Action, NotAction }) => isFilled(Action ?? NotAction))) return { kind: 'no-actions' };
  if (!statements.every(({ Resource, NotResource }) => isFilled(Resource ?? NotResource)))
    return { kind: 'no-resources' };
  return (
    firstFlaw(statements, (statement) => texts(statement.Resource ?? statement.NotResource), resourceFlaw) ??
    firstFlaw(statements, (statement) => texts(statement.Action ?? statement.NotAction), actionFlaw)
  );
}

function hasSyntax(policy: Statement, statements: readonly Statement[]): boolean {
  return (
    statements.length > 0 &&
    Object.keys(policy).every((key) => TOP_ELEMENTS.includes(key)) &&
    (policy.Version === undefined || VERSIONS.some((version) => version === policy.Version)) &&
    (policy.Id === undefined || typeof policy.Id === 'string') &&
    statements.every(isStatement)
  );
}

function isStatement(statement: Statement): boolean {
  const { Sid, Effect, Action, NotAction, Resource, NotResource, Condition } = statement;
  return (
    Object.keys(statement).every((key) => STATEMENT_ELEMENTS.includes(key)) &&
    (Sid === undefined || typeof Sid === 'string') &&
    typeof Effect === 'string' &&
    /^(?:allow|deny)$/i.test(Effect) &&
    [Action, NotAction, Resource, NotResource].every((value) => value === undefined || isTexts(value)) &&
    (Action === undefined || NotAction === undefined) &&
    (Resource === undefined || NotResource === undefined) &&
    (Condition === undefined || isCondition(Condition))
  );
}

export function isCondition(condition: unknown): boolean {
  if (!isObject(condition)) return false;
  return Object.entries(condition).every(
    ([operator, keys]) =>
      isObject(keys) &&
      (CONDITION.test(operator) || Object.keys(keys).length === 0) &&
      Object.values(keys).every((value) => [value].flat().every((one) => one !== null && typeof one !== 'object')),
  );
}

function resourceFlaw(resource: string): PolicyFlaw | undefined {
  if (resource === '*') return undefined;
  const [, partition, service, ...rest] = resource.split(':');
  if (partition === undefined) return { kind: 'resource-form', resource };
  if (!/^(?:aws[a-z-]*|\*)$/.test(partition)) return { kind: 'resource-partition', resource, partition };
  if (service === undefined || service === '') return { kind: 'resource-vendor' };
  // An ARN has six parts; `arn:aws:s3:::bucket` has them too.
  return rest.length < 3 ? { kind: 'legacy' } : undefined;
}

function actionFlaw(action: string): PolicyFlaw | undefined {
  if (action === '*') return undefined;
  const [vendor = '', ...names] = action.split(':');
  if (names.length === 0) return { kind: 'action-without-vendor' };
  if (names.length > 1) return { kind: 'action-with-colons' };
  return vendor !== '*' && /[^a-zA-Z0-9\-.]/.test(vendor) ? { kind: 'action-vendor', vendor } : undefined;
}

function firstFlaw(
  statements: readonly Statement[],
  textsOf: (statement: Statement) => readonly string[],
  flawOfText: (text: string) => PolicyFlaw | undefined,
): PolicyFlaw | undefined {
  return statements
    .flatMap(textsOf)
    .map(flawOfText)
    .find((flaw) => flaw !== undefined);
}

function isTexts(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string'));
}

function isFilled(value: unknown): boolean {
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}

function texts(value: unknown): string[] {
  return [value].flat().map(String);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The caller refuses it in IAM's words.
  }
}
