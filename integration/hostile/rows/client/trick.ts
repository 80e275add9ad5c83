import type * as http from 'node:http';
import { expect } from 'vitest';
import { quadlet } from '../../../support/entries.js';
import { authJson, type Tree } from '../../../support/host.js';
import type { Attack, Bounds, Lab, LabImage, Row, Run } from '../../row.js';
import { type RegistryRequest, send } from '../../support/memory-registry.js';
import { type Recorder, startRecorder } from '../../support/recorder.js';
import { challenge, creds, noSecret } from '../registries.js';

/** What a registry does to whoever looks images up, which has credentials for it. */
export interface Trick {
  readonly name: string;
  readonly fault?: string;
  /** How the registry asks for credentials; `none` where it never does. */
  readonly guard?: 'basic' | 'bearer' | 'none';
  /** Lines of the unit beside those for the registry. */
  readonly unit?: readonly string[];
  /** The exit statuses of `check --online`, and of `plan`. Both may refuse and both may find the registry down without it. */
  readonly check?: readonly number[];
  readonly plan?: readonly number[];
  readonly args?: readonly string[];
  readonly says?: readonly RegExp[];
  readonly never?: readonly RegExp[];
  readonly bounds?: Bounds;
  /** It names another token server, which the protocol gives the credentials. */
  readonly hasOtherRealm?: boolean;
  /** Every podman pulls it, and not the first one alone. */
  readonly isPulled?: boolean;
  /** Answers what gets past the guard, or returns false to let the registry do it. */
  readonly answer?: (request: RegistryRequest, response: http.ServerResponse, scene: Scene) => unknown;
  /** Other things to be made first; returns what it wants otherwise. */
  readonly prepare?: (scene: Scene) => Promise<Partial<Setting> | undefined> | Partial<Setting> | undefined;
  readonly afterwards?: (scene: Scene) => void | Promise<void>;
}

export interface Scene {
  readonly lab: Pick<Lab, 'registry' | 'cleanup' | 'scratch'> & {
    readonly canaries: Pick<Lab['canaries'], 'secret'>;
  };
  readonly app: LabImage;
  readonly elsewhere: Recorder;
}

export interface Setting {
  /** Of the image, where it is not the registry's own name for it. */
  readonly reference: string;
  readonly env: Readonly<Record<string, string>>;
  readonly unit: readonly string[];
  /** Registries that the credentials are for, beside the one of this process. */
  readonly registries: readonly string[];
  readonly tree: Tree;
}

/** A token that lets in; it is a secret, too. */
export const bearer = 'canary-bearer-0123456789abcdef';
export const secrets: readonly RegExp[] = [...noSecret, /canary-bearer/, /canary-signature/];

/** Node.js alone takes some fifty; what a registry may make of them is bounded by what is read of an answer. */
const ordinary: Bounds = { peakMegabytes: 200, requests: 60, sentMegabytes: 40 };

export function trickRow(trick: Trick): Row {
  const { name, fault, bounds } = trick;
  return {
    name: `a registry that answers a look with ${name}`,
    ...(fault !== undefined && { fault }),
    only: 'oldest',
    short: 'some',
    attack: async (lab): Promise<Attack> => {
      const app = lab.image();
      const elsewhere = await startRecorder(lab.cleanup);
      const scene: Scene = { lab, app, elsewhere };
      const setting = await play(trick, scene);
      const registries = [lab.registry.host, ...(setting.registries ?? [])];
      const common = {
        ...(trick.says && { says: trick.says }),
        never: [/mistake in bound-images/, ...(trick.never ?? [])],
        bounds: { ...ordinary, ...bounds },
      };
      const given = [...(trick.args ?? [])];
      const { check = [3, 75], plan = [1, 75] } = trick;
      const mayBeRight = check.includes(0) || plan.includes(0);
      const runs: readonly Run[] = [
        { command: 'check', args: ['--online', ...given], status: check, ...common },
        { command: 'plan', args: ['--format', 'json', ...given], status: plan, ...common },
        // podman lists tags by itself.
        ...(trick.unit?.includes('AllTags=true')
          ? []
          : [
              {
                command: 'pull',
                args: given,
                status: mayBeRight ? [0, 1, 3, 75] : [1, 3, 75],
                ...common,
              } as const,
            ]),
      ];
      return {
        newRoot: {
          ...quadlet(
            'app.image',
            `Image=${setting.reference ?? app.tagged}`,
            'AuthFile=/usr/lib/app/auth.json',
            ...(setting.unit ?? ['TLSVerify=false']),
            ...(trick.unit ?? []),
          ),
          'usr/lib/app/auth.json': authJson(Object.fromEntries(registries.map((host) => [host, creds]))),
          ...setting.tree,
        },
        env: { ...elsewhere.proxyEnv, ...setting.env },
        secrets,
        runs,
        afterwards: async () => {
          if (trick.hasOtherRealm !== true) expectNothingTold(elsewhere);
          await trick.afterwards?.(scene);
        },
      };
    },
  };
}

/** Prepares the scene, and makes its registry play the trick. */
export async function play(trick: Trick, scene: Scene): Promise<Partial<Setting>> {
  const { guard = 'basic' } = trick;
  const setting = await trick.prepare?.(scene);
  scene.lab.registry.misbehave((request, response) => {
    if (isAnsweredByGuard(guard, scene, request, response)) return true;
    return trick.answer !== undefined && trick.answer(request, response, scene) !== false;
  });
  return setting ?? {};
}

/** That somebody else is asked is no harm; that he is told something would be. */
export function expectNothingTold(elsewhere: Recorder): void {
  const told = [...noSecret, /canary-bearer/, /authorization/i];
  expect(elsewhere.asked().filter((request) => told.some((what) => what.test(request)))).toEqual([]);
}

function isAnsweredByGuard(
  guard: NonNullable<Trick['guard']>,
  { lab: { registry } }: Scene,
  { authorization, path, repository }: RegistryRequest,
  response: http.ServerResponse,
): boolean {
  if (guard === 'none' || repository === 'open') return false;
  if (guard === 'basic') {
    if (authorization !== undefined) return false;
    challenge(response);
    return true;
  }
  if (path.startsWith('/token')) {
    send(response, 200, 'application/json', Buffer.from(JSON.stringify({ token: bearer })));
    return true;
  }
  if (authorization === `Bearer ${bearer}`) return false;
  challenge(response, `Bearer realm="http://${registry.host}/token",service="x"`);
  return true;
}

export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
export const indexType = 'application/vnd.oci.image.index.v1+json';

/** An answer to the requests of one kind. */
export function on(
  kind: RegistryRequest['kind'],
  answer: (request: RegistryRequest, response: http.ServerResponse, scene: Scene) => unknown,
): NonNullable<Trick['answer']> {
  return (request, response, scene) => (request.kind === kind ? answer(request, response, scene) : false);
}

/** Bytes on the connection that no HTTP server would send, and its end. */
export function raw(response: http.ServerResponse, ...parts: readonly (string | Buffer)[]): true {
  for (const part of parts) response.socket?.write(part);
  response.socket?.end();
  return true;
}
