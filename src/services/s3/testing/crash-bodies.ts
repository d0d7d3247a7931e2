// What the crash test and the process that it kills agree upon.
export const OWNER = { account: '111122223333', region: 'us-east-1' };
export const CALLER = { account: OWNER.account, isLetIn: () => false };
export const ACTOR = { principalId: 'test', sourceIp: '127.0.0.1', requestId: 'test' };

export function bodyOf(seed: string, bytes: number): Buffer {
  return Buffer.alloc(bytes, seed);
}
