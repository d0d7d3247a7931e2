// AWS's models of APIs, as the newest botocore carries them. The JavaScript SDK's schemas are made from the same
// models, but leave out their lengths, ranges and patterns.
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasProgram, isUnreachable, run } from './runtime-client-builds.ts';

/** The release whose models the tables of constraints follow. */
const BOTOCORE = '1.44.5';

export interface BotocoreModel {
  readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, BotocoreShape>>;
}

export interface BotocoreShape {
  readonly type: string;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
}

const EXTRACT = `
import glob, gzip, json, sys, zipfile
wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + '/*.whl')[0])
models = {}
for api in ['lambda/2015-03-31', 'iam/2010-05-08', 'sts/2011-06-15', 'logs/2014-03-28', 'scheduler/2021-06-30']:
    models[api.split('/')[0]] = json.loads(gzip.decompress(wheel.read('botocore/data/' + api + '/service-2.json.gz')))
json.dump(models, open(sys.argv[2], 'w'))
`;

export type BotocoreModels = Readonly<Record<'lambda' | 'iam' | 'sts' | 'logs' | 'scheduler', BotocoreModel>>;

/** Fetched once and kept under the user's cache; or why they are not to be had. */
export async function apiModels(): Promise<BotocoreModels | { leftOut: string }> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lambent-test');
  const kept = join(cache, `botocore-${BOTOCORE}-lambda-iam-sts-logs-scheduler.json`);
  if (!existsSync(kept)) {
    if (!(await hasProgram('python3'))) return { leftOut: 'there is no python3 here' };
    const directory = await mkdtemp(join(tmpdir(), 'lambent-botocore-'));
    try {
      const quiet = ['--quiet', '--disable-pip-version-check', '--no-cache-dir', '--retries', '1'];
      const wanted = ['--no-deps', '--only-binary=:all:', '--dest', directory, `botocore==${BOTOCORE}`];
      await run('python3', ['-m', 'pip', 'download', ...quiet, ...wanted], directory);
      const fresh = join(directory, 'models.json');
      await run('python3', ['-c', EXTRACT, directory, fresh], directory);
      mkdirSync(cache, { recursive: true });
      // Other runs may do the same: whoever renames last has the same file.
      const temporary = join(cache, `.${process.pid}-botocore`);
      await run('cp', [fresh, temporary], directory);
      renameSync(temporary, kept);
    } catch (error) {
      if (isUnreachable(error)) return { leftOut: `botocore ${BOTOCORE} cannot be fetched` };
      throw error;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  return JSON.parse(readFileSync(kept, 'utf8'));
}
