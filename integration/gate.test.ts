import { rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { idOf, receiptFile } from './support/deployments.js';
import { dropIn } from './support/entries.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { type HostDeployment, newOstreeHost, type OstreeHost } from './support/ostree-host.js';
import { resultOf } from './support/result-of.js';
import { runStage } from './support/run-stage.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

let source: ImageSource;
let app: SourceImage;
let tool: SourceImage;
let host: OstreeHost;
beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1');
  host = await newOstreeHost(cleanup, { tree: {} });
});

/** Without a network, as it is at shutdown. */
async function gate(...args: readonly string[]) {
  const command = ['bound-images', 'gate', '--format', 'json', ...args];
  const result = await host.run(['unshare', '--net', ...command]);
  return { ...result, report: resultOf(result.stdout) };
}

const noteOf = async () => (await host.deployments())[0]?.note;

test.each([{ args: [] }, { args: ['--hold'] }])('passes where nothing is staged: $args', async ({ args }) => {
  expect(await gate(...args)).toMatchObject({
    exitCode: 0,
    report: { deployment: null, images: [], finalizationLock: null, softReboot: null },
  });
  expect(await host.run(['bound-images', 'gate', ...args])).toMatchObject({ stdout: 'nothing is staged\n' });
});

describe('a staged deployment', () => {
  let deployment: HostDeployment;
  beforeEach(async () => {
    await host.runOk(['podman', 'image', 'rm', '--all', '--force']);
    tool = await source.push('team/tool:1', { seed: 'first' });
    deployment = await host.stage(await host.commit(dropIn('apps', [app.pinned, tool.tagged])));
  });

  test('passes once it is complete', async () => {
    expect(await runStage(host)).toMatchObject({ exitCode: 0 });
    expect(await gate('--hold')).toMatchObject({
      exitCode: 0,
      report: {
        deployment: idOf(deployment),
        root: deployment.root,
        images: [
          { reference: app.pinned, state: 'present', digest: app.digest, size: expect.any(Number) },
          { reference: tool.tagged, state: 'present', digest: tool.digest, size: expect.any(Number) },
        ],
        finalizationLock: null,
        diagnostics: [],
      },
    });
    expect(await noteOf()).toBe('staged');
  });

  test('with a missing image is named with it, and held only when asked', async () => {
    await host.runOk(['podman', 'pull', '--quiet', '--tls-verify=false', tool.tagged]);
    expect(await gate()).toMatchObject({
      exitCode: 1,
      report: {
        images: [
          { reference: app.pinned, state: 'missing', digest: null, size: null },
          { reference: tool.tagged, state: 'present', digest: tool.digest },
        ],
        finalizationLock: null,
      },
    });
    expect(await noteOf()).toBe('staged');

    const held = await host.run(['bound-images', 'gate', '--hold']);
    const state = '1 of 2 bound images present; it is held, and the next boot is the current deployment';
    expect(held).toMatchObject({
      exitCode: 1,
      stdout: `missing ${app.pinned}\n${idOf(deployment)}: ${state}\n`,
    });
    await host.finalize();
    expect(await noteOf()).toBe('finalization locked');

    expect(await runStage(host)).toMatchObject({ exitCode: 0, report: { finalizationLock: 'released' } });
    expect(await gate('--hold')).toMatchObject({ exitCode: 0 });
    expect(await noteOf()).toBe('staged');
  });

  test('does not pass with another image under the tag than was recorded', async () => {
    await runStage(host);
    const moved = await source.push('team/tool:1', { seed: 'second' });
    await host.runOk(['podman', 'pull', '--quiet', '--tls-verify=false', tool.tagged]);
    expect(await gate('--hold')).toMatchObject({
      exitCode: 1,
      report: {
        images: [
          { reference: app.pinned, state: 'present' },
          { reference: tool.tagged, state: 'missing', digest: moved.digest },
        ],
        finalizationLock: 'ours',
      },
    });
    expect(await noteOf()).toBe('finalization locked');
  });

  test('stays in the hands of someone else who holds it', async () => {
    await host.runOk(['ostree', 'admin', 'lock-finalization']);
    expect(await gate('--hold')).toMatchObject({ exitCode: 1, report: { finalizationLock: 'theirs' } });
    expect(await runStage(host)).toMatchObject({ exitCode: 0, report: { finalizationLock: 'theirs' } });
  });

  test.each([
    { name: 'podman is missing', args: ['--podman', '/usr/bin/no-podman'], exitCode: 4 },
    {
      name: 'its configuration is invalid',
      bad: () => `${deployment.root}/usr/lib/bound-images.d/bad.toml`,
      args: [],
      exitCode: 3,
      says: 'bad.toml',
    },
    {
      name: 'it is no OS',
      bad: () => `${deployment.root}/usr/lib/os-release`,
      text: '',
      args: [],
      exitCode: 3,
      says: 'is not the root of an OS, or not all of it',
    },
    {
      name: 'the directory that is named does not exist',
      args: ['--dir', '/usr/lib/bound-image.d'],
      exitCode: 3,
      says: '/usr/lib/bound-image.d',
    },
    {
      name: 'its receipt is damaged, so that its tags may have moved',
      bad: () => receiptFile(deployment),
      args: [],
      exitCode: 1,
      says: 'json is not used: it is not JSON, or only a part of it\nhint: run “bound-images stage”',
    },
    {
      name: 'podman does not answer',
      args: ['--podman', '/var/silent-podman', '--timeout', '2s'],
      exitCode: 75,
    },
  ])('is held when nobody can tell what is missing: $name', async ({ args, exitCode, bad, text, says }) => {
    await runStage(host);
    if (bad) {
      // Files of a deployment are links to those of its commit.
      await rm(host.path(bad()), { force: true });
      await writeFile(host.path(bad()), text ?? 'images = 1\n');
    }
    await writeFile(host.path('/var/silent-podman'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
    const result = await host.run(['unshare', '--net', 'bound-images', 'gate', '--hold', ...args]);
    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr).toContain(says ?? '');
    expect(await noteOf()).toBe('finalization locked');
  });

  test('is proved anew by the next run where its receipt is damaged', async () => {
    await runStage(host);
    await source.push('team/tool:1', { seed: 'second' });
    await host.runOk(['podman', 'pull', '--quiet', '--tls-verify=false', tool.tagged]);
    await writeFile(host.path(receiptFile(deployment)), '{');
    expect(await gate('--hold')).toMatchObject({ exitCode: 1 });
    expect(await runStage(host)).toMatchObject({ exitCode: 0, report: { finalizationLock: 'released' } });
    expect(await gate('--hold')).toMatchObject({ exitCode: 0, report: { finalizationLock: null } });
  });
});
