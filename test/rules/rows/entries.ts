import { dir, symlink } from '../../support/tree-spec.js';
import { digest, image } from '../clean-root.js';
import type { Change, RuleRow } from '../rule-row.js';

const bootcs = 'usr/lib/bootc/bound-images.d';
const vendors = 'usr/lib/bound-images.d';
const units = 'usr/share/containers/systemd';
const logs = `images = ["quay.io/example/logs@${digest}"]\n`;
const logsImage = image(`Image=quay.io/example/logs@${digest}`);
const noEntries = { [`${bootcs}/web.container`]: null, [`${bootcs}/db.image`]: null };

const unbound: Change = { ...noEntries, [`${vendors}/agent.toml`]: null };

export const entries: readonly RuleRow[] = [
  {
    rule: 'nothing-bound',
    name: 'none of the directories',
    wrong: unbound,
    at: [],
    beside: ['nothing-bound'],
    right: { ...unbound, [`${vendors}/`]: dir() },
  },
  {
    rule: 'directory-unreadable',
    name: 'a dangling link',
    wrong: { ...noEntries, [bootcs]: symlink('/usr/lib/shop/bound-images.d') },
    at: [`/${bootcs}`],
    right: {
      ...noEntries,
      [bootcs]: symlink('/usr/lib/shop/bound-images.d'),
      'usr/lib/shop/bound-images.d/db.image': symlink(`/${units}/db.image`),
    },
  },
  {
    rule: 'directory-unreadable',
    name: 'a file',
    wrong: { ...noEntries, [bootcs]: '' },
    at: [`/${bootcs}`],
    right: noEntries,
  },
  {
    rule: 'entry-encoding',
    name: 'a name in Latin-1',
    wrong: { [`${vendors}/caf\udce9.toml`]: logs },
    at: [`/${vendors}/caf\\xe9.toml`],
    right: { [`${vendors}/café.toml`]: logs },
  },
  {
    rule: 'entry-type',
    name: 'another extension',
    wrong: { [`${vendors}/logs.conf`]: logs },
    at: [`/${vendors}/logs.conf`],
    right: { [`${vendors}/logs.toml`]: logs },
  },
  {
    rule: 'entry-type',
    name: 'no extension',
    wrong: { [`${bootcs}/README`]: 'What is bound here\n' },
    at: [`/${bootcs}/README`],
    right: { 'usr/lib/bootc/README': 'What is bound here\n' },
  },
  {
    rule: 'entry-leftover',
    name: 'a configuration file that a package manager kept',
    wrong: { [`${vendors}/agent.toml.rpmnew`]: logs },
    at: [`/${vendors}/agent.toml.rpmnew`],
    right: { [`${vendors}/agent-rpmnew.toml`]: logs },
  },
  {
    rule: 'entry-leftover',
    name: 'what editors leave',
    wrong: {
      [`${bootcs}/db.image~`]: logsImage,
      [`${bootcs}/.db.image.swp`]: '',
      [`${bootcs}/db.image.bak`]: logsImage,
      [`${bootcs}/db.image.orig`]: logsImage,
      [`${bootcs}/#db.image#`]: logsImage,
    },
    at: [
      `/${bootcs}/.db.image.swp`,
      `/${bootcs}/db.image~`,
      `/${bootcs}/db.image.bak`,
      `/${bootcs}/db.image.orig`,
      `/${bootcs}/#db.image#`,
    ],
    right: {},
  },
  {
    rule: 'entry-unreadable',
    name: 'a dangling link to a unit',
    wrong: { [`${bootcs}/logs.image`]: symlink(`/${units}/logs.image`) },
    at: [`/${bootcs}/logs.image`],
    right: {
      [`${bootcs}/logs.image`]: symlink(`/${units}/logs.image`),
      [`${units}/logs.image`]: logsImage,
    },
  },
  {
    rule: 'entry-unreadable',
    name: 'a link that leads out of the root, to nothing inside',
    wrong: { [`${vendors}/logs.toml`]: symlink('../../../../../../../etc/hostname') },
    at: [`/${vendors}/logs.toml`],
    right: {
      [`${vendors}/logs.toml`]: symlink('../../../../../../../etc/logs.toml'),
      'etc/logs.toml': logs,
    },
  },
  {
    rule: 'entry-unreadable',
    name: 'a loop of links',
    wrong: { [`${vendors}/logs.toml`]: symlink('more.toml'), [`${vendors}/more.toml`]: symlink('logs.toml') },
    at: [`/${vendors}/logs.toml`, `/${vendors}/more.toml`],
    right: { [`${vendors}/logs.toml`]: symlink('../more.toml'), 'usr/lib/more.toml': logs },
  },
  {
    rule: 'entry-unreadable',
    name: 'a link to the directory of a unit',
    wrong: { [`${bootcs}/logs.image`]: symlink(`/${units}`) },
    at: [`/${bootcs}/logs.image`],
    right: { [`${bootcs}/logs.image`]: symlink('/dev/null') },
  },
  {
    rule: 'entry-not-a-link',
    name: 'the unit itself in bootc’s directory',
    wrong: { [`${bootcs}/logs.image`]: logsImage },
    at: [`/${bootcs}/logs.image`],
    right: {
      [`${bootcs}/logs.image`]: symlink(`/${units}/logs.image`),
      [`${units}/logs.image`]: logsImage,
    },
  },
  {
    rule: 'entry-in-bootc-directory',
    name: 'a drop-in',
    wrong: { [`${bootcs}/logs.toml`]: logs },
    at: [`/${bootcs}/logs.toml`],
    right: { [`${vendors}/logs.toml`]: logs },
  },
  {
    rule: 'entry-in-bootc-directory',
    name: 'a quadlet that bootc does not know',
    wrong: {
      [`${bootcs}/data.volume`]: symlink(`/${units}/data.volume`),
      [`${units}/data.volume`]: '[Volume]\nDriver=image\nImage=db.image\n',
    },
    at: [`/${bootcs}/data.volume`],
    right: {
      [`${vendors}/data.volume`]: symlink(`/${units}/data.volume`),
      [`${units}/data.volume`]: '[Volume]\nDriver=image\nImage=db.image\n',
    },
  },
  {
    rule: 'file-too-large',
    name: 'a drop-in of a byte more than 1 MiB',
    wrong: { [`${vendors}/logs.toml`]: logs.padEnd(1024 * 1024 + 1, '\n') },
    at: [`/${vendors}/logs.toml`],
    right: { [`${vendors}/logs.toml`]: logs.padEnd(1024 * 1024, '\n') },
  },
];
