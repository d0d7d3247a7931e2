import { invalid } from './refusal-to-aws.ts';

/** In the order of AWS's error text, as recorded (lambda-facts 3.5). */
export const LISTED = [
  'nodejs20.x',
  'python3.14',
  'provided.al2023',
  'python3.12',
  'python3.13',
  'nodejs24.x',
  'nodejs22.x',
  'java25',
  'python3.10',
  'python3.11',
  'java21',
  'ruby3.3',
  'ruby3.4',
  'ruby3.2',
  'python3.8',
  'python3.9',
  'java17',
  'nodejs16.x',
  'dotnet10',
  'dotnet8',
  'java11',
  'dotnet6',
  'nodejs18.x',
  'provided.al2',
  'java8.al2',
];

/** Newer than that recording: the API's model of 2026 has them. */
const NEWER = ['java8.al2023', 'java11.al2023', 'java17.al2023', 'nodejs26.x', 'python3.15', 'ruby4.0'];

const DEPRECATED = [
  'dotnetcore1.0',
  'dotnetcore2.0',
  'dotnetcore2.1',
  'dotnetcore3.1',
  'go1.x',
  'java8',
  'nodejs',
  'nodejs4.3',
  'nodejs4.3-edge',
  'nodejs6.10',
  'nodejs8.10',
  'nodejs10.x',
  'nodejs12.x',
  'nodejs14.x',
  'provided',
  'python2.7',
  'python3.6',
  'python3.7',
  'ruby2.5',
  'ruby2.7',
];

/** What ListLayers says it takes: a text of AWS's, as recorded in January 2026, with names that never were public (lambda-facts 14). */
export const LAYER_RUNTIMES = [
  'ruby3.5',
  'ruby2.6',
  'dotnetcore1.0',
  'python3.7',
  'nodejs8.10',
  'nasa',
  'ruby2.7',
  'python2.7-greengrass',
  'dotnetcore2.0',
  'python3.8',
  'java21',
  'dotnet6',
  'dotnetcore2.1',
  'python3.9',
  'java11',
  'nodejs6.10',
  'provided',
  'dotnetcore3.1',
  'dotnet8',
  'java25',
  'java17',
  'nodejs',
  'nodejs4.3',
  'java8.al2',
  'go1.x',
  'dotnet10',
  'nodejs20.x',
  'go1.9',
  'byol',
  'nodejs10.x',
  'provided.al2023',
  'nodejs22.x',
  'python3.10',
  'java8',
  'nodejs12.x',
  'python3.11',
  'nodejs24.x',
  'nodejs8.x',
  'python3.12',
  'nodejs14.x',
  'nodejs8.9',
  'nodejs26.x',
  'python3.13',
  'python3.14',
  'nodejs16.x',
  'python3.15',
  'provided.al2',
  'nodejs4.3-edge',
  'nodejs18.x',
  'ruby3.2',
  'python3.4',
  'ruby3.3',
  'ruby3.4',
  'ruby2.5',
  'python3.6',
  'python2.7',
];

/** All that AWS knows, or knew. */
export const RUNTIMES: readonly string[] = [...LISTED, ...NEWER, ...DEPRECATED];

/** Throws AwsError for a runtime that a function cannot have; whether it is installed here is another question. */
export function assertRuntime(runtime: string): void {
  if (LISTED.includes(runtime) || NEWER.includes(runtime)) return;
  if (DEPRECATED.includes(runtime)) {
    throw invalid(
      `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`,
    );
  }
  throw invalid(
    `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${LISTED.join(', ')}] or be a valid ARN`,
  );
}

const SNAP_START = ['java11', 'java17', 'java21', 'java25', 'python3.12', 'python3.13', 'dotnet8', 'dotnet10'];

const SNAP_START_EPHEMERAL_MB_MAX = 512; // AWS: documented limit of SnapStart.

/** Throws AwsError for what cannot be together with SnapStart (lambda-facts 3.7; AWS's text on ephemeral storage is not recorded). */
export function assertSnapStart(settings: {
  runtime: string;
  ephemeralMb: number;
  snapStart?: boolean | undefined;
}): void {
  if (settings.snapStart !== true) return;
  if (!SNAP_START.includes(settings.runtime)) {
    throw invalid(`${settings.runtime} is not supported for SnapStart enabled functions.`);
  }
  if (settings.ephemeralMb > SNAP_START_EPHEMERAL_MB_MAX) {
    throw invalid(
      `Ephemeral storage greater than ${SNAP_START_EPHEMERAL_MB_MAX} MB is not supported for SnapStart enabled functions.`,
    );
  }
}
