import { symlink } from '../../support/tree-spec.js';
import { container, dbWith, digest, image, otherDigest, webOf, webWith } from '../clean-root.js';
import type { Change, RuleRow } from '../rule-row.js';

const units = 'usr/share/containers/systemd';
const web = `/${units}/web.container`;
const db = `/${units}/db.image`;

/** A unit that is bound from the directory that bootc does not read. */
function bound(name: string, text: string): Change {
  return { [`usr/lib/bound-images.d/${name}`]: symlink(`/${units}/${name}`), [`${units}/${name}`]: text };
}

const tillContainer = container(`Image=quay.io/example/till@${digest}`, 'Pod=shop.pod');
const pod = (contents: string): string => `kind: Pod\nspec:\n  containers:\n${contents}`;

export const images: readonly RuleRow[] = [
  {
    rule: 'image-changed-by-drop-in',
    name: 'another digest',
    wrong: webDropIn(otherDigest),
    at: [`/${units}/web.container.d/10-image.conf:2:7`],
    right: webDropIn(digest),
  },
  {
    rule: 'image-missing',
    name: 'an .image unit',
    wrong: { [`${units}/db.image`]: image() },
    at: [`${db}:1:1`],
    right: dbWith(),
  },
  {
    rule: 'image-missing',
    name: 'a container whose image stands in another section',
    wrong: webOf('[Service]', `Image=quay.io/example/web@${digest}`),
    at: [`${web}:1:1`],
    right: webWith(),
  },
  {
    rule: 'image-missing',
    name: 'a section that is misspelt',
    wrong: { [`${units}/web.container`]: `[Unit]\n[container]\nImage=quay.io/example/web@${digest}\n` },
    at: [`${web}:2:1`],
    right: webWith(),
  },
  {
    rule: 'image-missing',
    name: 'the section of another type of unit',
    wrong: { [`${units}/db.image`]: `[Container]\nImage=quay.io/example/db@${digest}\n` },
    at: [`${db}:1:1`],
    right: dbWith(),
  },
  {
    rule: 'image-missing',
    name: 'the section of a kind that binds nothing',
    wrong: { [`${units}/db.image`]: `[Build]\nImageTag=quay.io/example/db@${digest}\n` },
    at: [`${db}:1:1`],
    right: dbWith(),
  },
  {
    rule: 'image-given-twice',
    name: 'two in one section',
    wrong: webWith(`Image=quay.io/example/web@${digest}`),
    at: [`${web}:3:7`],
    right: webWith('Image=', `Image=quay.io/example/web@${digest}`),
  },
  {
    rule: 'image-empty',
    name: 'a volume',
    wrong: bound('data.volume', '[Volume]\nDriver=image\nImage=\n'),
    at: [`/${units}/data.volume:3:7`],
    right: bound('data.volume', '[Volume]\nDriver=image\nImage=db.image\n'),
  },
  {
    rule: 'image-and-rootfs',
    name: 'both',
    wrong: webWith('Rootfs=/srv/web'),
    at: [`${web}:4:8`],
    right: webWith('Rootfs='),
  },
  {
    rule: 'rootfs-binds-nothing',
    name: 'a container without an image',
    wrong: webOf('Rootfs=/srv/web'),
    at: [`${web}:3:8`],
    right: { ...webOf('Rootfs=/srv/web'), 'usr/lib/bound-images.d/web.container': null },
  },
  {
    rule: 'image-unit-missing',
    name: 'an .image unit that is nowhere',
    wrong: webOf('Image=web.image'),
    at: [`${web}:3:7`],
    right: webOf('Image=db.image'),
  },
  {
    rule: 'image-unit-invalid',
    name: 'an .image unit without an image',
    wrong: { ...webOf('Image=web.image'), [`${units}/web.image`]: image() },
    at: [`${web}:3:7`],
    beside: [`image-missing /${units}/web.image:1:1`],
    right: {
      ...webOf('Image=web.image'),
      [`${units}/web.image`]: image(`Image=quay.io/example/web@${digest}`),
    },
  },
  {
    rule: 'image-tag-differs',
    name: 'an .image unit that gives another name to what it pulls',
    wrong: { ...webOf('Image=db.image'), ...dbWith(`ImageTag=quay.io/example/database@${digest}`) },
    at: [`${db}:4:10`],
    right: { ...webOf('Image=db.image'), ...dbWith(`ImageTag=quay.io/example/db@${digest}`) },
  },
  {
    rule: 'image-pulled-by-none',
    name: 'the name of an image in a mount',
    wrong: webWith(`Mount=type=image,source=quay.io/example/assets@${digest},destination=/assets`),
    at: [`${web}:4:25`],
    right: webWith('Mount=type=image,source=db.image,destination=/assets'),
  },
  {
    rule: 'volume-binds-nothing',
    name: 'a volume of another driver',
    wrong: bound('data.volume', '[Volume]\nImage=db.image\n'),
    at: [`/${units}/data.volume:1:1`],
    right: bound('data.volume', '[Volume]\nDriver=image\nImage=db.image\n'),
  },
  {
    rule: 'pod-binds-nothing',
    name: 'a pod whose container starts later',
    wrong: {
      ...bound('shop.pod', '[Pod]\n'),
      [`${units}/till.container`]: `${tillContainer}StartWithPod=no\n`,
    },
    at: [`/${units}/shop.pod:1:1`],
    right: { ...bound('shop.pod', '[Pod]\n'), [`${units}/till.container`]: tillContainer },
  },
  {
    rule: 'pod-container-invalid',
    name: 'a container without an image',
    wrong: { ...bound('shop.pod', '[Pod]\n'), [`${units}/till.container`]: container('Pod=shop.pod') },
    at: [`/${units}/shop.pod:1:1`],
    beside: [`image-missing /${units}/till.container:1:1`],
    right: { ...bound('shop.pod', '[Pod]\n'), [`${units}/till.container`]: tillContainer },
  },
  {
    rule: 'kube-yaml-unusable',
    name: 'a file that is not there',
    wrong: bound('shop.kube', kubeUnit()),
    at: [`/${units}/shop.kube:3:6`],
    right: {
      ...bound('shop.kube', kubeUnit()),
      [`${units}/shop.yaml`]: pod(`    - image: quay.io/example/till@${digest}\n`),
    },
  },
  {
    rule: 'kube-yaml-unusable',
    name: 'a file that is not YAML',
    wrong: {
      ...bound('shop.kube', kubeUnit()),
      [`${units}/shop.yaml`]: pod(`    - {image: quay.io/example/till@${digest}\n`),
    },
    at: [`/${units}/shop.yaml:5:1`],
    right: {
      ...bound('shop.kube', kubeUnit()),
      [`${units}/shop.yaml`]: pod(`    - {image: quay.io/example/till@${digest}}\n`),
    },
  },
  {
    rule: 'kube-binds-nothing',
    name: 'a file without a pod',
    wrong: { ...bound('shop.kube', kubeUnit()), [`${units}/shop.yaml`]: 'kind: Secret\n' },
    at: [`/${units}/shop.kube:1:1`],
    right: {
      ...bound('shop.kube', kubeUnit()),
      [`${units}/shop.yaml`]: pod(`    - image: quay.io/example/till@${digest}\n---\nkind: Secret\n`),
    },
  },
  {
    rule: 'artifact-reference',
    name: 'a tag together with a digest',
    wrong: bound('model.artifact', `[Artifact]\nArtifact=quay.io/example/model:2@${digest}\n`),
    at: [`/${units}/model.artifact:2:10`],
    right: bound('model.artifact', `[Artifact]\nArtifact=quay.io/example/model@${digest}\n`),
  },
  {
    rule: 'image-from-build',
    name: 'a .build unit',
    wrong: {
      ...webOf('Image=web.build'),
      [`${units}/web.build`]: '[Build]\nImageTag=localhost/web\nSetWorkingDirectory=unit\n',
    },
    at: [`${web}:3:7`],
    right: webWith(),
  },
  {
    rule: 'image-from-build',
    name: 'the name that a .build unit gives to its image, and not that a registry may have it',
    wrong: {
      ...webOf('Image=foobar:1'),
      [`${units}/web.build`]: '[Build]\nImageTag=foobar:1\nSetWorkingDirectory=unit\n',
    },
    at: [`${web}:3:7`],
    right: webWith(),
  },
  {
    rule: 'image-from-build',
    name: 'a directory that podman kube play builds, and not what else could be said of its name',
    wrong: {
      ...bound('shop.kube', '[Kube]\nYaml=shop.yaml\nPodmanArgs=--build\nSetWorkingDirectory=unit\n'),
      [`${units}/shop.yaml`]: pod('    - image: foobar\n      imagePullPolicy: Always\n'),
      [`${units}/foobar/Containerfile`]: 'FROM scratch\n',
    },
    at: [`/${units}/shop.yaml:4:14`],
    right: webWith(),
  },
];

function webDropIn(wanted: string): Change {
  return {
    [`${units}/web.container.d/10-image.conf`]: `[Container]\nImage=quay.io/example/web@${wanted}\n`,
  };
}

function kubeUnit(): string {
  return container('Yaml=shop.yaml').replace('[Container]', '[Kube]');
}
