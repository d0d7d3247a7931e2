// IAM's name of what an operation does: mostly `<service>:<Operation>`. The exceptions are those of the service
// authorization reference, for the services that exist here.

/** Signing names that are not the prefix of their actions. */
const PREFIXES: Readonly<Record<string, string>> = {
  monitoring: 'cloudwatch',
  email: 'ses',
  tagging: 'tag',
};

const RENAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  lambda: {
    Invoke: 'InvokeFunction',
    InvokeWithResponseStream: 'InvokeFunction',
    GetLayerVersionByArn: 'GetLayerVersion',
  },
  s3: {
    CompleteMultipartUpload: 'PutObject',
    CopyObject: 'PutObject',
    CreateMultipartUpload: 'PutObject',
    DeleteBucketCors: 'PutBucketCORS',
    DeleteBucketTagging: 'PutBucketTagging',
    DeleteObjects: 'DeleteObject',
    GetBucketCors: 'GetBucketCORS',
    GetBucketNotificationConfiguration: 'GetBucketNotification',
    HeadBucket: 'ListBucket',
    HeadObject: 'GetObject',
    ListBuckets: 'ListAllMyBuckets',
    ListMultipartUploads: 'ListBucketMultipartUploads',
    ListObjects: 'ListBucket',
    ListObjectsV2: 'ListBucket',
    ListObjectVersions: 'ListBucketVersions',
    ListParts: 'ListMultipartUploadParts',
    PutBucketCors: 'PutBucketCORS',
    PutBucketNotificationConfiguration: 'PutBucketNotification',
    UploadPart: 'PutObject',
    UploadPartCopy: 'PutObject',
  },
  sqs: {
    SendMessageBatch: 'SendMessage',
    DeleteMessageBatch: 'DeleteMessage',
    ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
  },
  sns: { PublishBatch: 'Publish' },
};

const known = new Map<string, Map<string, string>>();

/**
 * The action that a policy must allow for an operation of the SDK's model, for example `lambda:InvokeFunction` for
 * Invoke. Both names come from service models, not from requests, so what is kept is bounded.
 */
export function actionOf(signingName: string, operation: string): string {
  let actions = known.get(signingName);
  if (actions === undefined) {
    actions = new Map();
    known.set(signingName, actions);
  }
  let action = actions.get(operation);
  if (action === undefined) {
    action = `${PREFIXES[signingName] ?? signingName}:${RENAMED[signingName]?.[operation] ?? operation}`;
    actions.set(operation, action);
  }
  return action;
}
