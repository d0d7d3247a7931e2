import type { ByteRange } from './content.ts';

export type RangeReading = { kind: 'all' } | ({ kind: 'part' } & ByteRange) | { kind: 'unsatisfiable' };

const RANGE = /^bytes=(\d*)-(\d*)$/;

/**
 * What a `Range` header asks of so many bytes. What is no range, or several of them, asks for all (S3 API reference,
 * GetObject: "Amazon S3 doesn't support retrieving multiple ranges of data per GET request").
 */
export function readRange(header: string | undefined, bytes: number): RangeReading {
  const [, first = '', last = ''] = RANGE.exec(header ?? '') ?? [];
  if (first === '' && last === '') return { kind: 'all' };
  if (first === '') {
    const wanted = Math.min(Number(last), bytes);
    return wanted === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', first: bytes - wanted, last: bytes - 1 };
  }
  if (last !== '' && Number(last) < Number(first)) return { kind: 'all' };
  if (Number(first) >= bytes) return { kind: 'unsatisfiable' };
  return { kind: 'part', first: Number(first), last: last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1) };
}
