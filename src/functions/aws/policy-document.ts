import { matchesWildcard } from '../../identity/index.ts';
import type { Statement } from '../function.ts';
import type { PolicyDocument } from '../permissions.ts';
import { BAD_PRINCIPAL, isPrincipal } from './policy-statement.ts';
import { invalid } from './refusal-to-aws.ts';

// AWS says what a whole policy may have (Lambda Developer Guide, "Working with resource-based policies"), but not in which
// words it refuses one: but for principals, these are ours. Conditions are kept as they are: they are the business of who
// evaluates them.

const MEMBERS = ['Version', 'Id', 'Statement'];
const STATEMENT_MEMBERS = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'Condition',
];
const ACTION = /^(\*|lambda:[a-zA-Z*?]+)$/i;

type Members = Readonly<Record<string, unknown>>;

/** Reads a whole policy for the resource `arn`. Throws AwsError for what is no policy, or none of that resource. */
export function readPolicy(text: string, arn: string): PolicyDocument {
  const { Version, Id, Statement: given, ...others } = parsed(text);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw refused(`It has ${unknown}, and may have ${MEMBERS.join(', ')}.`);
  if (Version !== undefined && Version !== '2012-10-17' && Version !== '2008-10-17') {
    throw refused('Its Version must be 2012-10-17.');
  }
  if (Id !== undefined && typeof Id !== 'string') throw refused('Its Id must be a text.');
  const all = given === undefined ? [] : [given].flat();
  if (all.length === 0) throw refused('It has no Statement.');
  const statements = all.map((one, index) => readStatement(one, `Statement ${index + 1}`, arn));
  const ids = statements.flatMap(({ id }) => id ?? []);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw refused(`Two statements have the Sid ${twice}.`);
  return { frame: { version: Version, id: Id }, statements };
}

function readStatement(value: unknown, where: string, arn: string): Statement {
  if (!isRecord(value)) throw refused(`${where} is no object.`);
  if (value.NotResource !== undefined) throw refused(`${where} has NotResource, which Lambent does not support yet.`);
  const unknown = Object.keys(value).find((member) => !STATEMENT_MEMBERS.includes(member));
  if (unknown !== undefined) throw refused(`${where} has ${unknown}, and may have ${STATEMENT_MEMBERS.join(', ')}.`);
  const { Sid, Effect, Condition } = value;
  if (Sid !== undefined && typeof Sid !== 'string') throw refused(`${where} has a Sid that is no text.`);
  if (Effect !== 'Allow' && Effect !== 'Deny') throw refused(`${where} must have the Effect Allow or Deny.`);
  if (Condition !== undefined && !isRecord(Condition)) throw refused(`${where} has a Condition that is no object.`);
  assertPrincipals(onlyOne(value, 'Principal', 'NotPrincipal', where));
  const actions = textsOf(onlyOne(value, 'Action', 'NotAction', where));
  if (actions === undefined || !actions.every((action) => ACTION.test(action))) {
    throw refused(`${where} must name actions of Lambda.`);
  }
  // A statement about something else would be read as one about this resource.
  if (!textsOf(value.Resource)?.some((pattern) => matchesWildcard(pattern, arn))) {
    throw refused(`${where} must have the Resource that the policy is for, ${arn}.`);
  }
  return { id: Sid, json: JSON.stringify(value) };
}

function onlyOne(statement: Members, member: string, opposite: string, where: string): unknown {
  const given = [statement[member], statement[opposite]].filter((value) => value !== undefined);
  if (given.length === 1) return given[0];
  throw refused(`${where} must have ${member} or ${opposite}, and not both.`);
}

function assertPrincipals(principal: unknown): void {
  if (principal === '*') return;
  const kinds = isRecord(principal) ? Object.entries(principal) : [];
  const areGood = kinds.every(([kind, names]) => textsOf(names)?.every((name) => isPrincipal(kind, name)));
  if (kinds.length === 0 || !areGood) throw invalid(BAD_PRINCIPAL);
}

/** One text, or a list of at least one. */
function textsOf(value: unknown): string[] | undefined {
  const texts = [value].flat();
  return texts.length > 0 && texts.every((text) => typeof text === 'string') ? texts : undefined;
}

function parsed(text: string): Members {
  try {
    const document: unknown = JSON.parse(text);
    if (isRecord(document)) return document;
  } catch {
    // Said below, as of JSON that is no object.
  }
  throw refused('It is no JSON object.');
}

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const refused = (why: string) => invalid(`The policy is not valid. ${why}`);
