import { judgePolicy, type PolicyRequest, type PolicyVerdict } from '../../../identity/index.ts';
import type { Sns } from '../sns.ts';
import { statementsOf } from '../topic.ts';

/** What the policy of the topic of an ARN says; `silent` also where there is no such topic. */
export function judgeTopicPolicy(
  sns: () => Sns,
  request: PolicyRequest & { readonly resource: string },
): PolicyVerdict {
  const [, , service, region = '', account = '', name = ''] = request.resource.split(':');
  const topic = service === 'sns' ? sns().findTopic({ account, region }, name) : undefined;
  return topic === undefined ? 'silent' : judgePolicy(statementsOf(topic), request);
}
