import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newBoundHost, parseReport } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { type PodmanPrograms, podmanOf } from './support/podman-suites.js';
import { oneOf } from './support/sample.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

let source: ImageSource;
let one: SourceImage;
let two: SourceImage;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  one = await source.push('team/web:1');
  two = await source.push('team/web:2');
});

interface Row {
  readonly name: string;
  readonly bound: () => string;
  readonly wanted: () => string;
  /** Whether podman finds it in the store once what is bound was pulled. */
  readonly isThere: boolean;
  readonly isReported: boolean;
}

const both = () => `${one.tagged}@${one.digest}`;

describe.each(oneOf('other-version', ['4.3', '5.8', '6.1']))('with podman %s', (version) => {
  let programs: PodmanPrograms;
  beforeAll(async () => {
    programs = await podmanOf(version);
  });

  test.each<Row>([
    {
      name: 'a digest that was pulled has no tag',
      bound: () => one.pinned,
      wanted: () => one.tagged,
      isThere: false,
      isReported: true,
    },
    {
      name: 'a tag beside a digest is dropped',
      bound: both,
      wanted: () => one.tagged,
      isThere: false,
      isReported: true,
    },
    {
      name: 'a digest is found whatever tag stands beside it',
      bound: () => one.pinned,
      wanted: () => `${two.tagged}@${one.digest}`,
      isThere: true,
      isReported: false,
    },
    {
      name: 'a tag is not found by another tag',
      bound: () => one.tagged,
      wanted: () => two.tagged,
      isThere: false,
      isReported: true,
    },
    {
      name: 'a digest is found by the tag that led there when it was pulled, which is not known before',
      bound: () => one.tagged,
      wanted: () => one.pinned,
      isThere: true,
      isReported: true,
    },
    {
      name: 'a digest is not found by a tag that led elsewhere',
      bound: () => one.tagged,
      wanted: () => two.pinned,
      isThere: false,
      isReported: true,
    },
  ])('$name', async ({ bound, wanted, isThere, isReported }) => {
    const newRoot = {
      ...dropIn('app', [bound()]),
      'usr/share/containers/systemd/web.container': `[Container]\nImage=${wanted()}\n`,
    };
    const host = await newBoundHost(perTest, { newRoot, programs });
    expect((await host.pull()).exitCode).toBe(0);
    expect(await host.store.exists(wanted())).toBe(isThere);
    const checked = parseReport((await host.run('check', '--format', 'json')).stdout);
    const reported = checked?.diagnostics.some(({ rule }) => rule === 'image-bound-otherwise');
    expect(reported).toBe(isReported);
  });
});
