const MIB = 1024 * 1024;
const RESERVE_BYTES_MIN = 512 * MIB;
const RESERVE_SHARE = 0.1;

/**
 * The most memory that all sandboxes of a server use together: when they come to it, the kernel ends one of them. What is
 * kept from them, 512 MB or a tenth, is for the server and the rest of the host, but never more than half: a small
 * machine must still run functions. `boundBytes`: what the server's own control group may use; 0: nobody says.
 */
export function memoryCapBytes({ totalBytes, boundBytes }: { totalBytes: number; boundBytes: number }): number {
  const ours = boundBytes > 0 ? Math.min(totalBytes, boundBytes) : totalBytes;
  const reserve = Math.min(Math.max(RESERVE_BYTES_MIN, ours * RESERVE_SHARE), ours / 2);
  return Math.floor(ours - reserve);
}
