/** Looks like AWS's token of 56 digits; AWS has ignored what comes back since 2023, and so do we. */
export function sequenceToken(streamId: number, ingestedMs: number): string {
  return `49${String(ingestedMs).padStart(18, '0')}${String(streamId).padStart(36, '0')}`;
}
