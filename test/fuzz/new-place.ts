import { symlink, type TreeSpec } from '../support/tree-spec.js';
import type { FileKind } from './corpus.js';
import type { Random } from './random.js';

const systemd = 'usr/share/containers/systemd';
const extensions = ['container', 'container', 'image', 'image', 'kube', 'pod', 'volume', 'artifact'] as const;

/** Where one more file of a kind is read in a root, and what else there must be for that. */
export interface NewPlace {
  readonly path: string;
  readonly others: TreeSpec;
}

/** Each unit has a directory of its own, since one that cannot be read takes all others of its directory with it. */
export function newPlace(kind: FileKind, name: string, random: Random): NewPlace {
  const directory = `${systemd}/${name}`;
  switch (kind) {
    case 'unit': {
      const unit = `${name}.${random.pick(extensions)}`;
      return { path: `${directory}/${unit}`, others: entry(directory, unit) };
    }
    case 'unit drop-in': {
      const unit = `${name}.${random.pick(extensions)}`;
      const text = '[Container]\nImage=quay.io/example/a:1\n[Image]\nImage=quay.io/example/b:1\n';
      return {
        path: `${directory}/${unit}.d/10-more.conf`,
        others: { ...entry(directory, unit), [`${directory}/${unit}`]: text },
      };
    }
    case 'YAML': {
      const unit = `${name}.kube`;
      return {
        path: `${directory}/${name}.yaml`,
        others: { ...entry(directory, unit), [`${directory}/${unit}`]: `[Kube]\nYaml=${name}.yaml\n` },
      };
    }
    case 'auth file':
      return {
        path: `etc/containers/${name}.json`,
        others: {
          [`usr/lib/bound-images.d/${name}.toml`]: `images = ["quay.io/example/${name}:1"]\nauthfile = "/etc/containers/${name}.json"\n`,
        },
      };
    case 'TOML drop-in':
      return { path: `usr/lib/bound-images.d/${name}.toml`, others: {} };
    default:
      return {
        path: `etc/containers/${kind === 'storage.conf' ? kind : 'registries.conf'}.d/${name}.conf`,
        others: {},
      };
  }
}

function entry(directory: string, unit: string): TreeSpec {
  return { [`usr/lib/bound-images.d/${unit}`]: symlink(`/${directory}/${unit}`) };
}
