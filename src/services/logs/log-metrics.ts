import type { Scope } from './log-store.ts';

/** A number that a log event gave, for whoever keeps metrics. */
export interface MetricPoint {
  readonly namespace: string;
  readonly name: string;
  /** CloudWatch's word for it; undefined: none. */
  readonly unit: string | undefined;
  readonly dimensions: readonly { readonly name: string; readonly value: string }[];
  readonly atMs: number;
  readonly value: number;
}

/** Takes numbers in; durable once it has resolved. */
export type RecordMetrics = (scope: Scope, points: readonly MetricPoint[]) => Promise<void>;
