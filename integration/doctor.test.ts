import { afterAll, beforeAll, expect, test } from 'vitest';
import { outputProblem } from '../test/support/schemas.js';
import { idOf } from './support/deployments.js';
import { dropIn } from './support/entries.js';
import { newOstreeHost, type OstreeHost } from './support/ostree-host.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

let host: OstreeHost;
beforeAll(async () => {
  host = await newOstreeHost(cleanup, { tree: dropIn('apps', ['quay.io/example/app:1']) });
});

/** The exit status, and the lines by their topic. */
async function examined(...args: readonly string[]) {
  const { exitCode, stdout, stderr } = await host.run([
    ...args,
    ...['bound-images', 'doctor', '--format', 'json', '--min-free', '1M'],
  ]);
  expect(stderr).toBe('');
  const report = JSON.parse(stdout);
  expect(outputProblem('doctor', report)).toBeNull();
  const lines: readonly { topic: string; state: string; message: string }[] = report.lines;
  const of = (topic: string) => lines.filter((line) => line.topic === topic);
  return { exitCode, ready: report.ready, of };
}

test('a booted ostree host is ready', async () => {
  const { exitCode, ready, of } = await examined();
  expect({ exitCode, ready }).toEqual({ exitCode: 0, ready: true });
  expect(of('tools').map(({ message }) => message.split(' ')[0])).toEqual(
    expect.arrayContaining(['podman', 'ostree']),
  );
  expect(of('store')).toMatchObject([{ state: 'ok' }]);
  const id = idOf(host.booted());
  expect(of('deployments')).toMatchObject([{ state: 'ok', message: `ostree, booted into ${id}, one of 1` }]);
});

test('it names a deployment that is held, and changes nothing', async () => {
  await host.stage(await host.commit(dropIn('apps', ['quay.io/example/app:2'])), { locked: true });
  const before = await host.deployments();
  const { exitCode, of } = await examined();
  expect(exitCode).toBe(0);
  expect(of('deployments')[1]).toMatchObject({
    state: 'warning',
    message: expect.stringContaining('held by someone else'),
  });
  expect(await host.deployments()).toEqual(before);
});

test('without a podman, the exit status is that of other commands', async () => {
  const { exitCode, ready, of } = await examined('env', 'BOUND_IMAGES_PODMAN=/nonexistent/podman');
  expect({ exitCode, ready }).toEqual({ exitCode: 4, ready: false });
  expect(of('tools')[0]).toMatchObject({ state: 'error', message: 'the program podman is missing' });
});
