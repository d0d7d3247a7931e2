/** Who delivers: the target's policy, and conditions in it, are about this. */
export type Sender =
  /** One of our services on behalf of a resource: S3 for a bucket, SNS for a topic, SQS for a queue. */
  | {
      readonly kind: 'service';
      /** `sns.amazonaws.com` */
      readonly service: string;
      /** ARN and account of the bucket, topic, queue, rule: `aws:SourceArn` and `aws:SourceAccount`. */
      readonly sourceArn: string;
      readonly sourceAccount: string;
      /** `AWS:SourceOwner`, by which a topic's first policy lets its own account in; CloudWatch's alarms tell it. */
      readonly sourceOwner?: string | undefined;
    }
  /** A function's role, for what becomes of its asynchronous invocations. */
  | {
      readonly kind: 'role';
      readonly roleArn: string;
      /** ARN and account of the function. */
      readonly sourceArn: string;
      readonly sourceAccount: string;
    };
