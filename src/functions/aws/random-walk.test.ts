// Several clients do at random what clients do to a few functions, all at the same time; the seed is in the test's name.
//
// What is stored is seen as registers: a function's description, its reserved concurrency, an alias, a tag, a statement, a
// version. Each acknowledged answer is a write to some of them, from when it was asked for to when it was answered. In the
// end a register must hold what one of its last writes wrote: one that no other acknowledged write came wholly after. What
// was refused has written nothing. The state must be the same after a restart.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { generator } from '../../lib/testing/random.ts';
import { noteNothing } from '../../wire/testing/seen-answers.ts';
import { type LambdaClient, nodeFunction, serveLambda } from './testing/lambda-client.ts';

noteNothing();

const SEEDS = [1, 2, 3];
const CLIENTS = 4;
const STEPS = 60;
const FUNCTIONS = ['a', 'b', 'c'];
const ALIASES = ['live', 'next'];
const VERSIONS = ['1', '2', '3', '4'];
const KEYS = ['k', 'l'];
const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function';

/** Refusals that such calls may meet; an internal error is none of them. */
const EXPECTED = ['ResourceNotFoundException', 'ResourceConflictException', 'InvalidParameterValueException'];

interface Write {
  readonly value: string | undefined;
  readonly from: number;
  readonly to: number;
}

type Writes = Readonly<Record<string, string | undefined>>;

/** One thing that a client does: what it writes when it is acknowledged. */
interface Step {
  readonly call: () => Promise<{ Version?: string | undefined }>;
  readonly writes: (answer: { Version?: string | undefined }) => Writes;
}

for (const seed of SEEDS) {
  test(`what several clients do at random ends as they were told (seed ${seed})`, async (t) => {
    const prepareRandom = generator(seed);
    const { lambda, idle, restart } = await serveLambda(t, {
      // So that changes are under way when others come.
      prepare: async () => {
        await sleep(Math.floor(prepareRandom() * 4));
        return { ok: true };
      },
    });
    const registers = new Map<string, Write[]>();
    let now = 0;
    let acknowledged = 0;
    const zip = (await nodeFunction('a')).Code.ZipFile;

    const walk = async (client: number) => {
      const random = generator(seed * 100 + client);
      for (let count = 0; count < STEPS; count += 1) {
        const step = nextStep(lambda, random, `${client}-${count}`, zip);
        const from = ++now;
        const answer = await step.call().catch((error: Error) => error);
        const to = ++now;
        if (answer instanceof Error) {
          assert.ok(EXPECTED.includes(answer.name), `${answer.name}: ${answer.message}`);
          continue;
        }
        acknowledged += 1;
        for (const [register, value] of Object.entries(step.writes(answer))) {
          registers.set(register, [...(registers.get(register) ?? []), { value, from, to }]);
        }
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, client) => walk(client)));
    await idle();

    assert.ok(acknowledged > (CLIENTS * STEPS) / 4, `only ${acknowledged} were acknowledged`);
    const end = await stateOf(lambda);
    for (const [register, writes] of registers) {
      const last = writes.filter((one) => !writes.some((other) => other.from > one.to)).map(({ value }) => value);
      assert.ok(last.includes(end[register]), `${register} is ${end[register]}, and not one of ${last}`);
    }
    const unwritten = Object.keys(end).filter((register) => !registers.has(register));
    assert.deepEqual(unwritten, [], 'it is there, and nobody was told so');

    const { AccountLimit, AccountUsage } = await lambda.getAccountSettings();
    const there = Object.keys(end);
    const reserved = there.filter((register) => register.includes('reserved')).map((register) => Number(end[register]));
    assert.equal(AccountLimit?.UnreservedConcurrentExecutions, 1000 - reserved.reduce((sum, one) => sum + one, 0));
    const functions = there.filter((register) => register.endsWith('description')).length;
    const versions = there.filter((register) => register.includes(' version ')).length;
    assert.equal(AccountUsage?.FunctionCount, functions);
    assert.equal(AccountUsage?.TotalCodeSize, (functions + versions) * zip.length);

    const again = await restart();
    await again.idle();
    assert.deepEqual(await stateOf(again.lambda), end);
  });
}

function nextStep(lambda: LambdaClient, random: () => number, unique: string, zip: Uint8Array): Step {
  const one = <T>(list: readonly T[]): T => {
    const chosen = list[Math.floor(random() * list.length)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  };
  const FunctionName = one(FUNCTIONS);
  const Name = one(ALIASES);
  const Key = one(KEYS);
  const version = one(VERSIONS);
  const reserved = Math.floor(random() * 400);
  const Resource = `${ARN}:${FunctionName}`;
  const Description = `by ${unique}`;
  const alias = `${FunctionName} alias ${Name}`;
  const steps: readonly Step[] = [
    {
      call: async () => lambda.createFunction({ ...(await nodeFunction(FunctionName, zip)), Description }),
      writes: () => ({ [`${FunctionName} description`]: Description }),
    },
    {
      call: () => lambda.updateFunctionConfiguration({ FunctionName, Description }),
      writes: () => ({ [`${FunctionName} description`]: Description }),
    },
    {
      call: () => lambda.publishVersion({ FunctionName }),
      writes: ({ Version }) => ({ [`${FunctionName} version ${Version}`]: 'there' }),
    },
    {
      call: async () => ({ ...(await lambda.deleteFunction({ FunctionName, Qualifier: version })), Version: version }),
      writes: () => ({ [`${FunctionName} version ${version}`]: undefined }),
    },
    {
      call: () => lambda.createAlias({ FunctionName, Name, FunctionVersion: '$LATEST', Description }).then(none),
      writes: () => ({ [alias]: Description }),
    },
    {
      call: () => lambda.updateAlias({ FunctionName, Name, Description }).then(none),
      writes: () => ({ [alias]: Description }),
    },
    {
      call: () => lambda.deleteAlias({ FunctionName, Name }).then(none),
      writes: () => ({ [alias]: undefined }),
    },
    {
      call: () => lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: reserved }).then(none),
      writes: () => ({ [`${FunctionName} reserved`]: String(reserved) }),
    },
    {
      call: () => lambda.deleteFunctionConcurrency({ FunctionName }).then(none),
      writes: () => ({ [`${FunctionName} reserved`]: undefined }),
    },
    {
      call: () => lambda.tagResource({ Resource, Tags: { [Key]: unique } }).then(none),
      writes: () => ({ [`${FunctionName} tag ${Key}`]: unique }),
    },
    {
      call: () => lambda.untagResource({ Resource, TagKeys: [Key] }).then(none),
      writes: () => ({ [`${FunctionName} tag ${Key}`]: undefined }),
    },
    {
      call: () =>
        lambda
          .addPermission({ FunctionName, StatementId: Key, Action: 'lambda:*', Principal: 's3.amazonaws.com' })
          .then(none),
      writes: () => ({ [`${FunctionName} statement ${Key}`]: 'there' }),
    },
    {
      call: () => lambda.removePermission({ FunctionName, StatementId: Key }).then(none),
      writes: () => ({ [`${FunctionName} statement ${Key}`]: undefined }),
    },
  ];
  // A function is deleted now and then only, or nothing would ever come of it.
  if (random() < 0.04) {
    return {
      call: () => lambda.deleteFunction({ FunctionName }).then(none),
      writes: () => Object.fromEntries(registersOf(FunctionName).map((register) => [register, undefined])),
    };
  }
  return one(steps);
}

const none = () => ({});

/** All that goes with a function. */
function registersOf(name: string): string[] {
  return [
    `${name} description`,
    `${name} reserved`,
    ...ALIASES.map((alias) => `${name} alias ${alias}`),
    ...KEYS.flatMap((key) => [`${name} tag ${key}`, `${name} statement ${key}`]),
    ...Array.from({ length: CLIENTS * STEPS }, (_, index) => `${name} version ${index + 1}`),
  ];
}

/** The registers that hold something, as a client sees them. */
async function stateOf(lambda: LambdaClient): Promise<Record<string, string | undefined>> {
  const state: Record<string, string | undefined> = {};
  for (const { FunctionName = '', Description } of (await lambda.listFunctions()).Functions ?? []) {
    state[`${FunctionName} description`] = Description;
    const { ReservedConcurrentExecutions: reserved } = await lambda.getFunctionConcurrency({ FunctionName });
    if (reserved !== undefined) state[`${FunctionName} reserved`] = String(reserved);
    for (const alias of (await lambda.listAliases({ FunctionName })).Aliases ?? []) {
      state[`${FunctionName} alias ${alias.Name}`] = alias.Description;
    }
    const { Tags = {} } = await lambda.listTags({ Resource: `${ARN}:${FunctionName}` });
    for (const [key, value] of Object.entries(Tags)) state[`${FunctionName} tag ${key}`] = value;
    for (const { Version } of (await lambda.listVersionsByFunction({ FunctionName })).Versions?.slice(1) ?? []) {
      state[`${FunctionName} version ${Version}`] = 'there';
    }
    // A function without permissions has no policy to get.
    const { Policy = '{"Statement":[]}' } = (await lambda.getPolicy({ FunctionName }).catch(none)) as {
      Policy?: string;
    };
    for (const { Sid } of (JSON.parse(Policy) as { Statement: { Sid: string }[] }).Statement) {
      state[`${FunctionName} statement ${Sid}`] = 'there';
    }
  }
  return state;
}
