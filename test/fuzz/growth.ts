import { cleanRoot } from '../rules/clean-root.js';
import { symlink, type TreeSpec } from '../support/tree-spec.js';
import type { FileKind } from './corpus.js';
import { tokens } from './tokens.js';

/** A file that is one thing repeated, between a beginning and an end. */
export interface Repetition {
  readonly kind: FileKind;
  readonly before: string;
  readonly token: Buffer;
  readonly after: string;
}

const systemd = 'usr/share/containers/systemd';

/** Where a file of each kind is read, and what stands around what is repeated in it. */
const places: Readonly<
  Record<Exclude<FileKind, 'other'>, readonly [string, ...(readonly [string, string])[]]>
> = {
  unit: [
    `${systemd}/logs/logs.container`,
    ['', ''],
    ['[Container]\nImage=quay.io/x/y:1\n', ''],
    ['[Container]\nImage=', ''],
    ['[Container]\nImage=quay.io/x/y:1\nPodmanArgs=', '\n'],
    ['[Container]\nImage=quay.io/x/y:1\nExec="', '"\n'],
    ['[Container]\nImage=quay.io/x/y:1\nMount=type=image,src=a,', '\n'],
    ['[Container]\nImage=quay.io/x/y:1\n# bound-images: ignore ', ''],
    ['[Container]\nImage=quay.io/x/y:1\nEnvironment=A=', '\n'],
    ['[Container]\nImage=quay.io/x/y:1\nVolume=', '\n'],
    ['[Container]\nImage=quay.io/x/y:1\n[Unit]\nAfter=', '\n'],
    ['[Container]\n', '=x\n'],
  ],
  'unit drop-in': [
    `${systemd}/logs.container.d/10-more.conf`,
    ['', ''],
    ['[Container]\nGlobalArgs=', ''],
    ['[Container]\nGlobalArgs=a\n', ''],
    ['[Container]\nGlobalArgs=-D', ''],
  ],
  'TOML drop-in': [
    'usr/lib/bound-images.d/many.toml',
    ['', ''],
    ['images = [', ']\n'],
    ['images = ["', '"]\n'],
    ["images = ['''", "''']\n"],
    ['images = []\n# bound-images: ignore ', '\n'],
    ['[[image]]\nreference = "quay.io/x/y:1"\nexpect = {', '}\n'],
    ['[[image]]\nreference = "quay.io/x/y:1"\nexpect = { "a" = "', '" }\n'],
    ['[[image]]\nreference = "quay.io/x/y:1"\npayload = [', ']\n'],
    ['[[image]]\nreference = "quay.io/x/y:1"\n[[image.payload]]\npath = "/a"\nas = "', '"\n'],
    ['[', ']\n'],
  ],
  'auth file': [
    'etc/containers/agent-auth.json',
    ['', ''],
    ['{"auths":{', '}}'],
    ['{"auths":{"', '":{}}}'],
    ['{"auths":{"quay.io":{"auth":"', '"}}}'],
  ],
  'policy.json': [
    'etc/containers/policy.json',
    ['', ''],
    ['{"default":[', ']}'],
    ['{"default":[{"type":"reject"}],"transports":{"docker":{"', '":[]}}}'],
    ['{"default":[{"type":"insecureAcceptAnything"}],"', '":1}'],
  ],
  'registries.conf': [
    'etc/containers/registries.conf',
    ['', ''],
    ['unqualified-search-registries = ["', '"]\n'],
    ['[[registry]]\nprefix = "', '"\n'],
    ['[[registry]]\nlocation = "quay.io"\n', ''],
    ['[aliases]\n"', '" = "quay.io/x/y"\n'],
  ],
  'storage.conf': [
    'etc/containers/storage.conf',
    ['', ''],
    ['[storage]\n', ''],
    ['[storage.options]\nadditionalimagestores = ["', '"]\n'],
  ],
  YAML: [
    `${systemd}/logs/shop.yaml`,
    ['', ''],
    ['kind: Pod\nspec: {containers: [', ']}\n'],
    ['kind: Pod\nspec:\n  containers:\n  - image: ', '\n'],
    ['kind: Pod\nspec:\n  containers:\n  - image: "', '"\n'],
    ['kind: Pod\nspec:\n  containers:\n  - image: |\n      ', '\n'],
  ],
};

export const repetitions: readonly Repetition[] = Object.entries(places).flatMap(([kind, [, ...around]]) =>
  around.flatMap(([before, after]) =>
    tokens.map((token) => ({ kind: kind as FileKind, before, token, after })),
  ),
);

/** The clean root with one such file of about `sizeBytes`, and whatever leads to it. */
export function repetitionRoot({ kind, before, token, after }: Repetition, sizeBytes: number): TreeSpec {
  const [path] = places[kind as keyof typeof places];
  return {
    ...cleanRoot,
    'usr/lib/bound-images.d/logs.container': symlink(`/${systemd}/logs/logs.container`),
    'usr/lib/bound-images.d/shop.kube': symlink(`/${systemd}/logs/shop.kube`),
    [`${systemd}/logs/logs.container`]: '[Container]\nImage=quay.io/example/logs:1\n',
    [`${systemd}/logs/shop.kube`]: '[Kube]\nYaml=shop.yaml\n',
    [`${systemd}/logs/shop.yaml`]: 'kind: Pod\nspec:\n  containers:\n  - image: quay.io/example/shop:1\n',
    [path]: Buffer.concat([Buffer.from(before), Buffer.alloc(sizeBytes, token), Buffer.from(after)]),
  };
}
