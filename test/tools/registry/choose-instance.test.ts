import { describe, expect, test } from 'vitest';
import type { Platform } from '../../../src/model/platform.js';
import { chooseInstance, listPlatforms } from '../../../src/tools/registry/choose-instance.js';
import type { Instance } from '../../../src/tools/registry/manifest.js';

function platform(text: string): Platform {
  const [os = '', architecture = '', variant = null] = text.split('/');
  return { os, architecture, variant };
}

/** `linux/amd64`, `linux/amd64 zstd`, or `-` for no platform; the digest stands for the position. */
function instances(texts: readonly string[]): readonly Instance[] {
  return texts.map((text, position) => ({
    digest: `sha256:${position}`,
    platform: text.startsWith('-') ? null : platform(text.replace(' zstd', '')),
    isZstd: text.endsWith(' zstd'),
  }));
}

const attestation = 'unknown/unknown';

describe('of an index', () => {
  test.each<{ name: string; has: readonly string[]; wanted: string; chosen: number | null; zstd?: boolean }>([
    { name: 'the platform', has: ['linux/s390x', 'linux/amd64'], wanted: 'linux/amd64', chosen: 1 },
    { name: 'the first of two', has: ['linux/amd64', 'linux/amd64'], wanted: 'linux/amd64', chosen: 0 },
    { name: 'none for another', has: ['linux/s390x', attestation], wanted: 'linux/amd64', chosen: null },
    { name: 'none for another system', has: ['windows/amd64'], wanted: 'linux/amd64', chosen: null },
    { name: 'none of no images', has: [], wanted: 'linux/amd64', chosen: null },
    {
      name: 'the best variant wherever it stands',
      has: ['linux/arm', 'linux/arm/v5', 'linux/arm/v6', 'linux/arm/v8'],
      wanted: 'linux/arm/v7',
      chosen: 2,
    },
    {
      name: 'an image without a variant after all others',
      has: ['linux/arm', 'linux/arm/v5'],
      wanted: 'linux/arm/v7',
      chosen: 1,
    },
    {
      name: 'an image without a variant first when none is wanted',
      has: ['linux/arm64/v8', 'linux/arm64'],
      wanted: 'linux/arm64',
      chosen: 1,
    },
    { name: 'a variant that is known to run', has: ['linux/arm64/v8'], wanted: 'linux/arm64', chosen: 0 },
    { name: 'no variant that is not', has: ['linux/amd64/v3'], wanted: 'linux/amd64', chosen: null },
    { name: 'an image without a platform last', has: ['-', 'linux/amd64'], wanted: 'linux/amd64', chosen: 1 },
    {
      name: 'the first without a platform',
      has: ['linux/s390x', '-', '-'],
      wanted: 'linux/amd64',
      chosen: 1,
    },
    {
      name: 'the first with zstd where that is preferred',
      has: ['linux/amd64', 'linux/amd64 zstd', 'linux/amd64 zstd'],
      wanted: 'linux/amd64',
      chosen: 1,
    },
    {
      name: 'the first where zstd is not preferred',
      has: ['linux/amd64', 'linux/amd64 zstd'],
      wanted: 'linux/amd64',
      chosen: 0,
      zstd: false,
    },
    {
      name: 'a better variant before zstd',
      has: ['linux/arm/v6 zstd', 'linux/arm/v7'],
      wanted: 'linux/arm/v7',
      chosen: 1,
    },
    { name: 'zstd without a platform', has: ['-', '- zstd'], wanted: 'linux/amd64', chosen: 1 },
  ])('chooses $name', ({ has, wanted, chosen, zstd = true }) => {
    const instance = chooseInstance(instances(has), platform(wanted), zstd);
    expect(instance?.digest).toBe(chosen === null ? undefined : `sha256:${chosen}`);
  });
});

test.each([
  { has: ['linux/amd64', 'linux/arm/v7', 'linux/amd64 zstd'], expected: 'linux/amd64, linux/arm/v7' },
  { has: [attestation, '-'], expected: 'no platform' },
  { has: ['linux/\u001b[31m'], expected: 'linux/\\x1b[31m' },
  {
    has: Array.from({ length: 12 }, (_, number) => `linux/a${number}`),
    expected: `${Array.from({ length: 10 }, (_, number) => `linux/a${number}`).join(', ')}, 2 more`,
  },
])('lists $expected', ({ has, expected }) => {
  expect(listPlatforms(instances(has))).toBe(expected);
});
