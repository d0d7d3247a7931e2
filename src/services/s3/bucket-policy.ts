import {
  type ConditionContext,
  isWithinPolicyLevels,
  judgePolicy,
  type PolicyCaller,
  type PolicyVerdict,
} from '../../identity/index.ts';
import { Recent } from '../../lib/recent.ts';
import type { Bucket } from './bucket.ts';
import type { BucketTable } from './bucket-table.ts';

/** The document of a bucket's policy, as it was put. */
export const POLICY_SETTING = 'policy';
/** What of public access is blocked: `PublicAccessBlock`, or `null` after its deletion. */
export const PUBLIC_ACCESS_SETTING = 'public-access-block';

export interface PublicAccessBlock {
  readonly blockPublicAcls: boolean;
  readonly ignorePublicAcls: boolean;
  readonly blockPublicPolicy: boolean;
  readonly restrictPublicBuckets: boolean;
}

/** Of new buckets, since April 2023. */
const ALL_BLOCKED: PublicAccessBlock = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
};

/** undefined: it was taken away. */
export function publicAccessBlock(buckets: BucketTable, bucketId: number): PublicAccessBlock | undefined {
  const setting = buckets.setting(bucketId, PUBLIC_ACCESS_SETTING);
  return setting === undefined ? ALL_BLOCKED : (JSON.parse(setting) ?? undefined); // SAFE: only its operations write it.
}

type Statement = Readonly<Record<string, unknown>>;

/** The statements of the bucket's policy, each as JSON; none without a policy. */
export function policyStatements(buckets: BucketTable, bucketId: number): readonly string[] {
  const setting = buckets.setting(bucketId, POLICY_SETTING);
  if (setting === undefined) return [];
  let statements = known.get(setting);
  if (statements === undefined) {
    statements = statementsOf(setting).map((statement) => JSON.stringify(statement));
    known.set(setting, statements);
  }
  return statements;
}

/** By the document: one request may ask for each of a thousand objects. */
const known = new Recent<readonly string[]>(100);

function statementsOf(document: string): Statement[] {
  const { Statement } = JSON.parse(document) as { Statement: Statement | Statement[] }; // SAFE: it has no flaw.
  return [Statement].flat();
}

export interface BucketRequest {
  readonly caller: PolicyCaller;
  /** `s3:GetObject` */
  readonly action: string;
  /** `arn:aws:s3:::<bucket>`, or that with `/<key>`. */
  readonly resource: string;
  readonly context: ConditionContext;
}

/** What the policy of a bucket says to a request. A public one lets only its own account in where that is restricted. */
export function judgeBucketPolicy(buckets: BucketTable, bucket: Bucket, request: BucketRequest): PolicyVerdict {
  const verdict = judgePolicy(policyStatements(buckets, bucket.id), request);
  const { account } = request.caller;
  if (verdict !== 'allowed' || account === bucket.account) return verdict;
  const isRestricted = publicAccessBlock(buckets, bucket.id)?.restrictPublicBuckets && isPublic(buckets, bucket.id);
  return isRestricted ? 'silent' : verdict;
}

/** Whether a stranger is let in by the bucket's policy. */
export function isPublic(buckets: BucketTable, bucketId: number): boolean {
  const setting = buckets.setting(bucketId, POLICY_SETTING);
  return setting !== undefined && isPublicPolicy(setting);
}

/** Conditions that say who it is, if they have no wildcard ("The meaning of public", S3 user guide). */
const NARROWING = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceip',
  'aws:sourceorgid',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:userid',
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
]);

export function isPublicPolicy(document: string): boolean {
  return statementsOf(document).some(
    ({ Effect, Principal, Condition }) => Effect === 'Allow' && isAnybody(Principal) && !isNarrowed(Condition),
  );
}

function isAnybody(principal: unknown): boolean {
  if (principal === '*') return true;
  return isRecord(principal) && [principal.AWS].flat().includes('*');
}

function isNarrowed(condition: unknown): boolean {
  if (!isRecord(condition)) return false;
  return Object.entries(condition).some(
    ([operator, keys]) =>
      /^(?:String|Arn)(?:Equals|Like)|^IpAddress/.test(operator) &&
      isRecord(keys) &&
      Object.entries(keys).some(
        ([key, values]) =>
          NARROWING.has(key.toLowerCase()) &&
          ![values].flat().some((one) => typeof one === 'object' || isWide(String(one))),
      ),
  );
}

const isWide = (value: string): boolean =>
  /^[*]?$|^arn:[^:]*:[^:]*:[^:]*:[*]?:[*]$|^0\.0\.0\.0\/0$|^::\/0$/.test(value);

/** AWS: quota of a bucket policy. */
export const POLICY_BYTES_MAX = 20 * 1024;

const ELEMENTS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

/** Why a document is no policy of this bucket, in S3's words; undefined: it is one. */
export function flawOfPolicy(document: string, bucket: string): string | undefined {
  const policy = parsed(document);
  if (!isRecord(policy)) return "Policies must be valid JSON and the first byte must be '{'";
  const { Version: version, Statement: statement } = policy;
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') {
    return 'The policy must contain a valid version string';
  }
  if (statement === undefined) return 'Missing required field Statement';
  const statements = [statement].flat();
  if (statements.length === 0) return 'Could not parse the policy: Statement is empty!';
  for (const one of statements) {
    const flaw = isRecord(one) ? flawOfStatement(one, bucket) : 'Policies must be valid JSON';
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

function flawOfStatement(statement: Statement, bucket: string): string | undefined {
  const unknown = Object.keys(statement).find((name) => !ELEMENTS.has(name));
  if (unknown !== undefined) return `Unknown field ${unknown}`;
  const { Effect: effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition } = statement;
  if (effect === undefined) return 'Missing required field Effect';
  if (effect !== 'Allow' && effect !== 'Deny') return `Invalid effect: ${String(effect)}`;
  if (Principal === undefined && NotPrincipal === undefined) return 'Missing required field Principal';
  if (![Principal, NotPrincipal].every((one) => one === undefined || one === '*' || isRecord(one))) {
    return 'Invalid principal in policy';
  }
  if (!isWithinPolicyLevels({ Principal, NotPrincipal })) return 'Invalid principal in policy';
  if (Action === undefined && NotAction === undefined) return 'Missing required field Action';
  if (!isTexts(Action ?? NotAction, (one) => one === '*' || /^s3:/i.test(one))) return 'Policy has invalid action';
  if (Resource === undefined && NotResource === undefined) return 'Missing required field Resource';
  if (!isTexts(Resource ?? NotResource, (one) => isOfBucket(one, bucket))) return 'Policy has invalid resource';
  if (Condition !== undefined && !(isRecord(Condition) && isWithinPolicyLevels({ Condition })))
    return 'Policy has an invalid condition';
  return undefined;
}

function isOfBucket(resource: string, bucket: string): boolean {
  const [, name] = /^arn:[a-z0-9-]+:s3:::([^/]+)(?:\/.*)?$/s.exec(resource) ?? [];
  return name === bucket;
}

function isTexts(value: unknown, isFine: (text: string) => boolean): boolean {
  const texts = [value].flat();
  return texts.length > 0 && texts.every((text) => typeof text === 'string' && isFine(text));
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // The caller says what is wrong with it.
  }
}

function isRecord(value: unknown): value is Statement {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
