import type { Readable } from 'node:stream';
import { AwsError } from '../../wire/aws-error.ts';
import type { RequestContext } from '../../wire/service.ts';
import { invalid } from './refusal-to-aws.ts';

/** Code that lies in a bucket; whoever puts the rooms together says where buckets are. */
export interface CodeObjects {
  /**
   * The object, if the caller may read it and its bucket is in the caller's region. Whoever takes `content` reads it to its
   * end or destroys it. Throws `CodeObjectRefused`.
   */
  open(
    where: CodeObjectPlace,
    by: Pick<RequestContext, 'principal' | 'account' | 'region' | 'sourceIp'>,
  ): { readonly bytes: number; readonly content: Readable };
}

export interface CodeObjectPlace {
  readonly bucket: string;
  readonly key: string;
  /** Undefined: the latest. */
  readonly versionId: string | undefined;
}

/** S3's own error for an object that cannot be read. */
export class CodeObjectRefused extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Where there are no buckets, none is found. */
export const NO_CODE_OBJECTS: CodeObjects = {
  open() {
    throw new CodeObjectRefused('NoSuchBucket', 'The specified bucket does not exist');
  },
};

/** Lambda's words for S3's (lambda-facts 3.5; the one for AccessDenied as its clients have reported it). */
export function refusedObjectToAws({ code, message }: CodeObjectRefused, { bucket, key }: CodeObjectPlace): AwsError {
  const s3 = `S3 Error Code: ${code}. S3 Error Message: ${message}`;
  if (code !== 'AccessDenied') return invalid(`Error occurred while GetObject. ${s3}`);
  const text = `Your access has been denied by S3, please make sure your request credentials have permission to GetObject for ${bucket}/${key}. ${s3}`;
  return new AwsError('AccessDeniedException', text, { status: 403 });
}
