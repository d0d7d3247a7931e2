import { createRequire } from 'node:module';
import type { ResourcesOf } from '../../../wire/service.ts';
import { identityArn } from '../identity.ts';
import type { Ses } from '../ses.ts';

const require = createRequire(import.meta.url);

/**
 * The identity from which a letter is sent, or that a request of version 2 is about (service authorization reference, SES).
 * Its address is looked for in the letter itself where the request does not say it.
 */
export function sesResources(ses: () => Ses): ResourcesOf {
  return (operation, input, scope) => {
    const { Source, FromEmailAddress, EmailIdentity } = input;
    if (typeof EmailIdentity === 'string') return [identityArn(scope, EmailIdentity)];
    if (!operation.startsWith('Send')) return ['*'];
    // Loaded with the first letter, as the rest of this room.
    const { mailboxesIn } = require('../address.ts') as typeof import('../address.ts');
    const from = [Source, FromEmailAddress].find((one) => typeof one === 'string') ?? writtenFrom(input);
    const address = mailboxesIn(String(from))[0]?.address;
    if (address === undefined) return ['*'];
    try {
      return [identityArn(scope, ses().identities.sendingFrom(scope, address)?.name ?? address)];
    } catch {
      return [identityArn(scope, address)]; // What cannot be read is told by the operation itself, which reads it, too.
    }
  };
}

interface RawInput {
  readonly RawMessage?: { readonly Data?: Uint8Array };
  readonly Content?: { readonly Raw?: { readonly Data?: Uint8Array } };
}

function writtenFrom({ RawMessage, Content }: RawInput): string {
  const { headerOf, headersOf, isHeadTooLong } = require('../headers.ts') as typeof import('../headers.ts');
  const data = RawMessage?.Data ?? Content?.Raw?.Data;
  return data instanceof Uint8Array && !isHeadTooLong(data)
    ? (headerOf(headersOf(Buffer.from(data)), 'From') ?? '')
    : '';
}
