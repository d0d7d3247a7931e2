import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { finished, Readable, Transform } from 'node:stream';
import type { AuthenticationRequest } from '../authenticate.ts';
import { AwsError } from '../aws-error.ts';
import { ChunkedBody } from './chunked-body.ts';
import type { Payload } from './payload.ts';
import { refusalToAws } from './refusal.ts';
import type { SignatureSeed } from './verify.ts';

/**
 * The stream that replaces a request's body: decoded, and failing with AWS's error at its end, or before, when the body
 * is not what was signed. Undefined where the body stays as it is. Without `seed`, chunk signatures are not looked at.
 */
export function verifiedBody(
  request: AuthenticationRequest,
  payload: Payload,
  seed: SignatureSeed | undefined,
): Readable | undefined {
  switch (payload.kind) {
    case 'settled':
      return undefined;
    case 'hashed':
      return through(sourceOf(request), hashedBody(payload.sha256));
    case 'chunked': {
      const { headers } = request;
      const decoder = new ChunkedBody({
        seed: payload.signed ? seed : undefined,
        trailerNames: payload.trailer ? trailerNames(headers) : [],
        decodedBytes: decodedBytes(headers),
      });
      return through(sourceOf(request), decoder);
    }
  }
}

function hashedBody(sha256: string): Transform {
  const digest = createHash('sha256');
  return new Transform({
    transform(bytes, _encoding, done) {
      digest.update(bytes);
      done(null, bytes);
    },
    flush(done) {
      const computed = digest.digest('hex');
      done(
        computed === sha256 ? null : refusalToAws({ kind: 'payload-hash-mismatch', claimed: sha256, computed }, 's3'),
      );
    },
  });
}

/**
 * Not `pipeline`: it would destroy the request together with a decoder that refuses, and its socket with it, before
 * the refusal can be answered. Whoever serves the request owns its stream, and ends it.
 */
function through(source: Readable, decoder: Transform): Transform {
  // A reader that never comes must not make a late error fatal: the error stays with the stream for the next reader.
  decoder.on('error', () => {});
  finished(source, { writable: false }, (error) => {
    if (error) decoder.destroy(error);
  });
  return source.pipe(decoder);
}

function sourceOf(request: AuthenticationRequest): Readable {
  return Buffer.isBuffer(request.body) ? Readable.from([request.body]) : request.body.stream;
}

function trailerNames(headers: IncomingHttpHeaders): string[] {
  const header = headers['x-amz-trailer'];
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}

function decodedBytes(headers: IncomingHttpHeaders): number | undefined {
  const header = headers['x-amz-decoded-content-length'];
  if (header === undefined) return undefined;
  if (Array.isArray(header) || !/^\d{1,15}$/.test(header)) {
    throw new AwsError('InvalidArgument', 'x-amz-decoded-content-length must be a number of bytes', { status: 400 });
  }
  return Number(header);
}
