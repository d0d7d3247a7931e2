import { CodeObjectRefused, type CodeObjects } from '../functions/aws/code-objects.ts';
import { actionOf, actionOfVersion } from '../identity/index.ts';
import { refusalToAws } from '../services/s3/aws/refusal-to-aws.ts';
import { streamOf } from '../services/s3/content.ts';
import { S3Refused } from '../services/s3/refusal.ts';
import type { S3 } from '../services/s3/s3.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Guard } from './guard.ts';

/** Code of functions and layers from our own buckets, read with the rights of whoever deploys it. */
export function codeObjects(s3: () => S3, { assertMay, mayReach }: Pick<Guard, 'assertMay' | 'mayReach'>): CodeObjects {
  return {
    open({ bucket: name, key, versionId }, { principal, account, region, sourceIp }) {
      const arn = `arn:aws:s3:::${name}/${key}`;
      const action = actionOfVersion(actionOf('s3', 'GetObject'), versionId);
      try {
        assertMay({ principal, sourceIp, headers: {} }, action, arn);
        const { buckets, objects } = s3();
        const bucket = buckets.reach(name, { account, isLetIn: () => mayReach(principal, action, arn) });
        if (bucket.region !== region) {
          const text = `The bucket is in this region: ${bucket.region}. Please use this region to retry the request`;
          throw new CodeObjectRefused('PermanentRedirect', text);
        }
        const object = objects.read(bucket, key, versionId);
        return { bytes: object.bytes, content: streamOf(objects.content(object, undefined)) };
      } catch (error) {
        throw inS3Words(error);
      }
    },
  };
}

function inS3Words(error: unknown): unknown {
  if (error instanceof S3Refused) return inS3Words(refusalToAws(error.refusal, error));
  if (!(error instanceof AwsError)) return error;
  if (error.code.startsWith('AccessDenied')) return new CodeObjectRefused('AccessDenied', 'Access Denied');
  return new CodeObjectRefused(error.code, error.message, { cause: error });
}
