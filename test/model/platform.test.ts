import { describe, expect, test } from 'vitest';
import { noPullOptions } from '../../src/model/bound-image.js';
import {
  canonicalPlatform,
  formatPlatform,
  isSuitable,
  type Platform,
  suitableVariants,
  wantedPlatform,
} from '../../src/model/platform.js';

/** `linux/arm/v7`; here an empty part is an empty part. */
function platform(text: string): Platform {
  const [os = '', architecture = '', variant = null] = text.split('/');
  return { os, architecture, variant };
}

const place = { entry: null, file: null, line: null, column: null };
const sited = (value: string | undefined) => (value === undefined ? undefined : { value, place });

describe('the platform that is wanted', () => {
  test.each<{ host: string; os?: string; arch?: string; variant?: string; expected: string }>([
    { host: 'linux/amd64', expected: 'linux/amd64' },
    { host: 'linux/arm64/v8', expected: 'linux/arm64/v8' },
    { host: 'linux/arm/v6', expected: 'linux/arm/v6' },
    { host: 'linux/amd64', arch: 'arm64', expected: 'linux/arm64' },
    { host: 'linux/amd64', arch: 'arm64', variant: 'v8', expected: 'linux/arm64/v8' },
    { host: 'linux/amd64', arch: 'aarch64', variant: '8', expected: 'linux/arm64/v8' },
    { host: 'linux/amd64', arch: 'arm64', variant: '9', expected: 'linux/arm64/v9' },
    { host: 'linux/amd64', arch: 'x86_64', variant: 'v1', expected: 'linux/amd64' },
    { host: 'linux/arm64/v8', arch: 'X86-64', variant: 'v3', expected: 'linux/amd64/v3' },
    { host: 'linux/amd64', arch: 'i386', expected: 'linux/386' },
    // An architecture that is asked for is not this host's, even if it has the same name.
    { host: 'linux/arm64/v8', arch: 'arm64', expected: 'linux/arm64' },
    { host: 'linux/arm/v6', arch: 'arm', expected: 'linux/arm/v7' },
    { host: 'linux/amd64', arch: 'arm', variant: '6', expected: 'linux/arm/v6' },
    { host: 'linux/amd64', arch: 'armhf', expected: 'linux/arm/v7' },
    { host: 'linux/amd64', arch: 'armel', expected: 'linux/arm/v6' },
    { host: 'linux/amd64', arch: 'arm/v5', expected: 'linux/arm/v5' },
    { host: 'linux/arm/v7', variant: 'v5', expected: 'linux/arm/v5' },
    { host: 'linux/arm/v8', os: 'Linux', expected: 'linux/arm/v8' },
    { host: 'linux/amd64', os: 'macos', expected: 'darwin/amd64' },
    { host: 'linux/amd64', arch: 'mips64le', expected: 'linux/mips64le' },
  ])('is $expected on $host for $os $arch $variant', ({ host, os, arch, variant, expected }) => {
    const options = { ...noPullOptions, os: sited(os), arch: sited(arch), variant: sited(variant) };
    expect(formatPlatform(wantedPlatform(options, platform(host)))).toBe(expected);
  });
});

test.each([
  { text: 'linux/x86_64', expected: 'linux/amd64' },
  { text: 'linux/arm64/8', expected: 'linux/arm64/v8' },
  { text: 'linux/arm64', expected: 'linux/arm64' },
  { text: 'linux/arm', expected: 'linux/arm' },
  { text: 'linux/arm/v7', expected: 'linux/arm/v7' },
  { text: 'linux/a b', expected: 'linux/a b' },
])('$text is called $expected', ({ text, expected }) => {
  expect(canonicalPlatform(platform(text))).toEqual(platform(expected));
});

test.each([
  { text: 'linux/amd64', expected: [null] },
  { text: 'linux/amd64/v3', expected: ['v3', null] },
  { text: 'linux/arm', expected: [null, 'v8', 'v7', 'v6', 'v5'] },
  { text: 'linux/arm/v7', expected: ['v7', 'v6', 'v5', null] },
  { text: 'linux/arm/v5', expected: ['v5', null] },
  { text: 'linux/arm/v4', expected: ['v4', null] },
  { text: 'linux/arm64', expected: [null, 'v8'] },
  { text: 'linux/arm64/v8', expected: ['v8', null] },
  { text: 'linux/constructor', expected: [null] },
])('$text takes the variants $expected', ({ text, expected }) => {
  expect(suitableVariants(platform(text))).toEqual(expected);
});

test.each([
  { image: 'linux/amd64', wanted: 'linux/amd64', expected: true },
  { image: 'linux/arm64', wanted: 'linux/amd64', expected: false },
  { image: 'windows/amd64', wanted: 'linux/amd64', expected: false },
  { image: 'linux/arm64', wanted: 'linux/arm64/v8', expected: true },
  { image: 'linux/arm64/v8', wanted: 'linux/arm64', expected: true },
  { image: 'linux/arm64/v9', wanted: 'linux/arm64/v8', expected: false },
  { image: 'linux/arm/v6', wanted: 'linux/arm/v7', expected: true },
  { image: 'linux/arm/v7', wanted: 'linux/arm/v6', expected: false },
  { image: 'linux/amd64/v3', wanted: 'linux/amd64', expected: true },
])('$image is one for $wanted: $expected', ({ image, wanted, expected }) => {
  expect(isSuitable(platform(image), platform(wanted))).toBe(expected);
});
