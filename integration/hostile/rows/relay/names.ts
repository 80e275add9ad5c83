import { once } from 'node:events';
import * as http from 'node:http';
import { expect } from 'vitest';
import { dropIn } from '../../../support/entries.js';
import type { Lab, Row } from '../../row.js';
import { layerOf } from './blob-trick.js';

/** Repositories and tags that look like something else in a path of a registry. */
const strangeNames: readonly { readonly name: string; readonly repository: string; readonly tag?: string }[] =
  [
    { name: 'words of the protocol', repository: 'v2/manifests/latest/blobs/uploads' },
    { name: 'a blob', repository: 'blobs/sha256' },
    { name: 'a list of tags', repository: 'tags/list' },
    { name: 'manifests alone', repository: 'manifests' },
    { name: 'a place of the relay', repository: 'r0/r1/r0' },
    { name: 'something like a secret', repository: `${'0123456789abcdef'.repeat(2)}/r0/app` },
    { name: 'docker.io/library', repository: 'docker.io/library/app' },
    { name: 'a path of the longest that there is', repository: `row/${'x'.repeat(230)}` },
    { name: 'a path of many parts', repository: 'x/'.repeat(110).slice(0, -1) },
    { name: 'all separators', repository: 'a.b/c_d/e__f/g-h/i--j/k.l-m_n' },
    { name: 'a tag of the longest that there is', repository: 'row/tagged', tag: 'T'.repeat(128) },
    { name: 'a tag that is a word', repository: 'row/tagged', tag: 'manifests' },
    {
      name: 'a tag that looks like a signature',
      repository: 'row/tagged',
      tag: `sha256-${'0'.repeat(64)}.sig`,
    },
    { name: 'a tag of dots', repository: 'row/tagged', tag: '_..-.' },
  ];

const rightNames: readonly Row[] = strangeNames.map(({ name, repository, tag = '1' }) => ({
  name: `an image whose name has ${name}`,
  short: 'some',
  attack: ({ registry, store }) => {
    const text = `${name}\n`;
    registry.put(repository, tag, { layer: layerOf(text) });
    const reference = `${registry.host}/${repository}:${tag}`;
    return {
      newRoot: dropIn('x', [reference]),
      runs: [{ command: 'pull', status: [0], stores: [reference] }],
      afterwards: async () => expect(await store.contents(reference, 'data/content')).toBe(text),
    };
  },
}));

/** What is no name; it is an error, before anybody is asked. */
const wrongNames: readonly string[] = [
  '../../v2/app:1',
  'a/../b:1',
  'a/./b:1',
  'a//b:1',
  'a%2f..%2fb:1',
  'a/%2e%2e/b:1',
  'a/..;/b:1',
  'a?x=/../b:1',
  'a#b:1',
  'a\\..\\b:1',
  'APP:1',
  `${'x'.repeat(300)}:1`,
  `app:${'T'.repeat(129)}`,
  'app@sha256:../../../../etc/passwd',
  `app@sha256:${'0'.repeat(63)}`,
  'app@md5:0123456789abcdef0123456789abcdef',
];

const noNames: Row = {
  name: 'names that are none',
  attack: ({ registry }) => ({
    newRoot: dropIn(
      'x',
      wrongNames.map((name) => `${registry.host}/${name}`),
    ),
    runs: [
      { command: 'pull', args: ['--keep-going'], status: [3], bounds: { requests: 0 } },
      { command: 'check', status: [3] },
    ],
  }),
};

/** The registry under another name of this host. */
const hosts: readonly {
  readonly name: string;
  readonly host: (port: string) => string;
  readonly status?: readonly number[];
}[] = [
  { name: 'localhost', host: (port) => `localhost:${port}` },
  { name: 'a host in capitals', host: (port) => `LOCALHOST:${port}` },
  { name: 'another address of loopback', host: (port) => `127.0.0.2:${port}` },
  { name: 'an address with zeros', host: (port) => `127.0.0.1:0${port}`, status: [0, 1, 3, 75] },
  { name: 'IPv6', host: (port) => `[::1]:${port}`, status: [0, 1, 3, 75] },
];

const hostRows: readonly Row[] = hosts.map(({ name, host, status = [0] }) => ({
  name: `two images of one path, one of them from ${name}`,
  short: 'some',
  attack: async (lab) => {
    const app = lab.image();
    const [, port = ''] = lab.registry.host.split(':');
    await alsoListen(lab, Number(port));
    const reference = `${host(port)}/${app.repository}:1`;
    return {
      newRoot: dropIn('x', [app.tagged, reference]),
      runs: [
        {
          command: 'pull',
          args: ['--keep-going'],
          status,
          stores: status.length === 1 ? [app.tagged, reference] : [],
        },
      ],
    };
  },
}));

/** The row's registry at other addresses of this host. */
async function alsoListen({ registry, cleanup }: Lab, port: number): Promise<void> {
  for (const address of ['127.0.0.2', '::1']) {
    const server = http.createServer(registry.listener);
    server.listen(port, address);
    await once(server, 'listening');
    cleanup.add(() => {
      server.closeAllConnections();
      server.close();
    });
  }
}

export const nameRows: readonly Row[] = [...rightNames, noNames, ...hostRows];
