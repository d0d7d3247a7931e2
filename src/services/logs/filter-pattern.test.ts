// The patterns and events are those of AWS's "Filter pattern syntax", where it has some.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { filterPattern } from './filter-pattern.ts';

describe('terms', () => {
  test('an empty pattern matches every event', () => check('', 'anything', true));
  test('a quoted blank matches every event', () => check('" "', 'anything', true));
  test('a term is found inside a longer word', () => check('ERROR', 'Exiting with ERRORCODE: -1', true));
  test('case counts', () => check('ERROR', '[error] no', false));
  test('all terms must be there', () => {
    check('ERROR ARGUMENTS', '[ERROR 419] MISSING ARGUMENTS', true);
    check('ERROR ARGUMENTS', '[ERROR 400] BAD REQUEST', false);
  });
  test('one of the optional terms must be there', () => {
    check('?ERROR ?ARGUMENTS', '[ERROR 400] BAD REQUEST', true);
    check('?ERROR ?ARGUMENTS', 'MISSING ARGUMENTS', true);
    check('?ERROR ?ARGUMENTS', 'all is well', false);
  });
  test('optional terms are ignored beside others', () => {
    check('?ERROR ?ARGUMENTS REQUEST', '[INFO] REQUEST FAILED', true);
    check('?ERROR ?ARGUMENTS REQUEST', '[ERROR] 400', false);
  });
  test('a phrase is matched as it stands', () => {
    check('"INTERNAL SERVER ERROR"', '[ERROR 500] INTERNAL SERVER ERROR', true);
    check('"INTERNAL SERVER ERROR"', 'INTERNAL ERROR SERVER', false);
  });
  test('a quote inside a phrase is escaped', () => check('"say \\"hi\\""', 'they say "hi" twice', true));
  test('an excluded term must not be there', () => {
    check('ERROR -ARGUMENTS', '[ERROR 400] BAD REQUEST', true);
    check('ERROR -ARGUMENTS', '[ERROR 419] MISSING ARGUMENTS', false);
  });
  test('excluded terms stand alone, and may be phrases', () => {
    check('-ERROR -"time out"', 'fine', true);
    check('-ERROR -"time out"', 'a time out', false);
  });
  test('words of any script are terms', () => check('Größe', 'die Größe ist 5 übergroß', true));
  test('other characters need quotes', () => invalid('user@example.com'));
  test('an empty phrase is refused', () => invalid('""'));
  test('an open phrase is refused', () => invalid('"half'));
  test('a sign without a term is refused', () => invalid('ERROR -'));
  test('terms that touch are refused', () => invalid('"a""b"'));
});

describe('regular expressions', () => {
  test('a regular expression is found anywhere', () => check('%AUTHORIZED%', '[ERROR 401] UNAUTHORIZED REQUEST', true));
  test('anchors hold it to the ends', () => {
    check('%^[hc]at%', 'cat food', true);
    check('%^[hc]at%', 'the cat', false);
    check('%[hc]at$%', 'the cat', true);
    check('%[hc]at$%', 'cat food', false);
  });
  test('alternatives have anchors of their own', () => {
    check('%^starting|^initializing|^shutting down%', 'shutting down now', true);
    check('%^starting|^initializing|^shutting down%', 'skipping initializing', false);
  });
  test('a question mark makes a character optional', () => {
    check('%colou?r%', 'color', true);
    check('%colou?r%', 'colour', true);
    check('%colou?r%', 'colouur', false);
  });
  test('a count has two bounds', () => {
    check('%^a{3,5}$%', 'aa', false);
    check('%^a{3,5}$%', 'aaa', true);
    check('%^a{3,5}$%', 'aaaaa', true);
    check('%^a{3,5}$%', 'aaaaaa', false);
  });
  test('a count may lack a bound, or be exact', () => {
    check('%^a{2,}$%', 'aaaaaaa', true);
    check('%^a{,2}$%', 'aaa', false);
    check('%^a{2}$%', 'aa', true);
    check('%^a{2}$%', 'aaa', false);
    check('%^xa{0}y$%', 'xy', true);
  });
  test('star and plus', () => {
    check('%^ab*c$%', 'ac', true);
    check('%^ab+c$%', 'ac', false);
    check('%^ab+c$%', 'abbbc', true);
  });
  test('sets and their opposites', () => {
    check('%^[abcx-z]+$%', 'abyz', true);
    check('%^[abcx-z]+$%', 'abd', false);
    check('%ab[^c]%', 'aba', true);
    check('%ab[^c]%', 'abc', false);
    check('%^[a-]$%', '-', true);
  });
  test('classes', () => {
    check('%^\\d\\D\\w\\W\\s\\S$%', '1a_- x', true);
    check('%^\\d$%', 'a', false);
  });
  test('escapes', () => {
    check('%10\\.10\\.0\\.1%', 'from 10.10.0.1', true);
    check('%10\\.10\\.0\\.1%', 'from 10010,051', false);
    check('%\\x28x\\x29%', 'f(x)', true);
    check('%^\\[.\\]$%', '[7]', true);
  });
  test('a set that reads like a denial of service is answered at once', () =>
    check('%^a*a*a*a*a*a*a*a*a*b$%', 'a'.repeat(20_000), false));
  test('parentheses are not supported', () => invalid('%(a|b)%'));
  test('symbols outside the documented ones are refused', () => invalid('%something!%'));
  test('characters of several bytes are refused', () => invalid('%ü%'));
  test('an open set is refused', () => invalid('%[abc%'));
  test('a count without what it counts is refused', () => invalid('%*a%'));
  test('a count of millions is refused', () => invalid('%a{1,9999}{1,9999}%'));
  test('an open expression is refused', () => invalid('%abc'));
});

const TRAIL = JSON.stringify({
  eventType: 'UpdateTrail',
  sourceIPAddress: '111.111.111.111',
  arrayKey: ['value', 'another value'],
  objectList: [
    { name: 'a', id: 1 },
    { name: 'b', id: 2 },
  ],
  SomeObject: null,
  ThisFlag: true,
  'cluster.name': 'c',
  errorCode: 400,
  status: '404',
  latency: 12.5,
  big: 1000,
});
const PEOPLE = JSON.stringify({
  user: { id: 1, email: 'John.Stiles@example.com' },
  users: [
    { id: 2, email: 'John.Doe@example.com' },
    { id: 3, email: 'Jane.Doe@example.com' },
  ],
  actions: ['GET', 'PUT', 'DELETE'],
  coordinates: [
    [0, 1, 2],
    [4, 5, 6],
  ],
});

describe('JSON', () => {
  test('a text', () => {
    check('{ $.eventType = "UpdateTrail" }', TRAIL, true);
    check('{ $.eventType = UpdateTrail }', TRAIL, true);
    check('{$.eventType="Update"}', TRAIL, false);
  });
  test('a line break behind the object does not matter', () => check('{ $.errorCode = 400 }', `${TRAIL}\n`, true));
  test('wildcards in a text', () => {
    check('{ $.sourceIPAddress != 123.123.* }', TRAIL, true);
    check('{ $.sourceIPAddress = 111.* }', TRAIL, true);
    check('{ $.eventType = "*Trail" }', TRAIL, true);
    check('{ $.eventType = "U*ate*l" }', TRAIL, true);
    check('{ $.eventType = "U*x*l" }', TRAIL, false);
    check('{ $.eventType = * }', TRAIL, true);
  });
  test('an element', () => {
    check('{ $.arrayKey[0] = "value" }', TRAIL, true);
    check('{ $.objectList[1].id = 2 }', TRAIL, true);
    check('{ $.arrayKey[9] = "value" }', TRAIL, false);
    check('{ $.eventType[0] = "U" }', TRAIL, false);
  });
  test('any element, any property', () => {
    check('{ $.arrayKey[*] = %val.{2}% }', TRAIL, true);
    check('{ $.objectList[*].id = 2 }', TRAIL, true);
    check('{ $.objectList[*].id = 3 }', TRAIL, false);
    check('{ $.* = %111\\.111\\.111\\.1[0-9]{1,2}% }', TRAIL, true);
  });
  test('a property with a full stop in its name', () => {
    check('{ $.[\'cluster.name\'] = "c" }', TRAIL, true);
    check('{ $["cluster.name"] = "c" }', TRAIL, true);
  });
  test('numbers', () => {
    check('{ $.errorCode = 400 }', TRAIL, true);
    check('{ $.errorCode != 500 }', TRAIL, true);
    check('{ $.errorCode > 399 }', TRAIL, true);
    check('{ $.errorCode > 400 }', TRAIL, false);
    check('{ $.errorCode >= 400 && $.errorCode <= 400 }', TRAIL, true);
    check('{ $.latency < 12.6 }', TRAIL, true);
    check('{ $.big = 1e+3 }', TRAIL, true);
    check('{ $.big != 1e-3 }', TRAIL, true);
    check('{ $.latency > -5 }', TRAIL, true);
  });
  test('a wildcard over numbers', () => check('{ $.errorCode = 4* }', TRAIL, true));
  test('a number written as a text', () => check('{ $.status = 404 }', TRAIL, true));
  test('IS', () => {
    check('{ $.SomeObject IS NULL }', TRAIL, true);
    check('{ $.ThisFlag IS TRUE }', TRAIL, true);
    check('{ $.ThisFlag IS FALSE }', TRAIL, false);
    check('{ $.eventType IS NULL }', TRAIL, false);
  });
  test('NOT EXISTS', () => {
    check('{ $.SomeOtherObject NOT EXISTS }', TRAIL, true);
    check('{ $.SomeObject NOT EXISTS }', TRAIL, false);
  });
  test('objects and lists match no comparison, not even the opposite', () => {
    check('{ $.arrayKey = "value" }', TRAIL, false);
    check('{ $.arrayKey != "value" }', TRAIL, false);
  });
  test('a property that is missing matches no comparison', () => check('{ $.nothing != 1 }', TRAIL, false));
  test('and', () => check('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', PEOPLE, true));
  test('and binds closer than or', () => {
    const or = '$.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch"';
    check(`{ ${or} && $.actions[2] = "nonmatch" }`, PEOPLE, true);
    check(`{ (${or}) && $.actions[2] = "nonmatch" }`, PEOPLE, false);
    check('{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', PEOPLE, false);
  });
  test('a line that is not JSON does not match', () => {
    check('{ $.a = 1 }', 'plain', false);
    check('{ $.a = 1 }', '{ a: 1 }', false);
    check('{ $.a NOT EXISTS }', 'plain', false);
  });
  test('names of Object.prototype are not properties', () => check('{ $.constructor NOT EXISTS }', '{}', true));
  test('malformed patterns are refused', () => {
    invalid('{ $.a = 1');
    invalid('{ $.a = 1 } x');
    invalid('{ $.a }');
    invalid('{ $.a = }');
    invalid('{ a = 1 }');
    invalid('{ $ = 1 }');
    invalid('{ $.a = 1 && }');
    invalid('{ ($.a = 1 }');
    invalid('{ $.a > abc }');
    invalid('{ $.a IS NOT NULL }');
    invalid('{ $.a EXISTS }');
    invalid('{ $.a = user@example.com }');
    invalid('{}');
  });
  test('one wildcard in a selector, three in a pattern', () => {
    check('{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 }', '{"c":[1]}', true);
    invalid('{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 || $.d[*] = 1 }');
    invalid('{ $.a[*].b[*] = 1 }');
  });
  test('two regular expressions in a pattern', () => {
    check('{ $.a = %x% || $.b = %y% }', '{"b":"y"}', true);
    invalid('{ $.a = %x% || $.b = %y% || $.c = %z% }');
  });
  test('parentheses nested without end are refused', () => invalid(`{ ${'('.repeat(1_000)}`));
});

const ACCESS = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';

describe('fields between blanks', () => {
  test('every field by its place', () => {
    check('[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]', ACCESS, true);
    check(
      '[ip=%127\\.0\\.0\\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]',
      ACCESS,
      true,
    );
    check('[ip, user, username, timestamp, request, status_code = 200, bytes]', ACCESS, false);
  });
  test('numbers', () => {
    check('[ip, user, username, timestamp, request, status_code, bytes > 1000]', ACCESS, true);
    check('[ip, user, username, timestamp, request, status_code, bytes > 1534]', ACCESS, false);
  });
  test('an ellipsis stands for any number of fields', () => {
    check('[..., request =*.html*, status_code = 4*, bytes]', ACCESS, true);
    check('[ip, ..., status_code = 404, bytes]', ACCESS, true);
    check('[ip = 127.0.0.1, ...]', ACCESS, true);
    check('[..., bytes = 404]', ACCESS, false);
    check('[ip, user, username, timestamp, request, status_code, bytes, ...]', ACCESS, true);
  });
  test('conditions of one field', () => {
    check('[..., status_code = 404 || status_code = 410, bytes]', ACCESS, true);
    check('[..., status_code = 4* && status_code != 404, bytes]', ACCESS, false);
  });
  test('the last field takes the rest of the line', () => {
    check('[w1=ERROR, w2]', 'ERROR 09/25/2014 12:00:02 Failed to process request', true);
    check('[w1=ERROR, w2]', 'WARNING 09/25/2014 12:00:02 Invalid user request', false);
    check('[w1=ERROR || w1=WARNING, w2]', 'WARNING 09/25/2014 12:00:02 Invalid user request', true);
    check('[w1!=ERROR && w1!=WARNING, w2]', 'INFO 09/25/2014 12:00:00 GET /service/resource/67 1200', true);
    check('[w1=!ERROR&&w1=!WARNING, w2]', 'ERROR 09/25/2014', false);
  });
  test('a line with fewer fields does not match', () => check('[a, b, c]', 'only two', false));
  test('a regular expression for a field', () => {
    const line = 'INFO 09/25/2014 12:00:00 GET /service/resource/67 1200';
    check('[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]', line, true);
    check('[logLevel, date, time, method, url=%/service/resource/[0-9]+/part/[0-9]+$%, response_time]', line, false);
  });
  test('a REPORT line of Lambda', () =>
    check(
      '[report=REPORT, ..., used_label="Used:", used > 30, unit]',
      'REPORT RequestId: x\tDuration: 1.00 ms\tMax Memory Used: 36 MB\t\n',
      true,
    ));
  test('malformed patterns are refused', () => {
    invalid('[a, b');
    invalid('[a, b] c');
    invalid('[a = ]');
    invalid('[..., a, ...]');
    invalid('[a > x]');
    invalid('[ip, status_code = 4* && bytes > 1000]');
  });
});

function check(pattern: string, message: string, expected: boolean): void {
  const matches = filterPattern(pattern);
  assert.ok(matches, `${pattern} is malformed`);
  assert.equal(matches(message), expected, `${pattern} on ${message.slice(0, 200)}`);
}

function invalid(pattern: string): void {
  assert.equal(filterPattern(pattern), undefined, pattern);
}
