import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { AwsError } from './aws-error.ts';
import { BodyTooLarge, decompressed, readWhole } from './body.ts';
import { parameters } from './codecs/query.ts';
import { isForm, type RequestHead } from './identify.ts';
import type { ServiceDefinition } from './service.ts';

type Parameters = readonly (readonly [name: string, value: string])[];

/** One request on its way: what is known of it so far, and its body, read when somebody first asks. */
export class Call {
  readonly requestId: string;
  readonly req: IncomingMessage;
  readonly head: RequestHead;
  service: ServiceDefinition | undefined;
  operation: string | undefined;
  readonly #bodyBytesMax: number;
  #wire: Promise<Buffer> | undefined;
  #plain: Promise<Buffer> | undefined;
  #parameters: Parameters | undefined;

  constructor(req: IncomingMessage, requestId: string, bodyBytesMax: number) {
    this.req = req;
    this.requestId = requestId;
    this.head = headOf(req);
    this.#bodyBytesMax = bodyBytesMax;
  }

  /** The body as it came: the bytes that a signature covers. Rejects with RequestEntityTooLargeException. */
  wireBody(): Promise<Buffer> {
    this.#wire ??= this.#refusingTooLarge(() => {
      if (Number(this.req.headers['content-length'] ?? 0) > this.#limit) throw new BodyTooLarge();
      return readWhole(this.req, this.#limit);
    });
    return this.#wire;
  }

  /** A stream that stands for the body is read instead of it. */
  replaceBody(stream: Readable): Promise<Buffer> {
    this.#wire = this.#refusingTooLarge(() => readWhole(stream, this.#limit));
    return this.#wire;
  }

  /** The body without its content encoding. */
  plainBody(): Promise<Buffer> {
    const encoding = this.req.headers['content-encoding'];
    this.#plain ??= this.wireBody().then((body) =>
      this.#refusingTooLarge(() => decompressed(body, encoding, this.#limit)),
    );
    return this.#plain;
  }

  /** Parameters of a query request, from its URL and its form. */
  async parameters(): Promise<Parameters> {
    this.#parameters ??= isForm(this.head)
      ? [...this.head.query, ...parameters((await this.plainBody()).toString('utf8'))]
      : this.head.query;
    return this.#parameters;
  }

  get #limit(): number {
    return this.service?.bodyBytesMax ?? this.#bodyBytesMax;
  }

  async #refusingTooLarge(read: () => Promise<Buffer>): Promise<Buffer> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof BodyTooLarge)) throw error;
      const operation = this.operation === undefined ? '' : ` for the ${this.operation} operation`;
      const message = `Request must be smaller than ${this.#limit} bytes${operation}`; // lambda-facts 3
      throw new AwsError('RequestEntityTooLargeException', message);
    }
  }
}

function headOf({ method = 'GET', url = '/', headers }: IncomingMessage): RequestHead {
  const at = url.indexOf('?');
  if (at < 0) return { method, path: url, query: [], headers };
  return { method, path: url.slice(0, at), query: parameters(url.slice(at + 1)), headers };
}
