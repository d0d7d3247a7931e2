/** The data plane's view of one function version: all that is needed to run it. Immutable; a change makes a new one. */
export interface Runnable {
  /** Environments made for one id are interchangeable; any change of code or configuration has another id. */
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** `$LATEST`, or a published version's number. */
  readonly version: string;
  /** Without a qualifier. */
  readonly functionArn: string;
  readonly roleArn: string;
  readonly runtime: string;
  readonly architecture: 'x86_64' | 'arm64';
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly ephemeralMb: number;
  readonly variables: Readonly<Record<string, string>>;
  /** Lower-case hex SHA-256 of the zip: the blob's name, and the unpacked directory's. */
  readonly codeDigest: string;
  /** Digests of the layers' packages, in the order in which they are laid over each other at `/opt`. */
  readonly layerDigests: readonly string[];
  /** A published version with SnapStart: its hooks run, at publish and at each start. */
  readonly snapStart: boolean;
  readonly logGroup: string;
  readonly customLogGroup: boolean;
  readonly tracing: 'Active' | 'PassThrough';
  /** LoggingConfig with the format JSON; undefined: plain text. */
  readonly jsonLogging?: { readonly applicationLevel: string; readonly systemLevel: string } | undefined;
}

export type ResolveRefusal =
  | { kind: 'no-such-function'; arn: string }
  /** The version exists and cannot run yet, or not at all. */
  | { kind: 'not-active'; arn: string; state: string; reason: string | undefined; reasonCode: string | undefined }
  /** It was not used for long, and is being brought back now that it is asked for. `failure`: why that failed last time. */
  | { kind: 'restoring'; arn: string; snapStart: boolean; failure: { readonly reason: string } | undefined };

export type Resolved =
  /** `invokedArn` keeps the qualifier as the caller gave it: the context shows it to the handler. */
  | {
      kind: 'found';
      runnable: Runnable;
      invokedArn: string;
      /** The function's reserved concurrency; undefined: it shares the account's. */
      reserved: number | undefined;
      /** Provisioned concurrency that this version can use; 0: none. */
      provisioned: number;
      /** The version's number or the alias's name that it was given to: two versions of an alias share it. */
      provisionedBy: string | undefined;
      /** Of all versions and aliases of the function. */
      provisionedTotal: number;
      /** Whether the function may be invoked however often by what it does itself. */
      recursion: 'allow' | 'terminate';
      /** What functions of this account and region have for themselves: reserved, or provisioned without a reservation. */
      claimed: number;
    }
  | ResolveRefusal;

/** How the data plane asks the control plane. Synchronous, from memory: it lies on the path of every invoke. */
export interface FunctionDirectory {
  /** `qualifier`: `$LATEST`, a version's number, an alias's name, or undefined for none. */
  resolve(where: { account: string; region: string }, name: string, qualifier: string | undefined): Resolved;
  /** What `$LATEST` of each function runs, over all accounts and regions. */
  latest(): Iterable<Runnable>;
  /** The directory, on this machine, of a version's unpacked code. Unpacks it again if it was lost. */
  codeDir(codeDigest: string): Promise<string>;
  /** The directory with these layers laid over each other, the last one on top; undefined for none. */
  layersDir(layerDigests: readonly string[]): Promise<string | undefined>;
  /**
   * Keeps a version's unpacked code and layers while an environment may use it, even if the function is changed or deleted
   * meanwhile. To be called in the same turn as `resolve`: nothing keeps the code of a retired version in between.
   */
  retain(codeDigest: string, layerDigests: readonly string[]): Disposable;
  /** Called with each id that will not be resolved again: its code changed, or it was deleted. */
  onRetired(listener: (runnableId: string) => void): void;
}
