import type { Arn } from '../../delivery/arn.ts';
import type { Target } from '../../delivery/target.ts';
import { Undeliverable } from '../../delivery/undeliverable.ts';
import type { Logs } from './logs.ts';
import { LogsRefused } from './refusal.ts';

/** Policies of an account in a region: AWS's quota is ten. */
const POLICIES_MAX = 100;

/** Log groups as targets of rules: each event is a line. The account's policies say which services may write to them. */
export function logGroupTarget(logs: () => Logs, nowMs: () => number): Target {
  return {
    action: 'logs:PutLogEvents',
    find(arn) {
      if (!isThere(logs(), arn)) return undefined;
      const policy = logs()
        .resourcePolicies(arn, '', POLICIES_MAX)
        .flatMap(({ document }) => statementsOf(document));
      // Policies name groups with `:*` behind them, which stands for their streams.
      return { account: arn.account, policy, resource: `${arn.text.replace(/:\*$/, '')}:log-stream:any` };
    },
    async deliver(arn, { body }) {
      const timestampMs = nowMs();
      // A stream for each day: whoever reads groups reads over all of them.
      const stream = new Date(timestampMs).toISOString().slice(0, 10);
      try {
        await put(logs(), arn, stream, { timestampMs, message: body.toString('utf8') });
      } catch (error) {
        throw error instanceof LogsRefused ? undeliverable(error, arn) : error;
      }
    },
  };
}

async function put(logs: Logs, arn: Arn, stream: string, event: { timestampMs: number; message: string }) {
  const group = groupOf(arn);
  try {
    await logs.put(arn, group, stream, [event]);
  } catch (error) {
    if (!(error instanceof LogsRefused) || error.refusal.kind !== 'no-such-stream') throw error;
    logs.createStream(arn, group, stream);
    await logs.put(arn, group, stream, [event]);
  }
}

function isThere(logs: Logs, arn: Arn): boolean {
  try {
    logs.group(arn, groupOf(arn));
    return true;
  } catch (error) {
    if (error instanceof LogsRefused && error.refusal.kind === 'no-such-group') return false;
    throw error;
  }
}

function statementsOf(document: string): string[] {
  // SAFE: it is kept only if it is an object with statements.
  const { Statement } = JSON.parse(document) as { Statement: unknown };
  const statements = [Statement].flat().filter((one) => typeof one === 'object' && one !== null);
  return statements.map((one) => JSON.stringify(one));
}

/** `log-group:/aws/events/all`, with or without `:*` behind it. What is no group has a name that none has. */
function groupOf({ resource }: Arn): string {
  return /^log-group:([^:]+)(?::\*)?$/.exec(resource)?.[1] ?? '';
}

function undeliverable(cause: LogsRefused, { text }: Arn): Undeliverable {
  const { kind } = cause.refusal;
  if (kind === 'no-such-group') return new Undeliverable('no-such-target', `${text} does not exist`, { cause });
  if (kind === 'not-stored') return new Undeliverable('unavailable', `${text} takes nothing now`, { cause });
  return new Undeliverable('refused', `${text} does not take the event: ${kind}`, { cause });
}
