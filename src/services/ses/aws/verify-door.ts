import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../../lib/log.ts';
import type { Ses } from '../ses.ts';
import { VERIFY_PATH } from './words.ts';

/** The link of a letter that asks the owner of an address. Answers false for all other requests, which it leaves untouched. */
export function verifyDoor({ ses, log }: { ses: () => Ses; log: Logger }) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const [path, query = ''] = (request.url ?? '').split('?');
    if (path !== VERIFY_PATH || request.method !== 'GET') return false;
    request.resume();
    const given = new URLSearchParams(query);
    const of = (name: string) => given.get(name) ?? '';
    const answer = (status: number, text: string) => {
      response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
      response.end(`${text}\n`);
    };
    confirm(ses, { account: of('account'), region: of('region') }, of('address'), of('token')).then(
      (isRight) => {
        if (isRight) answer(200, `Congratulations! Letters may now be sent from ${of('address')}.`);
        else
          answer(
            404,
            'This link is not known, or is older than 24 hours. Verify the address again to get another one.',
          );
      },
      (error) => {
        log.error({ err: error }, 'an address cannot be verified');
        answer(500, 'The address cannot be verified now. Try again later.');
      },
    );
    return true;
  };
}

async function confirm(ses: () => Ses, scope: { account: string; region: string }, address: string, token: string) {
  return ses().identities.confirm(scope, address, token);
}
