import { symlink } from '../../support/tree-spec.js';
import { container, dbWith, digest, image, otherDigest, webOf, webWith } from '../clean-root.js';
import type { Change, RuleRow } from '../rule-row.js';

const systemd = 'usr/share/containers/systemd';
const web = `/${systemd}/web.container`;
const db = `/${systemd}/db.image`;

/** A bound unit in a directory of its own, so that nothing that is wrong with it spoils the other units. */
const logs = `${systemd}/logs/logs.image`;
const logsEntry = { 'usr/lib/bootc/bound-images.d/logs.image': symlink(`/${logs}`) };
const logsImage = image(`Image=quay.io/example/logs@${digest}`);

function logsUnit(text: string): Change {
  return { ...logsEntry, [logs]: text };
}

export const units: readonly RuleRow[] = [
  {
    rule: 'unit-syntax',
    name: 'a line without “=”',
    wrong: logsUnit(logsImage.replace('Image=', 'Image ')),
    at: [`/${logs}:3:1`],
    right: logsUnit(logsImage),
  },
  {
    rule: 'unit-syntax',
    name: 'a comment behind a section',
    wrong: logsUnit(logsImage.replace('[Image]', '[Image] # logs')),
    at: [`/${logs}:1:9`],
    right: logsUnit(logsImage.replace('[Image]', '[Image]\n# logs')),
  },
  {
    rule: 'unit-syntax',
    name: 'a byte-order mark',
    wrong: logsUnit(`\ufeff${logsImage}`),
    at: [`/${logs}:1:1`],
    right: logsUnit(logsImage),
  },
  {
    rule: 'unit-lost-continuation',
    name: 'a backslash before the end of the file',
    wrong: dbWith('Retry=3\\', ''),
    at: [`${db}:4:1`],
    right: dbWith('Retry=\\', '  3'),
  },
  {
    rule: 'words-ignored',
    name: 'an escape that does not exist',
    wrong: dbWith('PodmanArgs=--quiet \\q'),
    at: [`${db}:4:20`],
    right: dbWith('PodmanArgs=--quiet "--quiet"'),
  },
  {
    rule: 'unit-directory-poisoned',
    name: 'a broken unit beside the bound one',
    wrong: { ...logsUnit(logsImage), [`${systemd}/logs/old.container`]: 'Image=quay.io/example/old\n' },
    at: [`/${logs}`],
    right: { ...logsUnit(logsImage), [`${systemd}/logs/old.container.bak`]: 'Image=quay.io/example/old\n' },
  },
  {
    rule: 'unit-directory-poisoned',
    name: 'with a mistake of its own',
    wrong: {
      ...logsUnit(image(`Image=quay.io/example/logs@${digest}`, 'Retries=3')),
      [`${systemd}/logs/old.container`]: 'Image=quay.io/example/old\n',
    },
    at: [`/${logs}`],
    beside: [`unit-unknown-key /${logs}:4:1`],
    right: logsUnit(image(`Image=quay.io/example/logs@${digest}`, 'Retry=3')),
  },
  {
    rule: 'unit-unknown-key',
    name: 'a key of .image units in a .container unit',
    wrong: webWith('AuthFile=/etc/containers/agent-auth.json'),
    at: [`${web}:4:1`],
    right: dbWith('AuthFile=/etc/containers/agent-auth.json'),
  },
  {
    rule: 'unit-unknown-key',
    name: 'a key in another case',
    wrong: dbWith('Authfile=/etc/containers/agent-auth.json'),
    at: [`${db}:4:1`],
    right: dbWith('AuthFile=/etc/containers/agent-auth.json'),
  },
  {
    rule: 'unit-unknown-key',
    name: 'the image in another case',
    wrong: { [`${systemd}/db.image`]: image(`image=quay.io/example/db@${digest}`) },
    at: [`${db}:3:1`],
    right: dbWith(),
  },
  {
    rule: 'unit-refused',
    name: 'a group without a user',
    wrong: webWith('Group=1000'),
    at: [`${web}:4:7`],
    right: webWith('User=1000', 'Group=1000'),
  },
  {
    rule: 'unit-missing',
    name: 'a network that no unit makes',
    wrong: webWith('Network=shop.network'),
    at: [`${web}:4:9`],
    right: { ...webWith('Network=shop.network'), [`${systemd}/shop.network`]: '[Network]\n' },
  },
  {
    rule: 'unit-overridden',
    name: 'a unit of /etc with the same name',
    wrong: {
      ...dbWith(),
      'etc/containers/systemd/db.image': image(`Image=quay.io/example/db@${otherDigest}`),
    },
    at: ['/usr/lib/bound-images.d/db.image'],
    right: { ...dbWith(), 'etc/containers/systemd/db.image.d/10-retry.conf': '[Image]\nRetry=5\n' },
  },
  {
    rule: 'service-replaced',
    name: 'two units with one service',
    wrong: { [`${systemd}/shop.container`]: `${otherContainer()}ServiceName=web\n` },
    at: [`${web}:4:1`],
    right: { [`${systemd}/shop.container`]: otherContainer() },
  },
  {
    rule: 'unit-outside-search-path',
    name: 'a unit in a directory of its application',
    wrong: {
      'usr/lib/bootc/bound-images.d/logs.image': symlink('/usr/lib/shop/logs.image'),
      'usr/lib/shop/logs.image': logsImage,
    },
    at: ['/usr/lib/bootc/bound-images.d/logs.image'],
    right: logsUnit(logsImage),
  },
  {
    rule: 'unit-unreadable',
    name: 'an .image unit that is a dangling link',
    wrong: {
      ...webOf('Image=logs.image'),
      [logs]: symlink('/usr/lib/shop/logs.image'),
    },
    at: [`/${logs}`],
    beside: [`image-unit-invalid ${web}:3:7`],
    right: {
      ...webOf('Image=logs.image'),
      [logs]: symlink('/usr/lib/shop/logs.image'),
      'usr/lib/shop/logs.image': logsImage,
    },
  },
  {
    rule: 'unit-drop-in-skipped',
    name: 'a key without its section',
    wrong: { [`${systemd}/db.image.d/10-retry.conf`]: 'Retry=5\n' },
    at: [`/${systemd}/db.image.d/10-retry.conf:1:1`],
    right: { [`${systemd}/db.image.d/10-retry.conf`]: '[Image]\nRetry=5\n' },
  },
];

function otherContainer(): string {
  return container(`Image=quay.io/example/shop@${digest}`);
}
