import { invalid } from './refusal-to-aws.ts';

/** In the order of AWS's error text, as recorded (lambda-facts 3.5). */
const LISTED = [
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

/** AWS has SnapStart for these only (lambda-facts 3.7). */
export function hasSnapStart(runtime: string): boolean {
  return SNAP_START.includes(runtime);
}
