/** Everything belongs to one account in one region. */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

/** `arn:aws:ses:us-east-1:123456789012:identity/example.com` */
export function sesArn({ account, region }: Scope, resource: string): string {
  return `arn:aws:ses:${region}:${account}:${resource}`;
}
