import { lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nowhere } from '../../src/diagnostic/place.js';
import type { OperationEvent } from '../../src/model/events.js';
import { linkPayloads } from '../../src/operations/link-payloads.js';
import { payloadStore } from '../../src/state/payloads.js';
import { makeTree } from '../support/tree.js';

/** A host with payloads of these names for its deployments, and an empty /run. */
async function newHost(deployments: Readonly<Record<string, readonly string[]>>) {
  const state = makeTree({});
  const run = makeTree({});
  const payloads = payloadStore(state);
  const taking = {
    room: async () => undefined,
    take: async (_: unknown, to: string) => void writeFileSync(to, ''),
    judge: () => new Map(),
  };
  for (const [deployment, names] of Object.entries(deployments)) {
    const wanted = names.map((as) => ({
      ...{ reference: 'quay.io/x/os:1', digest: 'sha256:0' },
      payload: {
        ...({ source: { kind: 'path', path: '/x' }, as, maxBytes: 1, mode: undefined } as const),
        ...{ digest: undefined, place: nowhere },
      },
    }));
    await payloads.complete(deployment, wanted, taking, new AbortController().signal);
  }
  const events: OperationEvent[] = [];
  const link = (deployment: string | undefined) =>
    linkPayloads({
      ...{ bootedDeployment: () => deployment, payloads, run },
      observe: (event) => events.push(event),
    });
  const at = (path: string) => join(run, path);
  return { state, link, at, events };
}

test('the payloads of the deployment that is running are linked, extensions one by one', async () => {
  const { state, link, at } = await newHost({
    a: ['kernel/vmlinuz', 'extensions/x.raw', 'extensions/tree/usr/tool', 'confexts/c.raw'],
    b: ['extensions/other.raw'],
  });
  const top = at('bound-images/payloads');
  expect(link('a')).toEqual({
    deployment: 'a',
    directory: join(state, 'payloads/a'),
    links: [
      { path: top, state: 'linked' },
      ...['confexts/c.raw', 'extensions/tree', 'extensions/x.raw'].map((name) => ({
        path: at(name),
        state: 'linked',
      })),
    ],
  });
  expect(readlinkSync(top)).toBe(join(state, 'payloads/a'));
  expect(readlinkSync(at('extensions/x.raw'))).toBe(join(top, 'extensions/x.raw'));
  expect(readdirSync(at('extensions'))).toEqual(['tree', 'x.raw']);

  // As after a soft reboot, which leaves /run.
  expect(link('b').links).toHaveLength(2);
  expect(readlinkSync(top)).toBe(join(state, 'payloads/b'));
  expect([readdirSync(at('extensions')), readdirSync(at('confexts'))]).toEqual([['other.raw'], []]);

  expect(link('c')).toEqual({ deployment: 'c', directory: null, links: [] });
  expect([readdirSync(at('extensions')), readdirSync(at('bound-images'))]).toEqual([[], []]);
});

test('what is there and not ours stays, with a warning', async () => {
  const { link, at, events } = await newHost({ a: ['extensions/x.raw', 'extensions/y.raw'] });
  mkdirSync(at('extensions'));
  symlinkSync('/opt/x.raw', at('extensions/x.raw'));
  writeFileSync(at('extensions/z.raw'), '');
  expect(link('a').links.map(({ state }) => state)).toEqual(['linked', 'kept', 'linked']);
  expect(readlinkSync(at('extensions/x.raw'))).toBe('/opt/x.raw');
  expect(lstatSync(at('extensions/z.raw')).isFile()).toBe(true);
  expect(events).toEqual([
    {
      kind: 'note',
      level: 'warning',
      text: `warning: ${at('extensions/x.raw')} is there already, and stays as it is`,
    },
  ]);
});

test('nothing is done where no deployment is running', async () => {
  const { link, at } = await newHost({});
  expect(link(undefined)).toEqual({ deployment: null, directory: null, links: [] });
  expect(readdirSync(at('.'))).toEqual([]);
});

test('nothing is linked by a damaged record', async () => {
  const { state, link, at } = await newHost({ a: ['extensions/x.raw'] });
  writeFileSync(join(state, 'payloads/a.json'), '{');
  expect(() => link('a')).toThrow(/^the payloads of a are not linked: /);
  expect(readdirSync(at('.'))).toEqual([]);
});
