import { isIP } from 'node:net';

/**
 * Why `--auth relaxed` cannot be used on this listening address; undefined where it can. Whoever reaches the port may
 * then do everything, run code included, so only this machine may reach it.
 */
export function relaxedRefusal(host: string): string | undefined {
  if (isLoopback(host)) return undefined;
  return `--auth relaxed lets everybody who reaches ${host} run code here. Use it with --host 127.0.0.1 only, or leave --auth at enforced`;
}

/** Whether only this machine can reach a listener on `host`, an address or a name. */
export function isLoopback(host: string): boolean {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  if (isIP(bare) === 4) return bare.startsWith('127.');
  // Any other name could resolve to anything, now or later.
  return bare === '::1' || bare.toLowerCase() === 'localhost';
}
