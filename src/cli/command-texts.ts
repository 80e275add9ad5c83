/** A command line, and what it is for. */
export interface Example {
  readonly line: string;
  readonly what: string;
}

/** What help and man pages say of a command beside its options. */
export interface CommandText {
  /** In the list of commands, and below NAME of its man page: no sentence. */
  readonly summary: string;
  readonly description: string;
  /** The usual ones first. */
  readonly examples: readonly Example[];
}

/** Of the program itself. */
export const programText: CommandText = {
  summary: 'pull the container images that an OS root binds before it is booted',
  description:
    'Pulls every container image that an OS root binds, and proves that all are there, before that root is booted.',
  examples: [
    { line: 'bound-images check rootfs', what: 'everything that is wrong with the tree of an image' },
    { line: 'bound-images pull --root /mnt/new-root', what: 'what that root binds, into podman’s store' },
    { line: 'bound-images stage', what: 'holds the staged deployment until all of its images are there' },
    { line: 'bound-images status', what: 'the deployments of this host and their images' },
  ],
};

export const commandTexts = {
  list: {
    summary: 'what a root binds, and how each image would be pulled',
    description: 'What a root binds, and how each image would be pulled. Offline.',
    examples: [
      { line: 'bound-images list', what: 'what the running system binds' },
      {
        line: 'bound-images list --root rootfs --format json',
        what: 'what a tree binds, for a program',
      },
    ],
  },
  check: {
    summary: 'everything that is wrong with what a root binds',
    description:
      'Everything that is wrong with what a root binds: exit status 3 if anything is. Offline without --online and --fix.',
    examples: [
      { line: 'bound-images check rootfs', what: 'the tree that an image is built from' },
      { line: 'RUN bound-images check --strict', what: 'in a Containerfile, as the last line' },
      { line: 'bound-images check --image quay.io/example/os:1', what: 'an image of podman’s storage' },
      {
        line: 'bound-images check rootfs --lock',
        what: 'for “podman build --label io.bound-images.lock=…”, which prefetch reads',
      },
      {
        line: 'bound-images check rootfs --fix --dry-run',
        what: 'a diff that pins each tag to its digest',
      },
    ],
  },
  init: {
    summary: 'make the entries that bind what the units of a tree want at boot',
    description:
      'Finds the images that units of a tree will want at boot and that nothing binds, shows the links that bind them, and makes these when told so. No file is changed or replaced.',
    examples: [
      { line: 'bound-images init rootfs', what: 'shows the links; on a terminal, asks whether to make them' },
      { line: 'bound-images init rootfs --yes', what: 'makes them' },
    ],
  },
  explain: {
    summary: 'what a rule finds, why it matters, and what to write instead',
    description:
      'The page of a rule: what it finds, why that fails on a host, and what to write instead. Without a rule, all rules, one a line.',
    examples: [
      { line: 'bound-images explain reference-floating', what: 'one rule' },
      { line: 'bound-images explain', what: 'all rules, with their severity' },
    ],
  },
  plan: {
    summary: 'what a pull would do',
    description:
      'What a pull would do: what is missing, its layers and sizes, the order, and whether there is room.',
    examples: [
      { line: 'bound-images plan --root /mnt/new-root', what: 'for that root, with its registries' },
      { line: 'bound-images plan --offline', what: 'only what is missing, and no registry is asked' },
    ],
  },
  pull: {
    summary: 'pull what a root binds and the store does not have',
    description:
      'Pulls what a root binds and the store does not have, then proves that all is there. Payloads are taken out for a root that is a deployment of this host, and for no other.',
    examples: [
      { line: 'bound-images pull --root /mnt/new-root', what: 'what that root binds, into podman’s store' },
      {
        line: 'bound-images pull --limit-rate 2M --timeout 1h',
        what: 'gently; the next run goes on from there',
      },
    ],
  },
  prefetch: {
    summary: 'pull what a coming OS image binds, before it is staged',
    description:
      'Pulls what the image of an OS binds, before there is a deployment of it, so that the update itself has nothing to wait for. What it binds is read from its label, or out of local storage if the image is there, or out of its layers. Nothing is held; prune keeps the images for some days.',
    examples: [
      {
        line: 'bound-images prefetch --os-image quay.io/example/os:2',
        what: 'at noon; bootc upgrade and stage at night find everything there',
      },
      {
        line: 'bound-images prefetch --os-image quay.io/example/os:2 --nice --limit-rate 2M',
        what: 'gently',
      },
      {
        line: 'bound-images prefetch --os-image localhost/os:2',
        what: 'for an image that was built on this host',
      },
      {
        line: 'bound-images prefetch --os-image quay.io/example/os:2 --store bootc',
        what: 'so that bootc upgrade finds all in its own store',
      },
    ],
  },
  extract: {
    summary: 'take a file or directory out of an image, or a layer out of an artifact',
    description:
      'Takes a file or directory out of an image, or a layer of an artifact as a file. podman’s storage is read if it has the image, else the registry is asked, for those layers only that are needed. What was there before stays until all has come and has the right digest.',
    examples: [
      {
        line: 'bound-images extract quay.io/example/os:1 --path /usr/lib/os-release -o -',
        what: 'a file, to the standard output',
      },
      {
        line: 'bound-images extract quay.io/example/gvisor:1 --path /gvisor.raw -o extensions/gvisor.raw',
        what: 'the image of a system extension',
      },
      {
        line: 'bound-images extract quay.io/example/kernel:6.12 --title vmlinuz -o vmlinuz',
        what: 'a file of an artifact',
      },
      {
        line: 'bound-images extract oci-archive:app.tar --path /etc/app -o app-etc',
        what: 'a directory, out of an archive',
      },
    ],
  },
  mount: {
    summary: 'run a command where the bound images of a root lie as directories',
    description:
      'Runs a command in a directory that has the bound images of a root, read-only: a numbered directory for each, in the order of their entries, an artifact with its layers as files. All have to be in podman’s storage. Nobody else sees the mounts, and they end with the command, however it ends.',
    examples: [
      { line: 'bound-images mount -- ls', what: 'which images there are' },
      { line: 'bound-images mount', what: 'a shell among them' },
      {
        line: "bound-images mount --root /mnt/os -- sh -c 'cat */etc/os-release'",
        what: 'what they are made of',
      },
    ],
  },
  inspect: {
    summary: 'what an image, an artifact or an index is, and what of it may be a payload',
    description:
      'What an image, an artifact or an index is: platforms, layers, annotations, labels, and which layers may be bound as payloads. Nothing is fetched but manifests and the config.',
    examples: [
      {
        line: 'bound-images inspect quay.io/example/os:1',
        what: 'all platforms, and the layers for this host',
      },
      {
        line: 'bound-images inspect quay.io/example/kernel:6.12 --format json',
        what: 'the files of an artifact, for a program',
      },
      { line: 'bound-images inspect containers-storage:localhost/os', what: 'an image of podman’s storage' },
    ],
  },
  stage: {
    summary: 'hold the staged deployment until its images are there',
    description:
      'Holds the staged deployment until every image that it binds is there, and what they carry for it (payloads) is taken out. Then releases it, unless it was held before, or runs the command that makes it bootable.',
    examples: [
      { line: 'bound-images stage', what: 'completes what an update has staged' },
      {
        line: 'bound-images stage -- rpm-ostree finalize-deployment --allow-missing-checksum',
        what: 'after rpm-ostree upgrade --lock-finalization',
      },
      {
        line: 'bound-images stage -- bootc upgrade --from-downloaded --apply',
        what: 'after bootc upgrade --download-only',
      },
      {
        line: "bound-images stage --accept-missing quay.io/example/reports:7 --reason 'registry gone'",
        what: 'in an emergency: this deployment may boot without that image',
      },
    ],
  },
  gate: {
    summary: 'whether the images of the staged deployment are there',
    description:
      'Whether every image of the staged deployment is there, or of the one that is prepared for a soft reboot, and all of their payloads. Asks no registry and pulls nothing.',
    examples: [
      { line: 'bound-images gate', what: 'exit status 0 if all are there' },
      { line: 'bound-images gate --hold', what: 'the same, and else holds the deployment' },
    ],
  },
  status: {
    summary: 'the deployments of this host, and their images',
    description:
      'The deployments of this host, with their images, who holds them, and how the last run went.',
    examples: [
      { line: 'bound-images status', what: 'for a person' },
      { line: 'bound-images status --format json', what: 'for a program' },
    ],
  },
  'link-payloads': {
    summary: 'at boot: link the payloads of the running deployment into /run',
    description:
      'Links the payloads of the deployment that is running to /run/bound-images/payloads, and its extensions into /run/extensions and /run/confexts. bound-images-payloads.service does it at boot. Asks no daemon.',
    examples: [
      { line: 'bound-images link-payloads', what: 'as root; does nothing where there are none' },
      { line: 'bound-images link-payloads --format json', what: 'which links were made, for a program' },
    ],
  },
  licenses: {
    summary: 'whose work this program is made of',
    description:
      'Whose work this program is made of, and under which licences: name, version, and the licence itself.',
    examples: [
      { line: 'bound-images licenses', what: 'all of it' },
      { line: 'bound-images licenses --format json', what: 'the same for a program' },
    ],
  },
  doctor: {
    summary: 'whether this host is ready, and what to do',
    description:
      'Whether this host is ready: tools, store, disk, deployments, units, who else updates, clock, proxies and certificates, each with what to do. Changes nothing.',
    examples: [
      { line: 'bound-images doctor', what: 'as root, all of it; else what can be seen' },
      { line: 'bound-images doctor --quiet', what: 'only what is not as it should be' },
    ],
  },
  prune: {
    summary: 'remove images that bound-images pulled and nothing needs',
    description:
      'Removes what bound-images pulled and is not needed any more: images that no deployment binds and nothing uses, and old parts of layers.',
    examples: [
      { line: 'bound-images prune --dry-run', what: 'what would be removed, and what not, and why' },
      { line: 'bound-images prune', what: 'removes it' },
    ],
  },
} as const satisfies Record<string, CommandText>;

export type CommandName = keyof typeof commandTexts;

/** The commands by who runs them, in the order in which they are told. */
export const commandGroups: readonly {
  readonly title: string;
  readonly commands: readonly CommandName[];
}[] = [
  { title: 'For authors of an image', commands: ['check', 'init', 'explain', 'list'] },
  {
    title: 'On a host',
    commands: ['plan', 'pull', 'prefetch', 'stage', 'gate', 'status', 'prune', 'link-payloads', 'doctor'],
  },
  { title: 'Looking into images', commands: ['inspect', 'extract', 'mount'] },
  { title: 'About this program', commands: ['licenses'] },
];

/** What an exit status means; with the lines that help shows of it. */
export const exitStatuses: readonly (readonly [status: string, meaning: string])[] = [
  ['0', 'all is well'],
  ['1', 'an image is missing, and trying again will not help'],
  ['2', 'wrong usage'],
  ['3', 'the configuration is invalid'],
  ['4', 'a tool that is needed is absent or too old'],
  ['70', 'a mistake in bound-images itself'],
  ['75', 'an image is missing, or a registry did not answer, but trying again later may help'],
  ['130', 'interrupted (SIGINT); 143 (SIGTERM), 129 (SIGHUP)'],
];

/** Where entries are, in help and man pages. */
export const entriesText =
  'Entries are read from usr/lib/bootc/bound-images.d and usr/lib/bound-images.d of the root: TOML drop-ins, and links to .image, .container, .volume, .kube, .pod and .artifact quadlets. Entries of the same name in etc/bootc/bound-images.d replace them; a link to /dev/null there masks one.';
