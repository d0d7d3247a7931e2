import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { type Checksum, type ChecksumAlgorithm, isChecksumAlgorithm, startChecksum } from '../../lib/checksum.ts';
import { AwsError } from '../aws-error.ts';
import { refusalToAws } from './refusal.ts';
import { isSignedBy, type SignatureSeed } from './verify.ts';

// The `aws-chunked` encoding ("Signature Calculations: Transferring Payload in Multiple Chunks" and "… Including
// Trailing Headers", Amazon S3 API reference):
//   <size in hex>[;chunk-signature=<hex>]\r\n <bytes> \r\n   …   0[;chunk-signature=<hex>]\r\n   [name:value\r\n …]
// Bytes go on as they come, and a chunk's signature is known to be right only at the chunk's end: whoever reads
// must not commit anything before the stream has ended without an error.

const SIZE_LINE_BYTES_MAX = 1_024;
const TRAILER_BYTES_MAX = 16 * 1_024;
/** S3: the largest object that one request can put. A chunk cannot be larger. */
const CHUNK_BYTES_MAX = 5 * 1024 ** 3;
/** S3: every chunk but the last has at least this size. */
const CHUNK_BYTES_MIN = 8 * 1_024;

const SIZE_LINE = /^([0-9a-fA-F]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?$/;
const CR = 0x0d;
const LF = 0x0a;
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export interface ChunkedBodyOptions {
  /** Where the chain of signatures starts; undefined when chunks are not signed. */
  readonly seed: SignatureSeed | undefined;
  /** The names in `x-amz-trailer`, lower case; empty when none may come. */
  readonly trailerNames: readonly string[];
  /** `x-amz-decoded-content-length`, if the client sent it. */
  readonly decodedBytes: number | undefined;
}

type Place = 'size' | 'bytes' | 'after-bytes' | 'trailer';

/** Decodes an `aws-chunked` body. Ends with AWS's error when a signature, a checksum or the form is wrong. */
export class ChunkedBody extends Transform {
  readonly #options: ChunkedBodyOptions;
  readonly #checksum:
    | { readonly name: string; readonly algorithm: ChecksumAlgorithm; readonly sum: Checksum }
    | undefined;
  readonly #trailers = new Map<string, string>();
  #place: Place = 'size';
  /** The part of a line, or of the trailer, that has come so far. */
  #pending: Buffer = Buffer.alloc(0);
  #chunkNumber = 0;
  #chunkBytes = 0;
  #chunkBytesLeft = 0;
  #chunkSignature: string | undefined;
  #chunkHash: Hash | undefined;
  #previousSignature: string;
  #decodedBytes = 0;

  constructor(options: ChunkedBodyOptions) {
    super();
    this.#options = options;
    this.#checksum = trailingChecksum(options.trailerNames);
    this.#previousSignature = options.seed?.signature ?? '';
  }

  /** The trailing headers, lower-case names. Complete when the stream has ended. */
  get trailers(): ReadonlyMap<string, string> {
    return this.#trailers;
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.#take(bytes);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error('cannot decode a chunked body', { cause: error }));
    }
  }

  override _flush(done: TransformCallback): void {
    try {
      this.#finish();
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error('cannot decode a chunked body', { cause: error }));
    }
  }

  #take(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      switch (this.#place) {
        case 'size':
          rest = this.#takeSize(rest);
          break;
        case 'bytes':
          rest = this.#takeBytes(rest);
          break;
        case 'after-bytes':
          rest = this.#takeLineEnd(rest);
          break;
        case 'trailer':
          this.#append(rest, TRAILER_BYTES_MAX, malformedTrailer);
          return;
      }
    }
  }

  #takeSize(bytes: Buffer): Buffer {
    const end = bytes.indexOf(LF);
    if (end < 0) {
      this.#append(bytes, SIZE_LINE_BYTES_MAX, malformedBody);
      return bytes.subarray(bytes.length);
    }
    this.#append(bytes.subarray(0, end), SIZE_LINE_BYTES_MAX, malformedBody);
    const line = this.#pending;
    this.#pending = Buffer.alloc(0);
    if (line.at(-1) !== CR) throw malformedBody();
    this.#startChunk(line.toString('latin1', 0, line.length - 1));
    return bytes.subarray(end + 1);
  }

  #startChunk(line: string): void {
    const match = SIZE_LINE.exec(line);
    if (match === null) throw malformedBody();
    const size = Number.parseInt(match[1] ?? '', 16);
    const signed = this.#options.seed !== undefined;
    if (signed && match[2] === undefined) throw malformedBody();
    if (size > CHUNK_BYTES_MAX) throw malformedBody();
    if (size > 0 && this.#chunkNumber > 0 && this.#chunkBytes < CHUNK_BYTES_MIN) {
      throw new AwsError(
        'InvalidChunkSizeError',
        'Only the last chunk is allowed to have a size less than 8192 bytes',
        {
          status: 400,
          members: { Chunk: this.#chunkNumber, BadChunkSize: this.#chunkBytes },
        },
      );
    }
    this.#chunkNumber += 1;
    this.#chunkBytes = size;
    this.#chunkBytesLeft = size;
    this.#chunkSignature = match[2];
    this.#chunkHash = signed ? createHash('sha256') : undefined;
    if (size > 0) this.#place = 'bytes';
    else {
      this.#endChunk();
      this.#place = 'trailer';
    }
  }

  #takeBytes(bytes: Buffer): Buffer {
    const taken = bytes.length <= this.#chunkBytesLeft ? bytes : bytes.subarray(0, this.#chunkBytesLeft);
    this.#chunkBytesLeft -= taken.length;
    this.#decodedBytes += taken.length;
    if (this.#decodedBytes > (this.#options.decodedBytes ?? Number.POSITIVE_INFINITY)) throw incompleteBody();
    this.#chunkHash?.update(taken);
    this.#checksum?.sum.update(taken);
    // The verdict on a chunk comes before its last byte goes on, so a reader of whole bodies never sees a false one.
    if (this.#chunkBytesLeft === 0) {
      this.#endChunk();
      this.#place = 'after-bytes';
    }
    this.push(taken);
    return bytes.subarray(taken.length);
  }

  #takeLineEnd(bytes: Buffer): Buffer {
    const needed = 2 - this.#pending.length;
    this.#pending = Buffer.concat([this.#pending, bytes.subarray(0, needed)]);
    if (this.#pending.length === 2) {
      if (this.#pending[0] !== CR || this.#pending[1] !== LF) throw malformedBody();
      this.#pending = Buffer.alloc(0);
      this.#place = 'size';
    }
    return bytes.subarray(needed);
  }

  #endChunk(): void {
    const { seed } = this.#options;
    if (seed === undefined) return;
    const digest = this.#chunkHash?.digest('hex') ?? EMPTY_SHA256;
    this.#continueSignature(seed, 'AWS4-HMAC-SHA256-PAYLOAD', `${EMPTY_SHA256}\n${digest}`, this.#chunkSignature);
  }

  #continueSignature(seed: SignatureSeed, algorithm: string, covered: string, signature: string | undefined): void {
    const stringToSign = `${algorithm}\n${seed.amzDate}\n${seed.scope}\n${this.#previousSignature}\n${covered}`;
    if (signature === undefined || !isSignedBy(seed.key, stringToSign, signature)) {
      throw refusalToAws(
        { kind: 'mismatch', accessKeyId: seed.accessKeyId, signature: signature ?? '', stringToSign },
        's3',
      );
    }
    this.#previousSignature = signature;
  }

  #finish(): void {
    if (this.#place !== 'trailer') throw incompleteBody();
    const { decodedBytes } = this.#options;
    if (decodedBytes !== undefined && decodedBytes !== this.#decodedBytes) throw incompleteBody();
    this.#readTrailer(this.#pending.toString('latin1'));
    this.#checkTrailer();
  }

  #readTrailer(text: string): void {
    for (const line of text.split('\n')) {
      const trimmed = line.trim(); // Clients end these lines with \n, \r\n or \n\r\n.
      if (trimmed === '') continue;
      const colon = trimmed.indexOf(':');
      if (colon <= 0) throw malformedTrailer();
      this.#trailers.set(trimmed.slice(0, colon).trim().toLowerCase(), trimmed.slice(colon + 1).trim());
    }
  }

  #checkTrailer(): void {
    const { seed, trailerNames } = this.#options;
    const signature = this.#trailers.get('x-amz-trailer-signature');
    this.#trailers.delete('x-amz-trailer-signature');
    for (const name of this.#trailers.keys()) if (!trailerNames.includes(name)) throw malformedTrailer();
    for (const name of trailerNames) if (!this.#trailers.has(name)) throw malformedTrailer();

    if (seed !== undefined && trailerNames.length > 0) {
      const text = [...this.#trailers].map(([name, value]) => `${name}:${value}\n`).join('');
      const digest = createHash('sha256').update(text, 'latin1').digest('hex');
      this.#continueSignature(seed, 'AWS4-HMAC-SHA256-TRAILER', digest, signature);
    }
    if (this.#checksum === undefined) return;
    const { name, algorithm, sum } = this.#checksum;
    const digest = sum.digest();
    const claimed = this.#trailers.get(name) ?? '';
    if (Buffer.from(claimed, 'base64').length !== digest.length) {
      throw new AwsError('InvalidRequest', `Value for ${name} trailing header is invalid.`, { status: 400 });
    }
    if (claimed !== digest.toString('base64')) {
      const text = `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`;
      throw new AwsError('BadDigest', text, { status: 400 });
    }
  }

  #append(bytes: Buffer, bytesMax: number, tooLong: () => AwsError): void {
    if (this.#pending.length + bytes.length > bytesMax) throw tooLong();
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
  }
}

const CHECKSUM_PREFIX = 'x-amz-checksum-';

/** Throws S3's refusal for a trailer that S3 does not know, before a byte of the body is read. */
function trailingChecksum(names: readonly string[]) {
  const [name, second] = names;
  if (name === undefined) return undefined;
  const algorithm = name.startsWith(CHECKSUM_PREFIX) ? name.slice(CHECKSUM_PREFIX.length) : '';
  if (!isChecksumAlgorithm(algorithm)) {
    throw new AwsError('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported', {
      status: 400,
    });
  }
  if (second !== undefined) {
    const text = 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.';
    throw new AwsError('InvalidRequest', text, { status: 400 });
  }
  return { name, algorithm, sum: startChecksum(algorithm) };
}

function malformedBody(): AwsError {
  return new AwsError('InvalidRequest', 'The body of the aws-chunked request is not well-formed.', { status: 400 });
}

function malformedTrailer(): AwsError {
  const text =
    'The request contained trailing data that was not well-formed or did not conform to our published schema.';
  return new AwsError('MalformedTrailerError', text, { status: 400 });
}

function incompleteBody(): AwsError {
  const text = 'You did not provide the number of bytes specified by the Content-Length HTTP header';
  return new AwsError('IncompleteBody', text, { status: 400 });
}
