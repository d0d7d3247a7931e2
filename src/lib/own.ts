/**
 * What a record has under a key that comes from outside. A plain look-up would find what every object inherits, for
 * example under `constructor`.
 */
export function own<Value>(record: Readonly<Record<string, Value>> | undefined, key: string): Value | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
