/** `arn:aws:sqs:us-east-1:123456789012:orders` in its parts. Buckets have neither region nor account in theirs. */
export interface Arn {
  readonly text: string;
  /** `sqs`, `sns`, `lambda`, `s3`, … */
  readonly service: string;
  readonly region: string;
  readonly account: string;
  /** All that stands behind the account: `orders`, `function:resize:live`. */
  readonly resource: string;
}

const ARN = /^arn:[a-z0-9-]+:([a-z0-9-]+):([a-z0-9-]*):(\d{12}|):(.+)$/s;

/** undefined for what is no ARN. */
export function parseArn(text: string): Arn | undefined {
  const [, service, region, account, resource] = ARN.exec(text) ?? [];
  if (service === undefined || region === undefined || account === undefined || resource === undefined)
    return undefined;
  return { text, service, region, account, resource };
}
