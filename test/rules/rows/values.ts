import { container, dbWith, digest, webWith } from '../clean-root.js';
import type { RuleRow } from '../rule-row.js';

const db = '/usr/share/containers/systemd/db.image';
const web = '/usr/share/containers/systemd/web.container';

export const values: readonly RuleRow[] = [
  {
    rule: 'specifier',
    name: 'in an option of the pull',
    wrong: dbWith('GlobalArgs=--log-level=%i'),
    at: [`${db}:4:24`],
    right: webWith('Exec=serve --instance=%i'),
  },
  {
    rule: 'specifier',
    name: 'a single % at the end',
    wrong: dbWith('GlobalArgs=--log-level=debug%'),
    at: [`${db}:4:29`],
    right: dbWith('GlobalArgs=--log-level=debug%%'),
  },
  {
    rule: 'specifier',
    name: 'in a reference of a drop-in',
    wrong: { 'usr/lib/bound-images.d/logs.toml': 'images = ["quay.io/example/logs:%v"]\n' },
    at: ['/usr/lib/bound-images.d/logs.toml:1:33'],
    right: { 'usr/lib/bound-images.d/logs.toml': `images = ["quay.io/example/logs@${digest}"] # %v\n` },
  },
  {
    rule: 'environment-expansion',
    name: 'in an option of the pull',
    wrong: dbWith('GlobalArgs=--log-level=${LEVEL}'),
    at: [`${db}:4:24`],
    right: webWith('Exec=serve --level=${LEVEL}'),
  },
  {
    rule: 'environment-expansion',
    name: 'a whole word',
    wrong: dbWith('GlobalArgs=$OPTIONS'),
    at: [`${db}:4:12`],
    right: dbWith('GlobalArgs=--log-level $$LEVEL'),
  },
  {
    rule: 'environment-expansion',
    name: 'in a reference, and nothing else is said of it',
    wrong: { [web.slice(1)]: container('Image=postgres:${PG_MAJOR}') },
    at: [`${web}:3:16`],
    right: webWith('Environment=VERSION=${PG_MAJOR}'),
  },
  {
    rule: 'value-encoding',
    name: 'a control character',
    wrong: dbWith('GlobalArgs=--log-level=debug\u0001'),
    at: [`${db}:4:12`],
    right: dbWith('GlobalArgs=--log-level=debug'),
  },
];
