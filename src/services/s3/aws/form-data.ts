/** A form up to its file, which is read as it comes. What stands behind the file is nobody's. */
export interface Form {
  /** By their names in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  /** Undefined: there is none. */
  readonly file: FormFile | undefined;
}

export interface FormFile {
  /** As the browser calls it; empty if it does not say. */
  readonly name: string;
  /** To be read once. Throws `MalformedForm` when the form ends within it. */
  readonly content: AsyncIterable<Uint8Array>;
}

export class MalformedForm extends Error {}
/** What stands before the file takes more room than S3 allows. */
export class FormTooLong extends Error {}

/** AWS: MaxPostPreDataLengthExceeded, 20 KB. */
export const FIELDS_BYTES_MAX = 20 * 1024;
/** Of the headers of one part. Ours. */
const HEAD_BYTES_MAX = 4 * 1024;

/** Reads a form (RFC 7578) without ever holding its file. Throws `MalformedForm` and `FormTooLong`. */
export async function readForm(source: AsyncIterator<Uint8Array>, boundary: string): Promise<Form> {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // So that the first delimiter looks like the others.
  let rest: Buffer = Buffer.from('\r\n');
  const more = async (): Promise<void> => {
    const { value, done } = await source.next();
    if (done) throw new MalformedForm('the form is cut off');
    rest = Buffer.concat([rest, value]);
  };
  const until = async (mark: Buffer, bytesMax: number): Promise<Buffer> => {
    for (;;) {
      const at = rest.indexOf(mark);
      if (at > bytesMax || (at < 0 && rest.length > bytesMax + mark.length))
        throw new FormTooLong('a part is too long');
      if (at >= 0) {
        const found = rest.subarray(0, at);
        rest = rest.subarray(at + mark.length);
        return found;
      }
      await more();
    }
  };
  async function* content(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = rest.indexOf(delimiter);
      if (at >= 0) {
        if (at > 0) yield rest.subarray(0, at);
        rest = rest.subarray(at + delimiter.length);
        return;
      }
      // The beginning of a delimiter may stand at the end.
      const sure = rest.length - delimiter.length + 1;
      if (sure > 0) {
        yield rest.subarray(0, sure);
        rest = rest.subarray(sure);
      }
      await more();
    }
  }

  const fields = new Map<string, string>();
  let bytes = 0;
  await until(delimiter, HEAD_BYTES_MAX);
  for (;;) {
    while (rest.length < 2) await more();
    if (rest.subarray(0, 2).toString('latin1') === '--') return { fields, file: undefined };
    const head = (await until(HEAD_END, HEAD_BYTES_MAX)).toString('utf8');
    const disposition = /^content-disposition:(.*)$/im.exec(head)?.[1] ?? '';
    const name = parameterOf(disposition, 'name')?.toLowerCase();
    if (name === undefined) throw new MalformedForm('a part has no name');
    if (name === 'file') {
      return { fields, file: { name: parameterOf(disposition, 'filename') ?? '', content: content() } };
    }
    const value = await until(delimiter, FIELDS_BYTES_MAX);
    bytes += name.length + value.length;
    if (bytes > FIELDS_BYTES_MAX) throw new FormTooLong('the fields are too long');
    fields.set(name, value.toString('utf8'));
  }
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** Browsers write a quotation mark within a name as `%22`. */
function parameterOf(disposition: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}="([^"]*)"`, 'i').exec(disposition)?.[1];
  return found?.replaceAll('%22', '"').replaceAll('%0D', '\r').replaceAll('%0A', '\n');
}
