/** `off`: versioning was never enabled; objects have the version `null`. */
export const VERSIONING = ['off', 'enabled', 'suspended'] as const;
export type Versioning = (typeof VERSIONING)[number];

/** Its name is unique among all accounts and regions. */
export interface Bucket {
  readonly id: number;
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly createdMs: number;
  readonly versioning: Versioning;
}

/** AWS: default quota of general purpose buckets of an account. */
export const BUCKETS_MAX = 10_000;

const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const RESERVED = /^(?:xn--|sthree-|amzn-s3-demo-)|(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/;

/** The rules of general purpose bucket names (S3 user guide, "General purpose bucket naming rules"). */
export function isBucketName(name: string): boolean {
  const isAddress = /^\d+\.\d+\.\d+\.\d+$/.test(name);
  return BUCKET_NAME.test(name) && !name.includes('..') && !isAddress && !RESERVED.test(name);
}

/** Its tags, as JSON. */
export const TAGS_SETTING = 'tags';
