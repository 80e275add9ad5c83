import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cliFile } from './cli.js';
import { type ExecResult, exec } from './exec.js';
import { authJson } from './host.js';
import { newImageLayout } from './images.js';
import { unmountBelow } from './mounts.js';
import { pushImage } from './push-image.js';
import { startRegistry } from './registry.js';
import { newStore } from './store.js';
import { type Cleanup, tempDir } from './temp.js';
import { newCertificateAuthority } from './tls.js';

/** What a page shows: files, and what a shell is told and answers. In the order of the page. */
export type DocBlock =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'command'; readonly line: number; readonly command: string; readonly output: string };

/**
 * Reads the blocks of a page. A fenced block whose first line is `# PATH` or `// PATH` is a file: of the root, where the path begins
 * with a slash, else of the working directory. A block of the language `console` is a session: `$ COMMAND`, which goes
 * on in lines that begin with `> `, and then what is printed, in which `…` stands for any text, and on a line of its
 * own for any lines.
 */
export function docBlocks(page: string): readonly DocBlock[] {
  const blocks: DocBlock[] = [];
  for (const { 1: language, 2: body = '', index } of page.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    const line = page.slice(0, index).split('\n').length;
    if (language === 'console') blocks.push(...commands(body, line));
    const [, path] = /^(?:#|\/\/) (\/?[\w.][^\s…]*)\n/.exec(body) ?? [];
    if (language !== 'console' && path !== undefined) {
      blocks.push({ kind: 'file', path, text: body.slice(body.indexOf('\n') + 1) });
    }
  }
  return blocks;
}

function commands(body: string, line: number): readonly DocBlock[] {
  return body
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [, command = '', output = ''] = /^([^\n]*\n(?:> [^\n]*\n)*)(.*)$/s.exec(text) ?? [];
      return { kind: 'command', line, command: command.replaceAll(/^> /gm, ''), output };
    });
}

/** What a page says is printed, as an expression for what is. */
export function outputPattern(output: string): RegExp {
  const lines = output.split('\n').slice(0, -1);
  const parts = lines.map((line) =>
    line === '…' ? '(?:.*\\n)*' : `${line.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll('…', '.*')}\\n`,
  );
  return new RegExp(`^${parts.join('')}$`);
}

/** A shell as the pages show it, in a directory with a tree `rootfs`. */
export type DocShell = {
  readonly directory: string;
  readonly run: (command: string) => Promise<ExecResult>;
};

/** Where the pages’ registries are; names lead to them in the mount namespace of a shell. */
const registries = [
  { name: 'registry.example.com', address: '127.9.9.1' },
  { name: 'private.example.com', address: '127.9.9.2', user: 'host', password: 'of-the-host' },
];

const images = ['web:2.4', 'db:16', 'agent:1.9', 'billing:3'];

const bound = 'images = ["registry.example.com/shop/web:2.4", "registry.example.com/shop/db:16"]';
/** An OS with a label that says what it binds, and one without. */
const systems = {
  'os:2': { layers: [{ seed: 'os', sizeBytes: 1024 }], labels: { 'io.bound-images.lock': bound } },
  'plain:2': {
    layers: [
      {
        seed: 'plain',
        sizeBytes: 1024,
        files: { 'usr/lib/os-release': 'ID=example\n', 'usr/lib/bound-images.d/shop.toml': `${bound}\n` },
      },
    ],
  },
};

/** Starts `registry.example.com`, open to everyone, and `private.example.com`; both have `shop/NAME:TAG`. */
export async function startDocRegistries(cleanup: Cleanup): Promise<(pages: Cleanup) => Promise<DocShell>> {
  const authority = await cleanup.use(newCertificateAuthority());
  const layout = await newImageLayout(await tempDir(cleanup));
  for (const { name, address, user, password } of registries) {
    const tls = await authority.issue(name, `DNS:${name}`);
    const auth =
      user === undefined ? {} : { auth: { kind: 'htpasswd', users: { [user]: password } } as const };
    const host = `${address}:443`;
    await cleanup.use(startRegistry({ tls, host, ...auth }));
    for (const image of images) {
      const built = await layout.addImage({
        layers: [{ seed: image.replace(/\W/g, '-'), sizeBytes: 100 * 1024 }],
      });
      await pushImage(
        host,
        `shop/${image}`,
        layout,
        built,
        user === undefined ? {} : { creds: `${user}:${password}` },
      );
    }
    if (user !== undefined) continue;
    for (const [system, spec] of Object.entries(systems))
      await pushImage(host, system, layout, await layout.addImage(spec));
  }
  return async (pages) => {
    const store = await pages.use(newStore());
    const directory = await tempDir(pages);
    // podman leaves a mount in each store.
    pages.add(() => unmountBelow(directory));
    const tools = await tempDir(pages);
    const hosts = ['127.0.0.1 localhost', ...registries.map(({ name, address }) => `${address} ${name}`)];
    await writeDocFile(tools, 'hosts', `${hosts.join('\n')}\n`);
    await writeDocFile(tools, 'bound-images', `#!/bin/sh\nexec ${process.execPath} ${cliFile} "$@"\n`);
    await chmod(join(tools, 'bound-images'), 0o755);
    await writeDocFile(directory, 'auth.json', authJson({ 'private.example.com': 'host:of-the-host' }));
    await mkdir(join(directory, 'rootfs/usr/lib'), { recursive: true });
    await mkdir(join(directory, 'node_modules'));
    await symlink(join(dirname(cliFile), '..'), join(directory, 'node_modules/bound-images'));
    await writeDocFile(directory, 'rootfs/usr/lib/os-release', 'ID=example\n');
    const env = {
      ...store.env,
      PATH: `${tools}:${process.env.PATH}`,
      SSL_CERT_FILE: authority.certFile,
      NO_COLOR: '1',
      COLUMNS: '100',
      BOUND_IMAGES_STORAGE_ROOT: store.root,
      BOUND_IMAGES_STORAGE_RUNROOT: store.runroot,
      TOOLS: tools,
    };
    return {
      directory,
      run: (command) => {
        const script = `mount --bind "$TOOLS/hosts" /etc/hosts\nunset TOOLS\nexec 2>&1\n${command}`;
        return exec('unshare', ['--mount', 'sh', '-c', script], { cwd: directory, env, timeoutMs: 120_000 });
      },
    };
  };
}

/** Writes a file of a page. */
export async function writeDocFile(directory: string, path: string, text: string): Promise<void> {
  const file = join(directory, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
