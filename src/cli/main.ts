import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultDataDir } from './data-dir.ts';

/** The `lambent` command: noun, then verb. Each command's code is loaded only when it is used. */
const program = new Command('lambent')
  .description('AWS Lambda that you own: the same API, runtimes, events and tools, on your own machines.')
  .showHelpAfterError('(see lambent --help)')
  .configureHelp({ showGlobalOptions: true });

const dataDir = () => new Option('--data-dir <dir>', 'where everything is kept').default(defaultDataDir());
const account = () => new Option('--account <id>', 'whose key is used, of those that "lambent account list" shows');
const port = () => new Option('--port <number>', 'port of the endpoint').default(4566).argParser(portNumber);

program
  .command('serve')
  .description('run the server until it is told to stop')
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .addOption(port())
  .addOption(dataDir())
  .addOption(
    new Option('--auth <mode>', 'check signatures, or accept any key')
      .choices(['enforced', 'relaxed'])
      .default('enforced'),
  )
  .option('--check-roles', 'refuse roles that do not exist, or that do not trust Lambda', false)
  .addOption(
    // A password on the command line is seen by everybody on the machine.
    new Option('--smtp-relay <url>', 'send mail by smtp://user:password@host:587?from=news@example.com').env(
      'LAMBENT_SMTP_RELAY',
    ),
  )
  .addOption(
    new Option('--smtp-port <number>', 'take letters by SMTP: those that come in, and those that go out').argParser(
      portNumber,
    ),
  )
  .addOption(
    new Option(
      '--mail-domain <domain[=account]>',
      'a domain that an account owns: it sends from there, and receives there',
    )
      .default([], 'none')
      .argParser(mailDomain),
  )
  .addOption(
    new Option(
      '--service-endpoint <service=url>',
      'where queues or topics are that mappings read and that is delivered to, instead of here: sqs=URL, sns=URL',
    )
      .default({}, 'this server')
      .argParser(serviceEndpoint),
  )
  .option('--signing-roots <file>', 'PEM certificates of the authorities whose signatures of code are believed')
  .addOption(
    new Option('--sandbox <kind>', 'how functions are isolated')
      .choices(['auto', 'bubblewrap', 'process'])
      .default('auto'),
  )
  .addOption(new Option('--pool <count>', 'sandboxes kept waiting for each runtime in use').default(2).argParser(count))
  .addOption(new Option('--keep-alive <seconds>', 'how long an idle environment is kept').default(600).argParser(count))
  .addOption(
    new Option('--account-concurrency <count>', 'invocations that may run at once in a region, over all functions')
      .default(1_000)
      .argParser(count),
  )
  .addOption(
    new Option('--code-storage <gib>', 'GiB that the code of functions, versions and layers may take in a region')
      .default(75)
      .argParser(decimal),
  )
  .addOption(
    new Option('--log-storage <gib>', 'GiB that all logs may take; the oldest go when there are more')
      .default(10)
      .argParser(decimal),
  )
  .addOption(
    new Option('--inactive-after <days>', 'when a function that nobody uses becomes Inactive; 0: never')
      .default(14)
      .argParser(decimal),
  )
  .addOption(
    new Option('--event-retry <seconds>', 'until a failed event is tried again; after its second error twice as long')
      .env('LAMBENT_EVENT_RETRY')
      .default(60)
      .argParser(decimal),
  )
  .addOption(new Option('--log-level <level>').choices(['debug', 'info', 'warn', 'error']).default('info'))
  .action(async (options) => (await import('./serve.ts')).serve(options));

program
  .command('env')
  .description('print what AWS tools need to reach this server, as shell exports')
  .addOption(account())
  .addOption(dataDir())
  .addOption(port())
  .action(async (options) => (await import('./env.ts')).env(options));

program
  .command('doctor')
  .description('tell what this host can do, what is missing, and how to get it')
  .action(async () => (await import('./doctor.ts')).doctor());

const accounts = program.command('account').description('accounts, each with functions and a root key of its own');
accounts
  .command('list')
  .description('show the accounts')
  .addOption(dataDir())
  .action(async (options) => (await import('./account.ts')).list(options));
accounts
  .command('add')
  .argument('<id>', '12 digits')
  .description('make an account and its root key')
  .addOption(dataDir())
  .action(async (id: string, options) => (await import('./account.ts')).add(id, options));
accounts
  .command('remove')
  .argument('<id>', '12 digits')
  .description('remove an account that has no functions, layers and event source mappings any more')
  .addOption(dataDir())
  .action(async (id: string, options) => (await import('./account.ts')).remove(id, options));

accounts
  .command('smtp')
  .argument('[id]', '12 digits', '000000000000')
  .description('print the name and the password with which mail programs of an account sign in (serve --smtp-port)')
  .option('--region <region>', 'from where letters are sent', 'us-east-1')
  .addOption(dataDir())
  .action(async (id: string, options) => (await import('./account.ts')).smtp(id, options));

const runtime = program.command('runtime').description('the language runtimes of this machine');
runtime
  .command('list')
  .description('show which runtimes are ready')
  .action(async () => (await import('./runtime.ts')).listRuntimes());
runtime
  .command('add')
  .argument('<name>', 'for example nodejs22.x')
  .description('install a runtime')
  .option('--path <file>', 'run it on this interpreter of the machine instead, whatever its version')
  .action(async (name: string, options) => (await import('./runtime.ts')).addRuntime(name, options));
runtime
  .command('remove')
  .argument('<name>', 'for example ruby3.2')
  .description('no longer use the interpreter that was named with --path')
  .action(async (name: string) => (await import('./runtime.ts')).removeRuntime(name));

const logs = program.command('logs').description("the functions' logs");
logs
  .command('tail')
  .argument('<function>', 'name of the function')
  .description('print what a function logged')
  .option('-f, --follow', 'go on until stopped', false)
  .option('--since <duration>', 'how far back to start: 30s, 10m, 2h, 1d', '10m')
  .option('--filter-pattern <pattern>', "CloudWatch Logs' filter pattern")
  .addOption(account())
  .addOption(dataDir())
  .addOption(port())
  .action(async (name: string, options) => (await import('./logs.ts')).tail(name, options));

try {
  await program.parseAsync();
} catch (error) {
  const { userText } = await import('./user-text.ts');
  process.stderr.write(`lambent: ${userText(error)}\n`);
  process.exitCode = 1;
}

function portNumber(text: string): number {
  const value = count(text);
  if (value > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return value;
}

/** `sqs=https://sqs.eu-west-1.amazonaws.com` */
function serviceEndpoint(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, service, url = ''] = /^(\w+)=(.*)$/.exec(text) ?? [];
  if ((service !== 'sqs' && service !== 'sns') || !/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new InvalidArgumentError(
      'It is written as sqs=URL or sns=URL, for example sqs=http://queues.example.com:4566.',
    );
  }
  return { ...before, [service]: url };
}

type MailDomain = { readonly domain: string; readonly account: string };

/** `example.com`, which belongs to the first account, or `example.com=111122223333`. */
function mailDomain(text: string, before: readonly MailDomain[]): readonly MailDomain[] {
  const [, domain, account] = /^((?:[a-z0-9-]+\.)+[a-z0-9-]+)(?:=(\d{12}))?$/i.exec(text) ?? [];
  if (domain === undefined) {
    throw new InvalidArgumentError('It is written as DOMAIN or DOMAIN=ACCOUNT, for example example.com=111122223333.');
  }
  return [...before, { domain: domain.toLowerCase(), account: account ?? '000000000000' }];
}

function decimal(text: string): number {
  if (!/^\d{1,5}(\.\d{1,9})?$/.test(text)) throw new InvalidArgumentError('This is not a number.');
  return Number(text);
}

function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('This is not a whole number.');
  return Number(text);
}
