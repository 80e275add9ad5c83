import { symlink } from '../../support/tree-spec.js';
import { container, dbWith, digest, image, otherDigest } from '../clean-root.js';
import type { Change, RuleRow } from '../rule-row.js';

const web = '/usr/share/containers/systemd/web.container';
const logs = '/usr/lib/bound-images.d/logs.toml';

/** The image of the clean root’s web.container, which bootc pulls, too. */
function webOf(reference: string): Change {
  return { 'usr/share/containers/systemd/web.container': container(`Image=${reference}`) };
}

const alias = { 'etc/containers/registries.conf.d/a.conf': '[aliases]\n"web" = "quay.io/example/web"\n' };

/** An image that bootc does not know of. */
function logsOf(reference: string): Change {
  return { 'usr/lib/bound-images.d/logs.toml': `images = ["${reference}"]\n` };
}

/** The database with all of its tags. */
function allTagsOf(reference: string): Change {
  const text = image(`Image=${reference}`, 'AllTags=yes');
  return {
    ...dbWith(),
    'usr/share/containers/systemd/db.image': text,
    // Nothing starts it.
    'usr/share/containers/systemd/db.container': null,
  };
}

export const references: readonly RuleRow[] = [
  {
    rule: 'reference-invalid',
    name: 'a repository in upper case',
    wrong: webOf(`quay.io/example/Web@${digest}`),
    at: [`${web}:3:23`],
    right: webOf(`quay.io/example/web@${digest}`),
  },
  {
    rule: 'reference-short',
    name: 'a name without a registry',
    wrong: webOf(`example/web@${digest}`),
    at: [`${web}:3:7`],
    right: webOf(`quay.io/example/web@${digest}`),
  },
  {
    rule: 'reference-localhost',
    name: 'an image of the machine that builds, found once',
    wrong: webOf('localhost/web:latest'),
    at: [`${web}:3:7`],
    right: webOf(`localhost:5000/web@${digest}`),
  },
  {
    rule: 'reference-untagged',
    name: 'a bare name in a unit that bootc reads',
    wrong: webOf('quay.io/example/web'),
    at: [`${web}:3:7`],
    right: webOf(`quay.io/example/web@${digest}`),
  },
  {
    rule: 'reference-untagged',
    name: 'a bare name in a drop-in',
    wrong: logsOf('quay.io/example/logs'),
    at: [`${logs}:1:11`],
    right: logsOf(`quay.io/example/logs@${digest}`),
  },
  {
    rule: 'reference-untagged',
    name: 'nothing but a short name',
    wrong: logsOf('logs'),
    at: [`${logs}:1:11`],
    beside: [`reference-short ${logs}:1:12`],
    right: allTagsOf('quay.io/example/db'),
  },
  {
    rule: 'reference-floating',
    name: 'latest',
    wrong: webOf('quay.io/example/web:latest'),
    at: [`${web}:3:7`],
    right: webOf(`quay.io/example/web@${digest}`),
  },
  {
    rule: 'reference-floating',
    name: 'a version of an artifact',
    wrong: artifact('quay.io/example/model:2.4'),
    at: ['/usr/share/containers/systemd/model.artifact:2:10'],
    right: artifact(`quay.io/example/model@${digest}`),
  },
  {
    rule: 'reference-floating',
    name: 'an image that two entries bind by one unit, found once',
    wrong: {
      ...dbWith(),
      'usr/share/containers/systemd/db.image': image('Image=quay.io/example/db:16'),
      'usr/lib/bound-images.d/db.container': symlink('/usr/share/containers/systemd/db.container'),
    },
    at: ['/usr/share/containers/systemd/db.image:3:7'],
    right: {
      ...dbWith(),
      'usr/lib/bound-images.d/db.container': symlink('/usr/share/containers/systemd/db.container'),
    },
  },
  {
    rule: 'reference-tag-and-digest',
    name: 'in a unit that bootc reads',
    wrong: webOf(`quay.io/example/web:2.4@${digest}`),
    at: [`${web}:3:7`],
    right: {
      'usr/share/containers/systemd/web.container': container('# 2.4', `Image=quay.io/example/web@${digest}`),
    },
  },
  {
    rule: 'reference-tag-and-digest',
    name: 'in a unit that two entries bind, of which bootc reads one',
    wrong: {
      ...webOf(`quay.io/example/web:2.4@${digest}`),
      'usr/lib/bound-images.d/web.container': symlink('/usr/share/containers/systemd/web.container'),
    },
    at: [`${web}:3:7`],
    right: logsOf(`quay.io/example/logs:2.4@${digest}`),
  },
  {
    rule: 'reference-renamed',
    name: 'docker.io without “library/”',
    wrong: webOf(`docker.io/nginx@${digest}`),
    at: [`${web}:3:7`],
    right: webOf(`docker.io/library/nginx@${digest}`),
  },
  {
    rule: 'reference-renamed',
    name: 'a transport before the name, which only bootc minds',
    wrong: webOf(`docker://quay.io/example/web@${digest}`),
    at: [`${web}:3:7`],
    right: logsOf(`docker://quay.io/example/logs@${digest}`),
  },
  {
    rule: 'reference-versions-differ',
    name: 'one repository with two digests, of which the second is bound twice',
    wrong: {
      ...logsOf(`quay.io/example/web@${otherDigest}`),
      'usr/lib/bound-images.d/more.toml': `images = ["quay.io/example/web@${otherDigest}"]\n`,
    },
    at: [`${web}:5:7`],
    right: logsOf(`quay.io/example/web@${digest}`),
  },
  {
    rule: 'reference-versions-differ',
    name: 'a short name that is an alias of what is bound by another digest',
    wrong: { ...alias, ...logsOf(`web@${otherDigest}`) },
    at: [`${web}:5:7`],
    beside: [`reference-short ${logs}:1:12`],
    right: { ...alias, ...logsOf(`quay.io/example/logs@${otherDigest}`) },
  },
];

function artifact(reference: string): Change {
  return {
    'usr/lib/bound-images.d/model.artifact': symlink('/usr/share/containers/systemd/model.artifact'),
    'usr/share/containers/systemd/model.artifact': `[Artifact]\nArtifact=${reference}\n`,
  };
}
