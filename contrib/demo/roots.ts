import { chmod, cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cliFile } from '../../integration/support/cli.js';
import type { Registries } from './registries.js';

const source = join(dirname(dirname(cliFile)), 'contrib/demo');

/**
 * Copies the trees `root` and `current-root` beside this file to `new-root` and `current-root` in `dir`, and
 * replaces what is known only now: the registries' addresses, the digests and the passwords.
 */
export async function makeRoots(dir: string, registries: Registries): Promise<void> {
  const { publicHost, privateHost, passwords, authority } = registries;
  const replacements: readonly (readonly [string, string])[] = [
    ...[...registries.digests].map(([name, digest]) => {
      const repository = name.slice(0, name.indexOf(':'));
      return [`${repository}@sha256:${'0'.repeat(64)}`, `${repository}@${digest}`] as const;
    }),
    ['registry.example:5000', publicHost],
    ['private.example:5000', privateHost],
    [basicAuth('new-root', 'password'), basicAuth('new-root', passwords.newRoot)],
    [basicAuth('current-root', 'password'), basicAuth('current-root', passwords.currentRoot)],
  ];
  for (const [from, to] of [
    ['root', 'new-root'],
    ['current-root', 'current-root'],
  ] as const) {
    await cp(join(source, from), join(dir, to), { recursive: true, verbatimSymlinks: true });
    await replaceBelow(join(dir, to), replacements);
  }
  await authority.writeCertDir(join(dir, 'new-root/usr/lib/shop/certs'));
}

function basicAuth(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString('base64');
}

async function replaceBelow(
  dir: string,
  replacements: readonly (readonly [string, string])[],
): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    let text = await readFile(file, 'utf8');
    for (const [placeholder, value] of replacements) text = text.replaceAll(placeholder, value);
    await writeFile(file, text);
    // git keeps no such mode.
    if (entry.name === 'auth.json') await chmod(file, 0o600);
  }
}
