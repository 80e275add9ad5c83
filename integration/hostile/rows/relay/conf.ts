import { expect } from 'vitest';
import { quadlet } from '../../../support/entries.js';
import { authJson, type Tree } from '../../../support/host.js';
import type { Lab, LabImage, Row } from '../../row.js';
import { type Recorder, startRecorder } from '../../support/recorder.js';
import { secrets } from '../client/trick.js';
import { challenge, creds } from '../registries.js';

interface Place {
  readonly lab: Lab;
  readonly app: LabImage;
  readonly elsewhere: Recorder;
}

/** A registry that insists on credentials, which the new root has an auth file with. */
interface ConfTrick {
  readonly name: string;
  /** What is in /etc/containers/registries.conf of the new root, beside that the registry has no TLS. */
  readonly conf: (place: Place) => string;
  readonly tree?: (place: Place) => Tree;
  readonly isStored?: boolean;
  /** The image is looked for elsewhere by the word of the root, which its next boot would do, too. */
  readonly reference?: (place: Place) => string;
}

const insecure = ({ lab }: Place) => `[[registry]]\nlocation = "${lab.registry.host}"\ninsecure = true\n`;

const tricks: readonly ConfTrick[] = [
  { name: 'nothing else', conf: insecure, isStored: true },
  {
    name: 'loopback that is somebody else’s, before the registry',
    conf: ({ lab, elsewhere }) =>
      `[[registry]]\nprefix = "${lab.registry.host}"\nlocation = "127.0.0.2:${elsewhere.port}"\ninsecure = true\n`,
  },
  {
    name: 'a mirror that is somebody else’s',
    conf: (place) =>
      `${insecure(place)}[[registry.mirror]]\nlocation = "127.0.0.2:${place.elsewhere.port}"\ninsecure = true\n`,
    isStored: true,
  },
  {
    name: 'a rule for the whole of loopback',
    conf: (place) =>
      `${insecure(place)}[[registry]]\nprefix = "*.0.0.1"\nlocation = "127.0.0.2:${place.elsewhere.port}"\ninsecure = true\n`,
  },
  {
    name: 'a rule for the address without a port',
    conf: (place) =>
      `${insecure(place)}[[registry]]\nprefix = "127.0.0.1"\nlocation = "127.0.0.2:${place.elsewhere.port}"\ninsecure = true\n`,
    isStored: true,
  },
  {
    name: 'loopback that is blocked',
    conf: (place) => `${insecure(place)}[[registry]]\nlocation = "127.0.0.1"\nblocked = true\n`,
    isStored: true,
  },
  {
    name: 'rules for each port on which a relay may listen',
    conf: (place) =>
      insecure(place) +
      Array.from(
        { length: 512 },
        (_, at) =>
          `[[registry]]\nprefix = "127.0.0.1:${512 + at}"\nlocation = "127.0.0.2:${place.elsewhere.port}"\ninsecure = true\n`,
      ).join(''),
    isStored: true,
  },
  {
    name: 'registries that end in the path of another',
    conf: (place) =>
      `${insecure(place)}[[registry]]\nprefix = "example.com/a"\nlocation = "${place.lab.registry.host}/../../x"\n`,
  },
  {
    name: 'a location that ends the line',
    conf: (place) =>
      `${insecure(place)}[[registry]]\nprefix = "example.com"\nlocation = "x\\"\\n[[registry]]\\nprefix = \\"127.0.0.1\\""\n`,
  },
  {
    name: 'credential helpers that are programs',
    conf: (place) =>
      `credential-helpers = ["${place.lab.canaries.program}", "secretservice"]\n${insecure(place)}`,
  },
  {
    name: 'docker.io that is the registry',
    conf: (place) =>
      `[[registry]]\nprefix = "docker.io"\nlocation = "${place.lab.registry.host}"\ninsecure = true\n`,
    reference: ({ app }) => `docker.io/${app.repository}:1`,
    isStored: true,
  },
  {
    name: 'lookasides that are somebody else’s',
    conf: insecure,
    tree: ({ elsewhere }) => ({
      'etc/containers/registries.d/x.yaml': `default-docker:\n  lookaside: http://127.0.0.2:${elsewhere.port}/sigs\n`,
    }),
    isStored: true,
  },
  {
    name: 'credentials for loopback of its own',
    conf: insecure,
    tree: ({ lab }) => ({
      'etc/containers/auth.json': authJson({ '127.0.0.1': 'canary-signature:x', [lab.registry.host]: 'a:b' }),
    }),
    isStored: true,
  },
];

export const confRows: readonly Row[] = tricks.map(({ name, conf, tree, isStored = false, reference }) => ({
  name: `a new root whose registries.conf has ${name}`,
  short: 'some',
  attack: async (lab) => {
    const app = lab.image();
    const elsewhere = await startRecorder(lab.cleanup);
    const place: Place = { lab, app, elsewhere };
    lab.registry.misbehave(({ authorization }, response) => {
      if (authorization !== undefined) return false;
      challenge(response);
      return true;
    });
    // Who asks somewhere else for it has no credentials for that.
    elsewhere.answer((_, response) => challenge(response));
    const bound = reference?.(place) ?? app.tagged;
    return {
      newRoot: {
        ...quadlet('app.image', `Image=${bound}`, 'AuthFile=/usr/lib/app/auth.json'),
        'usr/lib/app/auth.json': authJson({ [lab.registry.host]: creds }),
        'etc/containers/registries.conf': conf(place),
        ...tree?.(place),
      },
      // That of the root counts, and not the harness's.
      env: { ...elsewhere.proxyEnv, CONTAINERS_REGISTRIES_CONF: '' },
      secrets,
      runs: [
        {
          command: 'pull',
          status: isStored ? [0] : [0, 1, 3, 75],
          never: [/mistake in bound-images/],
          ...(isStored && { stores: [bound] }),
        },
      ],
      afterwards: async () => {
        // Nor may it learn where the relay is: below which path. podman tells everybody a user without a name.
        const told = [...secrets, /\/r\d+\//];
        expect(elsewhere.asked().filter((request) => told.some((what) => what.test(request)))).toEqual([]);
      },
    };
  },
}));
