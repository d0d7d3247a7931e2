/**
 * The X-Ray header handed to the function: the caller's, else a new one that is not sampled.
 * `random24` is 24 hex digits, `random16` 16. Form: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html
 */
export function traceId(received: string | undefined, nowMs: number, random24: string, random16: string): string {
  if (received?.includes('Root=')) return received;
  const seconds = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, '0');
  return `Root=1-${seconds}-${random24};Parent=${random16};Sampled=0`;
}
