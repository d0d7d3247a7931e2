import { Recent } from '../lib/recent.ts';
import { judgeStatements, type PolicyQuestion, type PolicyVerdict, type Statement } from './policy-statement.ts';

/** What a role may do by itself: the policies in it and those attached to it. */
export interface Permissions {
  /** Each the JSON of a policy that IAM has taken. */
  readonly documents: readonly string[];
  /** What the role may do at most, whatever the others allow; undefined: no boundary is set. */
  readonly boundary: string | undefined;
}

/** `out-of-bounds`: its policies allow it, and its boundary does not. */
export type IdentityVerdict = PolicyVerdict | 'out-of-bounds';

/** Documents that were read lately; the longest have 10 KB. */
const READ_MAX = 1_000;

/**
 * Judges by permissions: one statement allows it, none denies it, and where there is a boundary that allows it, too (Policy
 * evaluation for requests within a single account, IAM User Guide). Documents are read once.
 */
export function identityJudge(): (permissions: Permissions, question: PolicyQuestion) => IdentityVerdict {
  const read = new Recent<readonly Statement[]>(READ_MAX);
  const statementsOf = (document: string): readonly Statement[] => {
    const known = read.get(document);
    if (known !== undefined) return known;
    // SAFE: IAM stores no document without this form.
    const { Statement } = JSON.parse(document) as { Statement: Statement | Statement[] };
    const statements = [Statement].flat();
    read.set(document, statements);
    return statements;
  };
  const judge = (documents: readonly string[], question: PolicyQuestion) =>
    judgeStatements(documents.flatMap(statementsOf), question, () => 'yes');

  return ({ documents, boundary }, question) => {
    const verdict = judge(documents, question);
    if (boundary === undefined || verdict === 'denied') return verdict;
    const bounds = judge([boundary], question);
    if (bounds === 'denied') return bounds;
    return verdict === 'allowed' && bounds === 'silent' ? 'out-of-bounds' : verdict;
  };
}
