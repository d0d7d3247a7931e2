import { BlockList, isIP } from 'node:net';

/** Addresses of a network: `10.1.0.0` with 16 bits. The network must be an address. */
export function addressRange(network: string, bits: number): (address: string) => boolean {
  const version = isIP(network);
  const family = version === 6 ? 'ipv6' : 'ipv4';
  const block = new BlockList();
  block.addSubnet(network, bits, family);
  return (address) => isIP(address) === version && block.check(address, family);
}
