// Shapes and bindings that Smithy has and that no client in our dependencies uses where it could be tested: their schemas
// are written here by hand, in the form in which clients carry them.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, type TestContext, test } from 'node:test';
import type { ProtocolName, ServiceDefinition } from './service.ts';
import { raw, scope, serve } from './test-server.ts';

const { EventStreamCodec }: typeof import('@smithy/core/event-streams') = createRequire(import.meta.url)(
  '@smithy/core/event-streams',
);

// Numbers of the SDK's schema language.
const [STRING, NUMBER, BOOLEAN, BLOB, DOCUMENT] = [0, 1, 2, 21, 15];
const TIMES = { default: 4, 'date-time': 5, 'http-date': 6, 'epoch-seconds': 7 };
const list = (element: unknown, traits: object = {}) => [1, 'x', 'List', traits, element];
const map = (value: unknown, traits: object = {}) => [2, 'x', 'Map', traits, STRING, value];
const structure = (members: Record<string, unknown>, traits: object = {}, name = 'Shape') => [
  3,
  'x',
  name,
  traits,
  Object.keys(members),
  Object.values(members),
];
const union = (members: Record<string, unknown>, traits: object = {}) => [4, ...structure(members, traits).slice(1)];

const INSTANT = new Date('2024-02-29T12:34:56.000Z');

describe('JSON bodies', () => {
  test('sparse lists and maps keep their nulls, both ways', async (t) => {
    const shape = { List: list(STRING, { sparse: 1 }), Map: map(NUMBER, { sparse: 1 }) };
    await body(t, 'restJson1', shape, '{"List":["a",null,""],"Map":{"a":null,"b":0}}', {
      List: ['a', null, ''],
      Map: { a: null, b: 0 },
    });
  });

  test('documents pass through as they are', async (t) => {
    const document = { a: [1, 'x', null, { b: true }], c: {} };
    await body(t, 'restJson1', { Any: DOCUMENT }, JSON.stringify({ Any: document }), { Any: document });
  });

  test('unions, with the member that is set', async (t) => {
    const shape = { Choice: union({ Left: STRING, Right: structure({ Deep: NUMBER }) }) };
    await body(t, 'restJson1', shape, '{"Choice":{"Right":{"Deep":1}}}', { Choice: { Right: { Deep: 1 } } });
  });

  test('a name on the wire that differs from the member’s', async (t) => {
    await body(t, 'restJson1', { Member: [STRING, { jsonName: 'wire' }] }, '{"wire":"x"}', { Member: 'x' });
  });

  test('times of each format', async (t) => {
    await body(
      t,
      'restJson1',
      { A: TIMES.default, B: TIMES['date-time'], C: TIMES['http-date'], D: TIMES['epoch-seconds'] },
      '{"A":1709210096,"B":"2024-02-29T12:34:56Z","C":"Thu, 29 Feb 2024 12:34:56 GMT","D":1709210096}',
      { A: INSTANT, B: INSTANT, C: INSTANT, D: INSTANT },
    );
  });

  test('numbers that JSON has no word for', async (t) => {
    await body(t, 'restJson1', { A: NUMBER, B: NUMBER, C: NUMBER }, '{"A":"NaN","B":"Infinity","C":"-Infinity"}', {
      A: Number.NaN,
      B: Number.POSITIVE_INFINITY,
      C: Number.NEGATIVE_INFINITY,
    });
  });
});

describe('XML bodies', () => {
  const document = (content: string) => `<?xml version="1.0" encoding="UTF-8"?>\n<Out>${content}</Out>`;

  test('lists and maps, wrapped, flattened and renamed', async (t) => {
    await body(
      t,
      'restXml',
      {
        Wrapped: list(STRING),
        Renamed: list([STRING, { xmlName: 'item' }]),
        Flat: [list(STRING), { xmlFlattened: 1, xmlName: 'flat' }],
        Map: map(structure({ N: NUMBER })),
        FlatMap: [[2, 'x', 'Map', 0, [STRING, { xmlName: 'K' }], [STRING, { xmlName: 'V' }]], { xmlFlattened: 1 }],
        Nested: list(list(NUMBER)),
      },
      document(
        '<Wrapped><member>a</member><member>b</member></Wrapped><Renamed><item>c</item></Renamed><flat>d</flat><flat>e</flat>' +
          '<Map><entry><key>k</key><value><N>1</N></value></entry></Map><FlatMap><K>k</K><V>v</V></FlatMap>' +
          '<Nested><member><member>1</member></member><member><member>2</member></member></Nested>',
      ),
      {
        Wrapped: ['a', 'b'],
        Renamed: ['c'],
        Flat: ['d', 'e'],
        Map: { k: { N: 1 } },
        FlatMap: { k: 'v' },
        Nested: [[1], [2]],
      },
    );
  });

  test('times, blobs, booleans, numbers, empty texts and unions', async (t) => {
    await body(
      t,
      'restXml',
      {
        A: TIMES.default,
        B: TIMES['http-date'],
        C: TIMES['epoch-seconds'],
        D: BLOB,
        E: BOOLEAN,
        F: NUMBER,
        G: STRING,
        H: union({ I: STRING }),
      },
      document(
        '<A>2024-02-29T12:34:56.000Z</A><B>Thu, 29 Feb 2024 12:34:56 GMT</B><C>1709210096</C><D>AP8=</D><E>false</E><F>-1.5</F><G/><H><I> x </I></H>',
      ),
      { A: INSTANT, B: INSTANT, C: INSTANT, D: Buffer.from([0, 255]), E: false, F: -1.5, G: '', H: { I: ' x ' } },
    );
  });

  test('attributes, and namespaces with and without a prefix', async (t) => {
    const inner = structure(
      { Kind: [STRING, { xmlAttribute: 1, xmlName: 'p:kind' }], Text: STRING },
      { xmlNamespace: ['p', 'urn:p'] },
    );
    await body(
      t,
      'restXml',
      { Inner: inner, Plain: [STRING, { xmlNamespace: ['', 'urn:q'] }] },
      document('<Inner xmlns:p="urn:p" p:kind="&quot;&lt;&amp;"><Text>x</Text></Inner><Plain xmlns="urn:q">y</Plain>'),
      { Inner: { Kind: '"<&', Text: 'x' }, Plain: 'y' },
    );
  });

  test('prefixes, comments and CDATA of a client', async (t) => {
    const { received } = await exchange(
      t,
      'restXml',
      { Text: STRING, List: list(STRING) },
      {
        body: '<a:In xmlns:a="u"><!-- c --><a:Text><![CDATA[<x>]]>&#x79;</a:Text><a:List>\n  <a:member>1</a:member>\n</a:List></a:In>',
      },
    );
    assert.deepEqual(received, { Text: '<x>y', List: ['1'] });
  });
});

describe('bindings of REST requests', () => {
  test('headers of all kinds', async (t) => {
    const bound = (schema: unknown, name: string, more: object = {}) => [schema, { httpHeader: name, ...more }];
    const { received, answer } = await exchange(
      t,
      'restJson1',
      {
        Number: bound(NUMBER, 'X-Number'),
        Boolean: bound(BOOLEAN, 'X-Boolean'),
        Time: bound(TIMES.default, 'X-Time'),
        Iso: bound(TIMES['date-time'], 'X-Iso'),
        Seconds: bound(TIMES['epoch-seconds'], 'X-Seconds'),
        Blob: bound(BLOB, 'X-Blob'),
        Media: bound(STRING, 'X-Media', { mediaType: 'application/json' }),
        Texts: bound(list(STRING), 'X-Texts'),
        Numbers: bound(list(NUMBER), 'X-Numbers'),
        Times: bound(list(TIMES.default), 'X-Times'),
        Prefixed: [map(STRING), { httpPrefixHeaders: 'X-Pre-' }],
        InBody: STRING,
      },
      {
        headers: {
          'x-number': '-1.5',
          'x-boolean': 'true',
          'x-time': 'Thu, 29 Feb 2024 12:34:56 GMT',
          'x-iso': '2024-02-29T12:34:56Z',
          'x-seconds': '1709210096',
          'x-blob': 'AP8=',
          'x-media': Buffer.from('{"a":1}').toString('base64'),
          'x-texts': 'a, "b, \\"c\\"", d',
          'x-numbers': '1, 2',
          'x-times': 'Thu, 29 Feb 2024 12:34:56 GMT, Thu, 29 Feb 2024 12:34:56 GMT',
          'x-pre-one': '1',
          'x-pre-two': '2',
        },
        body: '{"InBody":"b","Number":"ignored"}',
      },
      (input) => input,
    );
    assert.deepEqual(received, {
      Number: -1.5,
      Boolean: true,
      Time: INSTANT,
      Iso: INSTANT,
      Seconds: INSTANT,
      Blob: Buffer.from([0, 255]),
      Media: '{"a":1}',
      Texts: ['a', 'b, "c"', 'd'],
      Numbers: [1, 2],
      Times: [INSTANT, INSTANT],
      Prefixed: { one: '1', two: '2' },
      InBody: 'b',
    });
    // What was read and answered again is what was sent.
    for (const [name, value] of Object.entries(answer.request)) assert.equal(answer.headers[name], value, name);
    assert.equal(answer.body, '{"InBody":"b"}');
  });

  test('queries: single values, lists, and maps of what no other member takes', async (t) => {
    const { received } = await exchange(
      t,
      'restJson1',
      {
        Time: [TIMES.default, { httpQuery: 'time' }],
        Flag: [BOOLEAN, { httpQuery: 'flag' }],
        Numbers: [list(NUMBER), { httpQuery: 'n' }],
        Rest: [map(list(STRING)), 64],
      },
      { query: '?time=2024-02-29T12:34:56Z&n=1&flag=false&n=2&x=a%20b&y=&x=c+d&__proto__=p' },
    );
    assert.deepEqual(
      { ...received, Rest: Object.entries(received.Rest as object) },
      {
        Time: INSTANT,
        Flag: false,
        Numbers: [1, 2],
        Rest: [
          ['x', ['a b', 'c d']],
          ['y', ['']],
          ['__proto__', ['p']],
        ],
      },
    );
  });

  test('a map of texts takes the first of several values', async (t) => {
    const { received } = await exchange(t, 'restJson1', { Rest: [map(STRING), 64] }, { query: '?x=1&x=2' });
    assert.deepEqual(received, { Rest: { x: '1' } });
  });

  test('a structure that is the body, and the same as an answer', async (t) => {
    const payload = { Whole: [structure({ A: NUMBER }, {}, 'Inner'), 16] };
    const json = await exchange(t, 'restJson1', payload, { body: '{"A":1}' }, (input) => input);
    assert.deepEqual([json.received, json.answer.body], [{ Whole: { A: 1 } }, '{"A":1}']);
    const xml = await exchange(t, 'restXml', payload, { body: '<Inner><A>1</A></Inner>' }, (input) => input);
    assert.deepEqual(xml.received, { Whole: { A: 1 } });
    assert.match(xml.answer.body, /<Inner><A>1<\/A><\/Inner>$/);
    const empty = await exchange(t, 'restXml', payload, {});
    assert.deepEqual(empty.received, {});
  });
});

describe('event streams in requests', () => {
  const events = union(
    {
      Chunk: structure({ Payload: [BLOB, { eventPayload: 1 }], Count: [NUMBER, { eventHeader: 1 }] }),
      Note: structure({ Text: STRING, At: [TIMES.default, { eventHeader: 1 }] }),
    },
    { streaming: 1 },
  );
  const shape = { Events: [events, 16] };
  const codec = new EventStreamCodec(
    (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
    (text) => Buffer.from(text, 'utf8'),
  );
  const chunk = codec.encode({
    headers: { ':event-type': { type: 'string', value: 'Chunk' }, Count: { type: 'integer', value: 3 } },
    body: Buffer.from([1, 2, 3]),
  });
  const note = codec.encode({
    headers: { ':event-type': { type: 'string', value: 'Note' }, At: { type: 'timestamp', value: INSTANT } },
    body: Buffer.from('{"Text":"✓"}'),
  });
  const unknown = codec.encode({ headers: { ':event-type': { type: 'string', value: 'Later' } }, body: Buffer.of() });

  test('arrive one by one, headers and payload read by their schema, unknown ones skipped', async (t) => {
    const read: unknown[] = [];
    await exchange(t, 'restJson1', shape, { body: Buffer.concat([chunk, unknown, note]) }, async ({ Events }) => {
      for await (const event of Events as AsyncIterable<unknown>) read.push(event);
      return {};
    });
    assert.deepEqual(read, [
      { Chunk: { Payload: Buffer.from([1, 2, 3]), Count: 3 } },
      { Note: { Text: '✓', At: INSTANT } },
    ]);
  });

  for (const [title, broken] of [
    ['one that breaks off', chunk.subarray(0, -1)],
    ['a wrong checksum', Buffer.concat([chunk.subarray(0, -1), Buffer.of(0)])],
    ['an impossible length', Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0])],
  ] as const) {
    test(`refuse ${title}`, async (t) => {
      const consume = async ({ Events }: Record<string, unknown>) => {
        for await (const _ of Events as AsyncIterable<unknown>) {
          // Only that it ends with an error matters.
        }
        return {};
      };
      const { answer } = await exchange(t, 'restJson1', shape, { body: Buffer.from(broken) }, consume);
      assert.deepEqual([answer.status, answer.headers['x-amzn-errortype']], [400, 'SerializationException']);
    });
  }
});

test('headers of events in answers', async (t) => {
  const events = union(
    { Chunk: structure({ Payload: [STRING, { eventPayload: 1 }], Flag: [BOOLEAN, { eventHeader: 1 }] }) },
    { streaming: 1 },
  );
  const { answer } = await exchange(t, 'restJson1', { Events: [events, 16] }, { body: '' }, () => ({
    Events: (async function* () {
      yield { Chunk: { Payload: 'text', Flag: true } };
    })(),
  }));
  assert.equal(answer.headers['content-type'], 'application/vnd.amazon.eventstream');
  assert.match(answer.body, /:event-type.*Chunk.*Flag.*text\/plain.*text/s);
});

/** Sends a body, expects it to be read as `value`, and `value` to be written as the same body. */
async function body(
  t: TestContext,
  protocol: ProtocolName,
  members: Record<string, unknown>,
  text: string,
  value: object,
): Promise<void> {
  const { received, answer } = await exchange(t, protocol, members, { body: text }, (input) => input);
  assert.deepEqual(received, value);
  assert.equal(answer.body, text);
}

async function exchange(
  t: TestContext,
  protocol: ProtocolName,
  members: Record<string, unknown>,
  request: { headers?: Record<string, string>; query?: string; body?: string | Buffer },
  handler: (input: Readonly<Record<string, unknown>>) => object | Promise<object> = () => ({}),
) {
  let received: Readonly<Record<string, unknown>> = {};
  const service: ServiceDefinition = {
    name: 'shapes',
    signingName: 'shapes',
    protocols: [protocol],
    load: () => ({
      Do$: [9, 'x', 'Do', { http: ['POST', '/do', 200] }, structure(members, {}, 'In'), structure(members, {}, 'Out')],
    }),
    handlers: {
      Do: (input) => {
        received = input;
        return handler(input);
      },
    },
  };
  const server = await serve(t, [service]);
  const answer = await raw(server, {
    path: `/do${request.query ?? ''}`,
    headers: { ...scope('shapes'), ...request.headers },
    body: request.body ?? '',
  });
  assert.deepEqual(server.errors, []);
  return { received, answer: { ...answer, request: request.headers ?? {} } };
}
