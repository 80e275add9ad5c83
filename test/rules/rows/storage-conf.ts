import { symlink } from '../../support/tree-spec.js';
import type { RuleRow } from '../rule-row.js';

const conf = 'etc/containers/storage.conf';

export const storageConf: readonly RuleRow[] = [
  {
    rule: 'storage-conf-invalid',
    name: 'a boolean where podman wants a string',
    wrong: {
      [conf]: '[storage]\ndriver = "overlay"\n[storage.options.pull_options]\nenable_partial_images = true\n',
    },
    at: ['/etc/containers/storage.conf:4:25'],
    right: {
      [conf]:
        '[storage]\ndriver = "overlay"\n[storage.options.pull_options]\nenable_partial_images = "true"\n',
    },
  },
  {
    rule: 'storage-conf-invalid',
    name: 'a drop-in that is no TOML',
    wrong: { 'usr/share/containers/storage.conf.d/a.conf': '[storage\n' },
    at: ['/usr/share/containers/storage.conf.d/a.conf:1:9'],
    right: {
      'usr/share/containers/storage.conf.d/a.conf': '[storage\n',
      'etc/containers/storage.conf.d/a.conf': symlink('/dev/null'),
    },
  },
  {
    rule: 'storage-conf-bootc-store',
    name: 'one of several stores',
    wrong: {
      [conf]:
        '[storage]\ndriver = "overlay"\n[storage.options]\nadditionalimagestores = [\n  "/usr/lib/containers/storage",\n  "/usr/lib/bootc/storage",\n]\n',
    },
    at: ['/etc/containers/storage.conf:6:3'],
    right: {
      [conf]:
        '[storage]\ndriver = "overlay"\n[storage.options]\nadditionalimagestores = ["/usr/lib/containers/storage"]\n',
    },
  },
  {
    rule: 'storage-conf-bootc-store',
    name: 'a list that a drop-in replaces, or adds to',
    wrong: {
      [conf]: '[storage.options]\nadditionalimagestores = ["/usr/lib/bootc/storage/"]\n',
      'etc/containers/storage.conf.d/a.conf':
        '[storage.options]\nadditionalimagestores = ["/srv", {append = true}]\n',
    },
    at: ['/etc/containers/storage.conf:2:26'],
    right: {
      [conf]: '[storage.options]\nadditionalimagestores = ["/usr/lib/bootc/storage/"]\n',
      'etc/containers/storage.conf.d/a.conf': '[storage.options]\nadditionalimagestores = ["/srv"]\n',
    },
  },
  {
    rule: 'storage-conf-read-only',
    name: 'a store below /usr, and a link there that leads out',
    wrong: { [conf]: '[storage]\ndriver = "overlay"\ngraphroot = "/usr/local/storage"\n' },
    at: ['/etc/containers/storage.conf:3:13'],
    right: {
      [conf]: '[storage]\ndriver = "overlay"\ngraphroot = "/usr/local/storage"\n',
      'usr/local': symlink('../var/usrlocal'),
    },
  },
];
