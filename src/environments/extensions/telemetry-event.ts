export const TELEMETRY_CATEGORIES = ['platform', 'function', 'extension'] as const;
export type TelemetryCategory = (typeof TELEMETRY_CATEGORIES)[number];

/** One thing that an environment tells. */
export interface TelemetryEvent {
  readonly category: TelemetryCategory;
  readonly timeMs: number;
  readonly type: string;
  readonly record: string | Readonly<Record<string, unknown>>;
}

/** What an extension has subscribed to, and how it wants it. */
export interface Subscription {
  /** The extension's. */
  readonly name: string;
  readonly api: 'telemetry' | 'logs';
  readonly schemaVersion: string;
  readonly types: readonly TelemetryCategory[];
  readonly destination:
    | { readonly kind: 'http'; readonly port: number; readonly path: string; readonly method: 'POST' | 'PUT' }
    | { readonly kind: 'tcp'; readonly port: number };
  /** A batch is sent when it holds so many records or bytes, or when its first record is so old. */
  readonly buffering: { readonly maxItems: number; readonly maxBytes: number; readonly timeoutMs: number };
}
