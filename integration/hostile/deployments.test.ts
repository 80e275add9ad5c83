import { rename, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { receiptFile, storedNames } from '../support/deployments.js';
import { dropIn } from '../support/entries.js';
import { writeTree } from '../support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from '../support/image-source.js';
import { type HostDeployment, newOstreeHost, type OstreeHost } from '../support/ostree-host.js';
import { runStage } from '../support/run-stage.js';
import { newCleanup } from '../support/temp.js';

// Attacks that need deployments. Their host has the podman of this machine.

const cleanup = newCleanup();
afterAll(cleanup.run);
const undo = newCleanup();
afterEach(undo.run);

let source: ImageSource;
let app: SourceImage;
let host: OstreeHost;
beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1');
  host = await newOstreeHost(cleanup, { tree: dropIn('apps', [app.pinned]) });
  await host.runOk(['bound-images', 'pull', '--quiet']);
});

/** Without a network, as it is at shutdown. */
const gate = () => host.run(['unshare', '--net', 'bound-images', 'gate', '--hold']);
const prune = () => host.run(['bound-images', 'prune']);
const noteOf = async () => (await host.deployments())[0]?.note ?? '';

/** Takes a directory of a deployment away for one row. */
async function takeAway(path: string): Promise<void> {
  const there = host.path(path);
  const aside = `${there}.aside`;
  await rename(there, aside);
  undo.add(() => rename(aside, there));
}

describe('a gate before a staged deployment', () => {
  let tool: SourceImage;
  let staged: HostDeployment;
  beforeEach(async () => {
    tool = await source.push('team/tool:1', { seed: 'first' });
    staged = await host.stage(await host.commit(dropIn('apps', [app.pinned, tool.tagged])));
    expect(await runStage(host)).toMatchObject({ exitCode: 0 });
  });

  test('whose receipt is damaged does not pass in silence', async () => {
    // What the tag means now is another image, which only the receipt can tell.
    await source.push('team/tool:1', { seed: 'second' });
    await host.runOk(['podman', 'pull', '--quiet', '--tls-verify=false', tool.tagged]);
    await writeFile(host.path(receiptFile(staged)), '{"schemaVersion":1,');
    const { stdout, stderr } = await gate();
    expect(stdout + stderr).toMatch(/receipt|damaged|\.json/);
  });

  test('whose files are not there holds it', async () => {
    await takeAway(`${staged.root}/usr`);
    const { exitCode } = await gate();
    expect({ passed: exitCode === 0, note: await noteOf() }).toMatchObject({ passed: false });
    expect(await noteOf()).toContain('locked');
  });

  test('whose image was removed holds it', async () => {
    await host.runOk(['podman', 'image', 'rm', '--force', tool.tagged]);
    expect(await gate()).toMatchObject({ exitCode: 1 });
    expect(await noteOf()).toContain('locked');
  });
});

describe('a prune', () => {
  const pullOf = async (image: SourceImage) => {
    await writeTree(host.path('/var/old-root'), {
      'usr/lib/os-release': 'ID=old\n',
      ...dropIn('old', [image.pinned]),
    });
    undo.add(() => void host.run(['rm', '-rf', '/var/old-root']));
    await host.runOk(['bound-images', 'pull', '--quiet', '--root', '/var/old-root']);
  };

  test('keeps an image that a container mounts', async () => {
    const mounted = await source.push('team/mounted:1');
    const base = await source.push('team/base:1');
    await pullOf(mounted);
    await host.runOk(['podman', 'pull', '--quiet', '--tls-verify=false', base.pinned]);
    const mount = `type=image,source=${mounted.pinned},target=/mnt`;
    await host.runOk(['podman', 'create', '--name', 'mounter', '--mount', mount, base.pinned, 'none']);
    undo.add(() => void host.run(['podman', 'rm', '--force', 'mounter']));
    await prune();
    expect(await storedNames(host)).toContain(mounted.pinned);
  });

  test('keeps an image that was removed and pulled again by hand', async () => {
    const again = await source.push('team/again:1');
    await pullOf(again);
    await host.runOk(['podman', 'image', 'rm', again.pinned]);
    await host.runOk(['podman', 'pull', '--quiet', '--tls-verify=false', again.pinned]);
    await prune();
    expect(await storedNames(host)).toContain(again.pinned);
  });

  test('keeps an image that somebody has given a name', async () => {
    const named = await source.push('team/named:1');
    await pullOf(named);
    await host.runOk(['podman', 'tag', named.pinned, 'localhost/mine:1']);
    await prune();
    expect(await storedNames(host)).toContain('localhost/mine:1');
  });

  test('keeps what a deployment binds whose files are not there', async () => {
    const [booted] = (await host.deployments()).filter(({ booted: is }) => is);
    await takeAway(`${booted?.root}/usr/lib/bound-images.d`);
    await takeAway(`${booted?.root}/usr/lib/os-release`);
    const { stdout, stderr } = await prune();
    expect(await storedNames(host)).toContain(app.pinned);
    expect(stdout + stderr).toMatch(/binds|os-release/);
  });

  test('removes what it may, so that these rows prove something', async () => {
    const gone = await source.push('team/gone:1');
    await pullOf(gone);
    await prune();
    expect(await storedNames(host)).not.toContain(gone.pinned);
  });
});
