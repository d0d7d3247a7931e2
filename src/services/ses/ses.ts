import { join } from 'node:path';
import { openMailer } from '../../delivery/mail.ts';
import { openLate } from '../../store/open-late.ts';
import { assertPossible } from './assert-possible.ts';
import { ConfigurationSets } from './configuration-sets.ts';
import { openFeedback } from './feedback.ts';
import { Identities } from './identities.ts';
import { incomingWork } from './incoming-work.ts';
import { openLetterFiles } from './letter-files.ts';
import { openLetters, waitingFiles } from './letters.ts';
import { LETTERS_FILE, type SesOptions } from './open-ses.ts';
import { outgoingWork } from './outgoing-work.ts';
import type { ReceiptRule } from './receipt-rule.ts';
import { Receiving } from './receiving.ts';
import { RuleSets } from './rule-sets.ts';
import type { Scope } from './scope.ts';
import { Sending } from './sending.ts';
import { SesStore } from './ses-store.ts';
import { Templates } from './templates.ts';

/** Mail in our own words: what it has answered is durable. Its parts throw `SesRefused`. */
export interface Ses extends AsyncDisposable {
  readonly identities: Identities;
  readonly templates: Templates;
  readonly configurationSets: ConfigurationSets;
  readonly ruleSets: RuleSets;
  readonly sending: Sending;
  readonly receiving: Receiving;
  /** Throws `SesRefused` for a rule whose actions will fail. */
  assertPossible(scope: Scope, ruleSet: string, rule: ReceiptRule): Promise<void>;
  /** Takes up the letters that a former process has left. */
  resume(): Promise<void>;
  /** Begins with no more letters; what waits stays for the next start. */
  stop(): void;
}

const TOKEN_BYTES = 33;

/** Opens the file, or makes it. Throws when it cannot be read. */
export function openMail(options: SesOptions): Ses {
  const { dataDir, clock, log, uuid, randomBytes, relay, owners, post } = options;
  const store = new SesStore(join(dataDir, 'ses.db'));
  const newToken = () => randomBytes(TOKEN_BYTES).toString('base64url');
  const identities = new Identities(store, { clock, owners, newToken });
  const templates = new Templates(store, clock);
  const configurationSets = new ConfigurationSets(store, clock);
  const ruleSets = new RuleSets(store, clock);
  const mailer = relay === undefined ? undefined : openMailer(relay);
  const feedback = openFeedback({ identities, configurationSets, post, clock });
  let opened: ReturnType<typeof openLetterFiles> | undefined;
  const files = () => {
    opened ??= openLetterFiles(join(dataDir, 'letters'), uuid).catch((error) => {
      // The operator may mend it meanwhile.
      opened = undefined;
      throw error;
    });
    return opened;
  };
  const path = join(dataDir, LETTERS_FILE);
  const late = openLate(path, async () => {
    await (await files()).keepOnly(await waitingFiles(path));
    return openLetters({
      ...{ path, clock, log },
      work: {
        outgoing: outgoingWork({ files, mailer, feedback, store, clock, log, uuid }),
        incoming: incomingWork({ ...options, files, sending }),
      },
    });
  });
  const letters = () => late.get();
  const relayFrom = relay?.from;
  const sending = new Sending({
    ...{ store, identities, configurationSets, files, letters, feedback, relayFrom, clock, log, uuid },
  });
  const receiving = new Receiving({ identities, ruleSets, files, letters, clock, randomBytes });
  return {
    ...{ identities, templates, configurationSets, ruleSets, sending, receiving },
    assertPossible: (scope, ruleSet, rule) =>
      assertPossible(scope, ruleSet, rule, { ...options, identities, canSend: relay !== undefined }),
    resume: late.resume,
    stop: late.stop,
    async [Symbol.asyncDispose]() {
      await late[Symbol.asyncDispose]();
      mailer?.[Symbol.dispose]();
      store.close();
    },
  };
}
