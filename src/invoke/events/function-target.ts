import type { Target } from '../../delivery/target.ts';
import { Undeliverable } from '../../delivery/undeliverable.ts';
import { functionArn } from '../../functions/function.ts';
import type { Functions } from '../../functions/functions.ts';
import { own } from '../../lib/own.ts';
import type { InvokeRequest, InvokeResult } from '../frontend.ts';

/** What is delivered to a function, version or alias is an asynchronous invocation of it. */
export function functionTarget(parts: {
  functions: Pick<Functions, 'get'>;
  invoke: (request: InvokeRequest) => Promise<InvokeResult>;
  uuid: () => string;
  newTraceId: (received: string | undefined) => string;
}): Target {
  const { functions, invoke, uuid, newTraceId } = parts;
  return {
    action: 'lambda:InvokeFunction',
    find({ account, region, resource }) {
      const { name, qualifier } = nameOf(resource);
      const head = functions.get({ account, region, name })?.head;
      if (head === undefined) return undefined;
      const policy = own(head.policies, qualifier ?? '')?.statements ?? [];
      return { account, policy: policy.map(({ json }) => json) };
    },
    async deliver({ account, region, resource }, message) {
      const { name, qualifier } = nameOf(resource);
      const result = await invoke({
        account,
        region,
        name,
        qualifier,
        type: 'Event',
        payload: message.body,
        requestId: uuid(),
        traceId: newTraceId(message.traceHeader),
        clientContext: undefined,
        cognitoIdentity: undefined,
        wantsTail: false,
        once: message.once,
      });
      if (result.kind === 'accepted') return;
      const arn = functionArn({ account, region, name }, qualifier);
      if (result.kind !== 'refused') throw new Error(`${arn} was not invoked asynchronously`);
      const { kind } = result.refusal;
      switch (kind) {
        case 'no-such-function':
          throw new Undeliverable('no-such-target', `${arn} does not exist`);
        case 'payload-too-large':
        case 'payload-not-json':
          throw new Undeliverable('refused', `${arn} does not take the event: ${kind}`);
        default:
          throw new Undeliverable('unavailable', `${arn} cannot be invoked now: ${kind}`);
      }
    },
  };
}

/** `function:resize:live` in its parts. Whatever is no function has a name that none has. */
function nameOf(resource: string): { name: string; qualifier: string | undefined } {
  const [kind, name = '', qualifier] = resource.split(':');
  return kind === 'function' ? { name, qualifier } : { name: '', qualifier: undefined };
}
