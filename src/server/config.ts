export interface ServerConfig {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly dataDir: string;
  readonly auth: 'enforced' | 'relaxed';
  readonly checkRoles: boolean;
  /** A file with the certificates of the authorities whose signatures of code are believed. */
  readonly signingRoots?: string | undefined;
  /** Where mappings find their queues, instead of here. */
  readonly serviceEndpoints?: { readonly sqs?: string; readonly sns?: string };
  readonly sandbox: 'auto' | 'bubblewrap' | 'process';
  readonly poolSize: number;
  readonly keepAliveMs: number;
  /** Concurrent executions of an account in a region. */
  readonly accountConcurrency: number;
  /** All code of an account in a region: functions, their versions, and layers. */
  readonly codeStorageBytes: number;
  /** All logs of all accounts; the oldest go when there are more. */
  readonly logStorageBytes: number;
  /** A version of a function that has not been used for so long becomes inactive; undefined: never. */
  readonly inactiveAfterMs: number | undefined;
  /** Until an asynchronous invocation is tried again after its first error; after the second one twice as long. */
  readonly eventRetryMs: number;
  /** Through which mail goes out: `smtp://user:password@host:587?from=news@example.com`; undefined: none does. */
  readonly smtpRelay?: string | undefined;
  /** Where letters are taken by SMTP; 0: any free port; undefined: nowhere. */
  readonly smtpPort?: number | undefined;
  /** Domains from which accounts may send, and for which they may receive, without being asked. */
  readonly mailDomains?: readonly { readonly domain: string; readonly account: string }[] | undefined;
}
