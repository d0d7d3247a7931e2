import type { BucketTable } from './bucket-table.ts';

/** The document of a bucket's policy, as it was put. */
export const POLICY_SETTING = 'policy';

/** The statements of the bucket's policy, each as JSON; none without a policy. */
export function policyStatements(buckets: BucketTable, bucketId: number): string[] {
  const setting = buckets.setting(bucketId, POLICY_SETTING);
  if (setting === undefined) return [];
  const { Statement } = JSON.parse(setting) as { Statement: object | object[] }; // SAFE: PutBucketPolicy keeps only policies.
  return [Statement].flat().map((statement) => JSON.stringify(statement));
}
