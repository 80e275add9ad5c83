import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import type * as http from 'node:http';
import { join } from 'node:path';
import { expect } from 'vitest';
import { quadlet } from '../../../support/entries.js';
import { authJson } from '../../../support/host.js';
import { tarArchive } from '../../../support/tar.js';
import type { Attack, Bounds, Lab, LabImage, Row } from '../../row.js';
import type { RegistryRequest } from '../../support/memory-registry.js';
import { type Recorder, startRecorder } from '../../support/recorder.js';
import { expectNothingTold, secrets } from '../client/trick.js';
import { creds } from '../registries.js';

/** What a registry does to whoever fetches the one layer of an image. */
export interface BlobTrick {
  readonly name: string;
  /** Of some megabytes, which are written to a file; else of some hundred bytes. */
  readonly isLarge?: boolean;
  readonly args?: readonly string[];
  /** The exit statuses that are right. */
  readonly status: readonly number[];
  readonly says?: readonly RegExp[];
  readonly bounds?: Bounds;
  /** Answers a request for the layer, or returns false to let the registry do it. */
  readonly answer: (ask: BlobAsk, response: http.ServerResponse, scene: BlobScene) => unknown;
}

export interface BlobAsk {
  readonly request: RegistryRequest;
  /** How many requests for the layer came before. */
  readonly before: number;
  /** What the layer is. */
  readonly content: Buffer;
  /** The first byte that is asked for, where it is not the first of all. */
  readonly from: number | undefined;
}

export interface BlobScene {
  readonly lab: Lab;
  readonly app: LabImage;
  readonly elsewhere: Recorder;
}

/** A blob may come a few times over, never without an end; beside Node.js, no more than some of it is in memory. */
const ordinary: Bounds = { peakMegabytes: 250, requests: 60, sentMegabytes: 60 };

// What is random does not get smaller.
const random = randomBytes(2_000_000).toString('hex');

export function blobTrickRow({ name, isLarge = false, args = [], ...trick }: BlobTrick): Row {
  return {
    name: `a registry that answers who wants a layer with ${name}`,
    short: 'some',
    attack: async (lab): Promise<Attack> => {
      const largeText = isLarge ? `${lab.scratch}\n${random}` : undefined;
      const app = largeText === undefined ? lab.image() : lab.image({ layer: layerOf(largeText) });
      const elsewhere = await startRecorder(lab.cleanup);
      const scene = { lab, app, elsewhere };
      answerWith(trick.answer, scene);
      return {
        newRoot: {
          ...quadlet(
            'app.image',
            `Image=${app.tagged}`,
            'TLSVerify=false',
            'AuthFile=/usr/lib/app/auth.json',
          ),
          'usr/lib/app/auth.json': authJson({ [lab.registry.host]: creds }),
        },
        env: elsewhere.proxyEnv,
        secrets,
        runs: [
          {
            command: 'pull',
            args: ['--format', 'json', ...args],
            status: trick.status,
            ...(trick.says && { says: trick.says }),
            never: [/mistake in bound-images/, /x{5000}/],
            bounds: { ...ordinary, ...trick.bounds },
            ...(trick.status.every((status) => status === 0) && { stores: [app.tagged] }),
          },
        ],
        afterwards: async (_, [result]) => {
          if (result?.exitCode === 0) await expectRightBytes(lab, app, largeText);
          expect(await keptBytes(lab, app)).toBeLessThanOrEqual(layerBytes(lab, app).length);
          expectNothingTold(elsewhere);
        },
      };
    },
  };
}

/** Asks for the credentials first, and plays the trick. */
function answerWith(answer: BlobTrick['answer'], scene: BlobScene): void {
  const { lab, app } = scene;
  const [layer] = app.layers;
  let asked = 0;
  lab.registry.misbehave((request, response) => {
    if (request.authorization === undefined) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"', 'content-length': 0 }).end();
      return true;
    }
    if (request.kind !== 'blob' || request.what !== layer) return false;
    const from = /^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1];
    const ask = {
      request,
      before: asked,
      content: layerBytes(lab, app),
      from: from === undefined ? undefined : Number(from),
    };
    asked += 1;
    return answer(ask, response, scene) !== false;
  });
}

/** A tar archive of one file, where an image of the harness has it. */
export function layerOf(text: string): Buffer {
  const content = Buffer.from(text);
  return Buffer.concat([
    ...tarArchive([{ path: 'data/content', sizeBytes: content.length, content: [content] }]),
  ]);
}

function layerBytes({ registry }: Lab, { layers: [layer = ''] }: LabImage): Buffer {
  const content = registry.blob(layer);
  if (content === undefined) throw new Error(`the registry has no ${layer}`);
  return content;
}

/** What is in the store is what the registry should have sent. */
export async function expectRightBytes({ store }: Lab, app: LabImage, text?: string): Promise<void> {
  const found = await store.contents(app.tagged, 'data/content');
  if (text === undefined) expect(found).toMatch(new RegExp(`^${app.repository} `));
  else expect(found === text).toBe(true);
}

/** What is kept of the layer for the next run. */
async function keptBytes({ store }: Lab, { layers: [layer = ''] }: LabImage): Promise<number> {
  const directory = join(store.root, 'bound-images/parts');
  const names = await readdir(directory).catch(() => []);
  const sizes = names
    .filter((name) => name.includes(layer.replace('sha256:', '')) && !name.endsWith('.json'))
    .map(async (name) => (await stat(join(directory, name))).size);
  return Math.max(0, ...(await Promise.all(sizes)));
}

/** Sends the bytes from the one to before the other, as a part of all of them. */
export function sendPart(
  response: http.ServerResponse,
  { content }: Pick<BlobAsk, 'content'>,
  from: number,
  said = `bytes ${from}-${content.length - 1}/${content.length}`,
): void {
  const body = content.subarray(from);
  response.writeHead(206, { 'content-range': said, 'content-length': body.length }).end(body);
}

/** Promises all and sends so many bytes, then cuts the connection. */
export function cut(response: http.ServerResponse, { content, from = 0 }: BlobAsk, bytes: number): void {
  const headers =
    from === 0 ? {} : { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
  response.writeHead(from === 0 ? 200 : 206, { ...headers, 'content-length': content.length - from });
  response.write(content.subarray(from, from + bytes), () => setTimeout(() => response.destroy(), 20));
}
