import type { FunctionCode } from '@aws-sdk/client-lambda';
import { AwsError } from '../../wire/aws-error.ts';
import type { RequestContext } from '../../wire/service.ts';
import type { Functions } from '../functions.ts';
import type { Zip } from '../package/staged-zip.ts';
import { CodeObjectRefused, type CodeObjects, refusedObjectToAws } from './code-objects.ts';
import { invalid } from './refusal-to-aws.ts';
import { notSupportedYet } from './unsupported.ts';

type Source = Pick<FunctionCode, 'S3Bucket' | 'S3Key' | 'S3ObjectVersion' | 'ImageUri' | 'SourceKMSKeyArn'> & {
  ZipFile?: Uint8Array | undefined;
};

/**
 * The zip within the request, or the one in a bucket, which lies in a file until it is disposed. Throws AwsError for every
 * other source, and for none; throws `Refused` for one that is too large.
 */
export async function zipOf(
  source: Source,
  from: { readonly functions: Functions; readonly objects: CodeObjects; readonly context: RequestContext },
): Promise<{ readonly zip: Zip } & AsyncDisposable> {
  const { ZipFile, S3Bucket, S3Key, ImageUri, SourceKMSKeyArn } = source;
  if (SourceKMSKeyArn) throw notSupportedYet('SourceKMSKeyArn');
  if (ZipFile !== undefined) {
    if (S3Bucket !== undefined || S3Key !== undefined || ImageUri !== undefined) {
      throw invalid('Please do not provide other FunctionCode parameters when providing a ZipFile.');
    }
    return { zip: ZipFile, async [Symbol.asyncDispose]() {} };
  }
  if (S3Bucket !== undefined && S3Key !== undefined) {
    const { functions, objects, context } = from;
    const { bytes, content } = openObject(objects, source, context);
    return functions.stageCode(content, bytes, context.signal);
  }
  if (ImageUri !== undefined) throw notSupportedYet('ImageUri');
  throw new AwsError('InvalidParameterValueException', 'Please provide a source for function code.');
}

function openObject(objects: CodeObjects, source: Source, context: RequestContext) {
  const where = { bucket: source.S3Bucket ?? '', key: source.S3Key ?? '', versionId: source.S3ObjectVersion };
  try {
    return objects.open(where, context);
  } catch (error) {
    throw error instanceof CodeObjectRefused ? refusedObjectToAws(error, where) : error;
  }
}
