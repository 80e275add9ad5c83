import { expect, test } from 'vitest';
import type { Request } from '../../../../src/tools/registry/client/exchange.js';
import { plainFilesOver } from '../../../../src/tools/registry/client/plain-files.js';
import { refusal } from '../../../../src/tools/registry/client/refusal.js';
import { virtualTime } from '../../../support/virtual-timer.js';
import { within } from './local-registry.js';
import { type MemoryAnswer, memoryNetwork } from './memory-network.js';

const trust = { certificates: [{ name: 'ca.crt', bytes: Buffer.from('x') }], isInsecure: false };

function filesOf(answer: (request: Request, asked: number) => MemoryAnswer | ReturnType<typeof refusal>) {
  let asked = 0;
  const network = memoryNetwork((request) => {
    asked += 1;
    return answer(request, asked);
  });
  const { timer, run } = virtualTime();
  const observed: string[] = [];
  const observe = (request: string) => observed.push(request);
  const options = { timer, random: () => 0, attempts: 3, userAgent: 'x', observe };
  const files = plainFilesOver(network.exchange, options);
  const get = (url: string) => run(files.get(new URL(url), trust, 100, within));
  return { get, network, observed };
}

test('a file is got, with what the URL says of a user, which nobody sees', async () => {
  const { get, network, observed } = filesOf(() => ({ body: 'text' }));
  expect(await get('https://me:a%40b@s.example/a?key=secret')).toEqual({
    kind: 'found',
    bytes: Buffer.from('text'),
  });
  expect(network.lines()).toEqual([`GET https://s.example/a?key=secret Basic ${btoa('me:a@b')}`]);
  expect(network.asked[0]?.trust).toEqual({ ...trust, isOwnHost: true });
  expect(observed).toEqual(['GET https://s.example/a']);
});

test('a user goes no further than to the server of the URL', async () => {
  const { get, network } = filesOf(({ url }) =>
    url.host === 's.example'
      ? { status: 302, headers: { location: 'https://cdn.example/b' } }
      : { body: 'text' },
  );
  expect(await get('https://me:pw@s.example/a')).toMatchObject({ kind: 'found' });
  expect(network.lines().at(-1)).toBe('GET https://cdn.example/b');
  expect(network.asked.at(-1)?.trust.isOwnHost).toBe(false);
});

test.each<{ name: string; answer: MemoryAnswer; result: object; requests: number }>([
  { name: 'is not there', answer: { status: 404 }, result: { kind: 'found', bytes: null }, requests: 1 },
  {
    name: 'is forbidden',
    answer: { status: 403 },
    result: { failure: { code: 'denied', kind: 'permanent' } },
    requests: 1,
  },
  {
    name: 'is longer than it may be',
    answer: { body: 'x'.repeat(101) },
    result: { failure: { code: 'oversized', kind: 'permanent' } },
    requests: 1,
  },
  {
    name: 'its server does not have for now',
    answer: { status: 503 },
    result: { failure: { code: 'server-error', kind: 'transient' } },
    requests: 3,
  },
])('a file that $name', async ({ answer, result, requests }) => {
  const { get, network } = filesOf(() => answer);
  expect(await get('https://s.example/a')).toMatchObject(result);
  expect(network.asked).toHaveLength(requests);
});

test('it is asked for again where that may help', async () => {
  const { get, network } = filesOf((request, asked) =>
    asked === 1 ? refusal(request, 'connection', 'transient', 'cut') : { body: 'text' },
  );
  expect(await get('https://s.example/a')).toMatchObject({ kind: 'found' });
  expect(network.asked).toHaveLength(2);
});
