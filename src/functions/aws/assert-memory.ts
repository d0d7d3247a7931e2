import { invalid } from './refusal-to-aws.ts';

const MEMORY_MB_MAX = 10_240; // AWS: quota; the model's 32,768 is for managed instances.

/** Throws AwsError for memory that the model allows and the quota does not. */
export function assertMemory(memoryMb: number | undefined): void {
  if (memoryMb === undefined || memoryMb <= MEMORY_MB_MAX) return;
  throw invalid(
    `'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to ${MEMORY_MB_MAX}`,
  );
}
