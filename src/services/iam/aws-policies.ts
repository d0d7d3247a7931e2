import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { entityId } from '../../identity/index.ts';
import { AWS_ACCOUNT, type Policy, policyArn } from './policy.ts';

interface Provided {
  readonly name: string;
  readonly path: string;
  readonly version: number;
  readonly created: string;
  readonly updated: string;
  readonly description?: string;
  readonly document: unknown;
}

/**
 * The managed policies of AWS that users of Lambda attach, by name: the default version of each, as AWS Managed Policy
 * Reference Guide shows it. Older versions are not kept.
 */
export function awsPolicies(): ReadonlyMap<string, Policy> {
  // SAFE: the file beside this one is ours.
  const all = JSON.parse(readFileSync(new URL('aws-managed-policies.json', import.meta.url), 'utf8')) as Provided[];
  return new Map(all.map((provided) => [provided.name, policyOf(provided)]));
}

function policyOf({ name, path, version, created, updated, description, document }: Provided): Policy {
  const names = { account: AWS_ACCOUNT, path, name };
  return {
    ...names,
    // Not AWS's own ids, which are nowhere published; always the same for the same policy.
    id: entityId('ANPA', hash('sha256', policyArn(names), 'buffer')),
    createdMs: Date.parse(created),
    updatedMs: Date.parse(updated),
    description,
    tags: [],
    versions: [{ number: version, document: JSON.stringify(document, undefined, 4), createdMs: Date.parse(updated) }],
    defaultVersion: version,
    lastVersion: version,
  };
}
