import { createHash } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { chmod, copyFile, link, mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { serial } from '../../lib/serial.ts';
import type { CodeStore } from './code-store.ts';
import { keep } from './kept.ts';
import { linkLeaves } from './plan.ts';

/**
 * Layers laid over each other, as they appear at `/opt`: a directory for each list of layers, made of hard links to the
 * files of the unpacked layers, so that it costs no space. It can always be made again, and goes when nobody holds it.
 */
export interface LayerStacks extends AsyncDisposable {
  /** Keeps these layers, which are there, and what is made of them, until disposed. */
  hold(digests: readonly string[]): Disposable;
  /** The directory with the layers, the last one on top; undefined for none. Of a single layer, its own. */
  directory(digests: readonly string[]): Promise<string | undefined>;
  /** Removes every directory that nobody holds: what a crash left over. */
  sweep(): Promise<void>;
  /** Resolves when the removals that have begun are done. */
  idle(): Promise<void>;
}

export interface LayerStacksOptions {
  readonly code: CodeStore;
  /** A directory on the file system of the unpacked layers, whose content is ours alone. */
  readonly root: string;
  /** Told of removals that failed; the next start tries again. */
  readonly onError: (error: unknown) => void;
}

export async function openLayerStacks({ code, root, onError }: LayerStacksOptions): Promise<LayerStacks> {
  const unfinished = join(root, 'unfinished');
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });

  const oneAtATime = serial();
  let temporaries = 0;
  const stacks = keep({
    oneAtATime,
    onError,
    remove: async (name) => {
      const path = join(root, name);
      if (!existsSync(path)) return;
      // First out of the way, and at once: somebody may ask for it while it goes, and half of it is not it.
      temporaries += 1;
      const going = join(unfinished, String(temporaries));
      renameSync(path, going);
      await rm(going, { recursive: true, force: true });
    },
  });

  const make = async (digests: readonly string[], path: string): Promise<void> => {
    temporaries += 1;
    const draft = join(unfinished, String(temporaries));
    try {
      const tree: Tree = new Map();
      for (const digest of digests) await lay(await code.directory(digest), tree);
      await write(tree, draft, await linksWithin(tree));
      await rename(draft, path);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  };

  const hold = (digests: readonly string[]): Disposable => {
    const held = new DisposableStack();
    for (const digest of digests) held.use(code.hold(digest));
    if (digests.length > 1) held.use(stacks.hold(nameOf(digests)));
    return held;
  };

  return {
    hold,
    async directory(digests) {
      const [only] = digests;
      if (only === undefined) return undefined;
      if (digests.length === 1) return code.directory(only);
      const name = nameOf(digests);
      const path = join(root, name);
      if (existsSync(path)) return path;
      await oneAtATime(name, async () => {
        if (existsSync(path)) return;
        using _ = hold(digests);
        await make(digests, path);
      });
      return path;
    },
    async sweep() {
      for (const name of await readdir(root)) {
        if (join(root, name) !== unfinished) stacks.letGo(name);
      }
      await stacks.idle();
    },
    idle: stacks.idle,
    [Symbol.asyncDispose]: stacks[Symbol.asyncDispose],
  };
}

function nameOf(digests: readonly string[]): string {
  return createHash('sha256').update(digests.join('\n')).digest('hex');
}

type Tree = Map<string, TreeNode>;
type TreeNode =
  | { readonly kind: 'directory'; readonly children: Tree }
  /** Where it is in the unpacked layer. */
  | { readonly kind: 'file' | 'link'; readonly source: string };

/** Lays a layer's directory over what is there: directories are joined, of everything else the newer one counts. */
async function lay(directory: string, tree: Tree): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const source = join(directory, entry.name);
    if (!entry.isDirectory()) {
      tree.set(entry.name, { kind: entry.isSymbolicLink() ? 'link' : 'file', source });
      continue;
    }
    const below = tree.get(entry.name);
    const children: Tree = below?.kind === 'directory' ? below.children : new Map();
    tree.set(entry.name, { kind: 'directory', children });
    await lay(source, children);
  }
}

/**
 * Targets of the links, by path. Each layer's links stay within it, but one that passed through a link of its own layer
 * may step out when another layer puts a directory in that place: it would lead to nothing of a layer, and is left out.
 */
async function linksWithin(tree: Tree): Promise<ReadonlyMap<string, string>> {
  const targets = new Map<string, string>();
  const collect = async (below: Tree, path: string): Promise<void> => {
    for (const [name, node] of below) {
      if (node.kind === 'directory') await collect(node.children, `${path}${name}/`);
      else if (node.kind === 'link') targets.set(`${path}${name}`, await readlink(node.source));
    }
  };
  await collect(tree, '');
  return new Map([...targets].filter(([path]) => !linkLeaves(path, targets)));
}

/** Everything is new below `root`, so nothing is ever written through a link. */
async function write(tree: Tree, root: string, links: ReadonlyMap<string, string>, path = ''): Promise<void> {
  await mkdir(root);
  await chmod(root, 0o755); // The process's umask may have taken rights away.
  const here = [...tree].map(async ([name, node]) => {
    const target = join(root, name);
    if (node.kind === 'file') await linkOrCopy(node.source, target);
    const leadsTo = links.get(`${path}${name}`);
    if (node.kind === 'link' && leadsTo !== undefined) await symlink(leadsTo, target);
  });
  // All have to be done before the caller may remove what they write to.
  for (const outcome of await Promise.allSettled(here)) if (outcome.status === 'rejected') throw outcome.reason;
  for (const [name, node] of tree) {
    if (node.kind === 'directory') await write(node.children, join(root, name), links, `${path}${name}/`);
  }
}

/** The same file in several stacks: unpacked files never change, so one inode serves all. */
async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!CANNOT_LINK.has(code)) throw error;
    await copyFile(source, target); // Takes the permissions along.
  }
}

/** No hard links on this file system, none for this user, or too many to one file already. */
const CANNOT_LINK = new Set(['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM', 'EXDEV', 'EMLINK']);
