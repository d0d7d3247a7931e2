import type { RequestContext } from '../../wire/service.ts';
import type { Attacher } from '../layers/attach-layers.ts';

/** Who asks for layers, as the core knows it. */
export function attacher({ account, region, principal }: RequestContext): Attacher {
  return { account, region, arn: principal.arn };
}
