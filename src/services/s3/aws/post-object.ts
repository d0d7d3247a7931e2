import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from '../../../wire/aws-error.ts';
import { element, textElement } from '../../../wire/codecs/xml.ts';
import { hostBucket } from '../../../wire/identify.ts';
import type { Principal } from '../../../wire/service.ts';
import { sourceIpOf } from '../../../wire/source-ip.ts';
import type { Bucket } from '../bucket.ts';
import { type FormPolicy, flawOfForm, readFormPolicy } from '../form-policy.ts';
import type { ObjectVersion } from '../object.ts';
import { actorOf, argumentError, notImplemented, shownVersionId } from './asked.ts';
import { assertSupported, attributesOf } from './attributes.ts';
import { checksumOfBody, md5OfBody } from './checksums.ts';
import { FIELDS_BYTES_MAX, type Form, type FormFile, FormTooLong, MalformedForm, readForm } from './form-data.ts';
import type { FormCaller, FormDoorPorts } from './form-door.ts';
import { errorToAws } from './refusal-to-aws.ts';

/** One form. */
export interface Post {
  readonly request: IncomingMessage;
  readonly name: string;
  readonly boundary: string;
  readonly source: AsyncIterator<Uint8Array>;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

interface Posted {
  readonly bucket: Bucket;
  readonly version: ObjectVersion;
  readonly fields: Form['fields'];
  readonly location: string;
}

/** Puts the object of a form, and answers. Never rejects. */
export async function postObject(ports: FormDoorPorts, response: ServerResponse, form: Post): Promise<void> {
  try {
    answer(response, await post(ports, form), form.requestId);
  } catch (error) {
    ports.writeError(response, errorToAws(error), form.requestId);
  }
}

async function post(
  ports: FormDoorPorts,
  { request, name, boundary, source, requestId, signal }: Post,
): Promise<Posted> {
  const { s3 } = ports;
  const { fields: given, file } = await formOf(source, boundary);
  const key = given.get('key');
  if (key === undefined || key === '') {
    const text =
      "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.";
    throw argumentError('key', '', text);
  }
  if (file === undefined) throw argumentError('file', 0, 'POST requires exactly one file upload per request.');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: SAFE: it is what S3 replaces, not JavaScript.
  const fields = new Map(given).set('key', key.replaceAll('${filename}', file.name)).set('bucket', name);
  const { principal, bytes } = whoPosts(ports, fields, given.has('bucket'));

  const objectKey = fields.get('key') ?? '';
  const arn = `arn:aws:s3:::${name}/${objectKey}`;
  const by: FormCaller = {
    principal,
    headers: headersOf(fields),
    sourceIp: sourceIpOf(request),
  };
  ports.assertMayPut(by, arn);
  const bucket = s3().buckets.reach(name, { account: principal.account, isLetIn: () => ports.mayReach(by, arn) });
  if (fields.has('tagging')) throw notImplemented('tagging');
  assertSupported({ ACL: fields.get('acl'), SSEKMSKeyId: fields.get('x-amz-server-side-encryption-aws-kms-key-id') });
  const version = await s3().objects.put(bucket, objectKey, atLeast(file, bytes?.min ?? 0), {
    attributes: attributesOf({
      ContentType: fields.get('content-type'),
      ContentEncoding: fields.get('content-encoding'),
      ContentDisposition: fields.get('content-disposition'),
      CacheControl: fields.get('cache-control'),
      Expires: dateOf(fields.get('expires')),
      StorageClass: fields.get('x-amz-storage-class'),
      ServerSideEncryption: fields.get('x-amz-server-side-encryption'),
      Metadata: metadataOf(fields),
    }),
    tags: {},
    conditions: {},
    actor: actorOf({ principal, sourceIp: by.sourceIp, requestId, headers: request.headers }),
    changeKind: 'ObjectCreated:Post',
    md5: md5OfBody(by.headers),
    checksum: checksumOfBody(by.headers),
    ...(bytes !== undefined && { bytesMax: bytes.max }),
    signal,
  });
  const path = objectKey.split('/').map(encodeURIComponent).join('/');
  const prefix = hostBucket(request.headers.host) === undefined ? `/${name}` : '';
  return { bucket, version, fields, location: `http://${request.headers.host ?? ''}${prefix}/${path}` };
}

/** Who has signed the form, and how long its file may be. Throws unless the form is as its policy says. */
function whoPosts(
  { authenticatePolicy, anybody, clock }: FormDoorPorts,
  fields: Form['fields'],
  namesBucket: boolean,
): { principal: Principal; bytes?: FormPolicy['bytes'] } {
  const text = fields.get('policy');
  // Without one it is anybody's form, "accepted only for publicly writable buckets" (POST Object, S3 API reference).
  if (text === undefined) return { principal: anybody };
  const { principal } = authenticatePolicy({
    algorithm: fields.get('x-amz-algorithm') ?? '',
    credential: fields.get('x-amz-credential') ?? '',
    signature: fields.get('x-amz-signature') ?? '',
    sessionToken: fields.get('x-amz-security-token'),
    policy: text,
  });
  const policy = readFormPolicy(Buffer.from(text, 'base64').toString('utf8'));
  if (policy === undefined) {
    throw new AwsError('InvalidPolicyDocument', 'Invalid Policy: Invalid JSON.', { status: 400 });
  }
  // The bucket is where the form was sent to, and need not be one of its fields.
  const flaw = flawOfForm(policy, namesBucket ? fields : withoutBucket(fields, policy), clock.nowMs());
  if (flaw !== undefined) throw new AwsError('AccessDenied', flaw, { status: 403 });
  return { principal, bytes: policy.bytes };
}

async function formOf(source: AsyncIterator<Uint8Array>, boundary: string): Promise<Form> {
  try {
    return await readForm(source, boundary);
  } catch (error) {
    throw formErrorToAws(error);
  }
}

function formErrorToAws(error: unknown): unknown {
  if (error instanceof MalformedForm) {
    const text = 'The body of your POST request is not well-formed multipart/form-data.';
    return new AwsError('MalformedPOSTRequest', text, { status: 400, cause: error });
  }
  if (error instanceof FormTooLong) {
    return new AwsError(
      'MaxPostPreDataLengthExceeded',
      'Your POST request fields preceding the upload file were too large.',
      { status: 400, members: { MaxPostPreDataLengthBytes: FIELDS_BYTES_MAX }, cause: error },
    );
  }
  return error;
}

/** Throws at the end of a file that is smaller than the policy wants. */
async function* atLeast({ content }: FormFile, bytesMin: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of content) {
      bytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw formErrorToAws(error);
  }
  if (bytes >= bytesMin) return;
  throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
    status: 400,
    members: { ProposedSize: bytes, MinSizeAllowed: bytesMin },
  });
}

function withoutBucket(fields: ReadonlyMap<string, string>, { conditions }: FormPolicy): Map<string, string> {
  const copy = new Map(fields);
  if (!conditions.some(({ field }) => field === 'bucket')) copy.delete('bucket');
  return copy;
}

/** Fields that stand for headers, as a put has them. */
function headersOf(fields: Form['fields']): IncomingHttpHeaders {
  return Object.fromEntries([...fields].filter(([name]) => /^(?:x-amz-(?!meta-)|content-md5$)/.test(name)));
}

function metadataOf(fields: Form['fields']): Record<string, string> {
  const prefix = 'x-amz-meta-';
  return Object.fromEntries(
    [...fields].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]),
  );
}

function dateOf(text: string | undefined): Date | undefined {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function answer(response: ServerResponse, { bucket, version, fields, location }: Posted, requestId: string): void {
  if (response.destroyed) return;
  const etag = `"${version.etag}"`;
  const versionId = shownVersionId(bucket, version.versionId);
  const headers = {
    ETag: etag,
    Location: location,
    'x-amz-request-id': requestId,
    'x-amz-id-2': requestId,
    ...(versionId !== undefined && { 'x-amz-version-id': versionId }),
  };
  const redirect = redirectOf(fields);
  if (redirect !== undefined) {
    for (const [name, value] of [
      ['bucket', bucket.name],
      ['key', version.key],
      ['etag', etag],
    ] as const) {
      redirect.searchParams.set(name, value);
    }
    response.writeHead(303, { ...headers, Location: redirect.href, 'Content-Length': 0 });
    response.end();
    return;
  }
  const status = fields.get('success_action_status');
  if (status !== '201') {
    // Whatever it is, the others are none to S3.
    response.writeHead(status === '200' ? 200 : 204, status === '200' ? { ...headers, 'Content-Length': 0 } : headers);
    response.end();
    return;
  }
  const content = [
    textElement('Location', location),
    textElement('Bucket', bucket.name),
    textElement('Key', version.key),
    textElement('ETag', etag),
  ].join('');
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${element('PostResponse', content)}`);
  response.writeHead(201, { ...headers, 'Content-Type': 'application/xml', 'Content-Length': body.length });
  response.end(body);
}

/** One that is no address is passed over, as on AWS. */
function redirectOf(fields: Form['fields']): URL | undefined {
  const text = fields.get('success_action_redirect') ?? fields.get('redirect');
  return text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
}
