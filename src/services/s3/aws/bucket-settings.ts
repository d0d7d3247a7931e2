import type { CORSRule } from '@aws-sdk/client-s3';
import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers, RequestContext } from '../../../wire/service.ts';
import { type Bucket, TAGS_SETTING } from '../bucket.ts';
import {
  flawOfPolicy,
  isPublic,
  isPublicPolicy,
  POLICY_BYTES_MAX,
  POLICY_SETTING,
  PUBLIC_ACCESS_SETTING,
  type PublicAccessBlock,
  publicAccessBlock,
} from '../bucket-policy.ts';
import { CORS_METHODS, CORS_RULES_MAX, CORS_SETTING, type CorsRule } from '../cors.ts';
import type { Tags } from '../object.ts';
import type { S3 } from '../s3.ts';
import { type AsksOfBucket, bucketOf } from './asked.ts';
import { tagsOf } from './attributes.ts';
import type { Client } from './client.ts';
import { corsRules } from './cors-rules.ts';

/** What is said of a bucket as a whole: its policy, public access, CORS and tags. */
export function bucketSettings(s3: () => S3): Handlers<Client> {
  const asked = (input: AsksOfBucket, context: RequestContext): Bucket => bucketOf(s3(), input, context);
  const settingOf = (bucket: Bucket, name: string) => s3().store.buckets.setting(bucket.id, name);
  const keep = async (bucket: Bucket, name: string, value: string | undefined): Promise<object> => {
    const { store } = s3();
    await store.commit(() => store.buckets.setSetting(store.bucketNow(bucket).id, name, value));
    return {};
  };

  return {
    async PutBucketPolicy(input, context) {
      const bucket = asked(input, context);
      const { Policy: policy = '' } = input;
      if (Buffer.byteLength(policy) > POLICY_BYTES_MAX) {
        throw malformed(`Normalized policy document exceeds the maximum allowed size of ${POLICY_BYTES_MAX} bytes`);
      }
      const flaw = flawOfPolicy(policy, bucket.name);
      if (flaw !== undefined) throw malformed(flaw);
      if (publicAccessBlock(s3().store.buckets, bucket.id)?.blockPublicPolicy && isPublicPolicy(policy)) {
        const who = `User: ${context.principal.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::${bucket.name}"`;
        const why = 'because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.';
        throw new AwsError('AccessDenied', `${who} ${why}`, { status: 403 });
      }
      return keep(bucket, POLICY_SETTING, policy);
    },
    GetBucketPolicy(input, context) {
      const bucket = asked(input, context);
      return { Policy: settingOf(bucket, POLICY_SETTING) ?? missingPolicy(bucket) };
    },
    DeleteBucketPolicy: (input, context) => keep(asked(input, context), POLICY_SETTING, undefined),
    GetBucketPolicyStatus(input, context) {
      const bucket = asked(input, context);
      if (settingOf(bucket, POLICY_SETTING) === undefined) missingPolicy(bucket);
      return { PolicyStatus: { IsPublic: isPublic(s3().store.buckets, bucket.id) } };
    },

    PutPublicAccessBlock(input, context) {
      const { PublicAccessBlockConfiguration: given = {} } = input;
      const block: PublicAccessBlock = {
        blockPublicAcls: given.BlockPublicAcls ?? false,
        ignorePublicAcls: given.IgnorePublicAcls ?? false,
        blockPublicPolicy: given.BlockPublicPolicy ?? false,
        restrictPublicBuckets: given.RestrictPublicBuckets ?? false,
      };
      return keep(asked(input, context), PUBLIC_ACCESS_SETTING, JSON.stringify(block));
    },
    GetPublicAccessBlock(input, context) {
      const bucket = asked(input, context);
      const block = publicAccessBlock(s3().store.buckets, bucket.id);
      if (block === undefined) {
        throw missing(
          'NoSuchPublicAccessBlockConfiguration',
          'The public access block configuration was not found',
          bucket,
        );
      }
      return {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: block.blockPublicAcls,
          IgnorePublicAcls: block.ignorePublicAcls,
          BlockPublicPolicy: block.blockPublicPolicy,
          RestrictPublicBuckets: block.restrictPublicBuckets,
        },
      };
    },
    DeletePublicAccessBlock: (input, context) => keep(asked(input, context), PUBLIC_ACCESS_SETTING, 'null'),

    PutBucketCors(input, context) {
      const rules = (input.CORSConfiguration?.CORSRules ?? []).map(readRule);
      if (rules.length === 0 || rules.length > CORS_RULES_MAX) {
        const text = 'The XML you provided was not well-formed or did not validate against our published schema';
        throw new AwsError('MalformedXML', text, { status: 400 });
      }
      return keep(asked(input, context), CORS_SETTING, JSON.stringify(rules));
    },
    GetBucketCors(input, context) {
      const bucket = asked(input, context);
      const rules = corsRules(s3(), bucket);
      if (rules === undefined) {
        throw missing('NoSuchCORSConfiguration', 'The CORS configuration does not exist', bucket);
      }
      return { CORSRules: rules.map(shownRule) };
    },
    DeleteBucketCors: (input, context) => keep(asked(input, context), CORS_SETTING, undefined),

    PutBucketTagging(input, context) {
      const tags = tagsOf(input.Tagging?.TagSet ?? [], 'bucket');
      return keep(asked(input, context), TAGS_SETTING, JSON.stringify(tags));
    },
    GetBucketTagging(input, context) {
      const bucket = asked(input, context);
      const setting = settingOf(bucket, TAGS_SETTING);
      if (setting === undefined) throw missing('NoSuchTagSet', 'The TagSet does not exist', bucket);
      const tags = JSON.parse(setting) as Tags; // SAFE: written by PutBucketTagging.
      return { TagSet: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
    },
    DeleteBucketTagging: (input, context) => keep(asked(input, context), TAGS_SETTING, undefined),
  };
}

function malformed(text: string): AwsError {
  return new AwsError('MalformedPolicy', text, { status: 400 });
}

function missing(code: string, text: string, { name }: Bucket): AwsError {
  return new AwsError(code, text, { status: 404, members: { BucketName: name } });
}

function missingPolicy(bucket: Bucket): never {
  throw missing('NoSuchBucketPolicy', 'The bucket policy does not exist', bucket);
}

function readRule(rule: CORSRule): CorsRule {
  const { AllowedOrigins: origins = [], AllowedMethods: methods = [], AllowedHeaders: headers = [] } = rule;
  const invalid = (text: string) => new AwsError('InvalidRequest', text, { status: 400 });
  const method = methods.find((one) => !CORS_METHODS.has(one));
  if (method !== undefined)
    throw invalid(`Found unsupported HTTP method in CORS config. Unsupported method is ${method}`);
  const origin = origins.find((one) => one.split('*').length > 2);
  if (origin !== undefined) throw invalid(`AllowedOrigin "${origin}" can not have more than one wildcard.`);
  const header = headers.find((one) => one.split('*').length > 2);
  if (header !== undefined) throw invalid(`AllowedHeader "${header}" can not have more than one wildcard.`);
  const exposed = rule.ExposeHeaders ?? [];
  const wild = exposed.find((one) => one.includes('*'));
  if (wild !== undefined) {
    throw invalid(`ExposeHeader "${wild}" contains wildcard. We currently do not support wildcard for ExposeHeader.`);
  }
  return { id: rule.ID, origins, methods, headers, exposed, maxAgeS: rule.MaxAgeSeconds };
}

function shownRule({ id, origins, methods, headers, exposed, maxAgeS }: CorsRule): CORSRule {
  return {
    ...(id !== undefined && { ID: id }),
    AllowedHeaders: [...headers],
    AllowedMethods: [...methods],
    AllowedOrigins: [...origins],
    ExposeHeaders: [...exposed],
    ...(maxAgeS !== undefined && { MaxAgeSeconds: maxAgeS }),
  };
}
