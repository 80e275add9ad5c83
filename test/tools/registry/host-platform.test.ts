import { expect, test } from 'vitest';
import { cpuVariant, hostPlatform, runsVariant } from '../../../src/tools/registry/host-platform.js';

const cpuInfo = (architecture: string, model = 'ARMv7 Processor rev 3 (v7l)') =>
  `processor\t: 0\nmodel name\t: ${model}\nBogoMIPS\t: 38.40\nCPU architecture: ${architecture}\n\nprocessor\t: 1\nCPU architecture: 3\n`;

test.each([
  { name: 'ARMv8', text: cpuInfo('8'), variant: 'v8' },
  { name: 'ARMv8 of an older kernel', text: cpuInfo('AArch64'), variant: 'v8' },
  { name: 'ARMv7', text: cpuInfo('7'), variant: 'v7' },
  { name: 'ARMv7-M', text: cpuInfo('7M'), variant: 'v7' },
  { name: 'an architecture without a number', text: cpuInfo('?(17)'), variant: 'v7' },
  {
    name: 'a Raspberry Pi Zero, which says 7',
    text: cpuInfo('7', 'ARMv6-compatible processor rev 7 (v6l)'),
    variant: 'v6',
  },
  { name: 'ARMv7 without a model', text: 'CPU architecture: 7\n', variant: null },
  { name: 'ARMv6', text: cpuInfo('6TEJ'), variant: 'v6' },
  { name: 'ARMv5', text: cpuInfo('5TE'), variant: 'v5' },
  { name: 'ARMv4', text: cpuInfo('4T'), variant: 'v4' },
  { name: 'ARMv3', text: cpuInfo('3'), variant: 'v3' },
  { name: 'an unknown number', text: cpuInfo('81'), variant: null },
  { name: 'no such field', text: 'processor\t: 0\n', variant: null },
])('reads $variant of $name', ({ text, variant }) => {
  expect(cpuVariant(text)).toBe(variant);
});

test('names this machine as Go does', () => {
  const { os, architecture } = hostPlatform();
  expect(os).toBe(process.platform);
  expect(architecture).toMatch(/^(?:386|amd64|arm|arm64|loong64|mips|mipsle|ppc64|ppc64le|riscv64|s390x)$/);
});

const v2 = 'fpu cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3';
const v3 = `${v2} abm avx avx2 bmi1 bmi2 f16c fma movbe xsave`;

test.each([
  { architecture: 'amd64', variant: null, flags: 'fpu', runs: true },
  { architecture: 'amd64', variant: 'v1', flags: 'fpu', runs: true },
  { architecture: 'amd64', variant: 'v2', flags: 'fpu', runs: false },
  { architecture: 'amd64', variant: 'v2', flags: v2, runs: true },
  { architecture: 'amd64', variant: 'v3', flags: v2, runs: false },
  { architecture: 'amd64', variant: 'v3', flags: v3, runs: true },
  { architecture: 'amd64', variant: 'v4', flags: v3, runs: false },
  { architecture: 'amd64', variant: 'v4', flags: '', runs: true },
  { architecture: 'arm64', variant: 'v9', flags: 'fp', runs: true },
])('a processor with “$flags” runs $architecture/$variant: $runs', ({ flags, runs, ...platform }) => {
  const cpuInfo = flags === '' ? '' : `processor\t: 0\nflags\t\t: ${flags}\n`;
  expect(runsVariant({ os: 'linux', ...platform }, cpuInfo)).toBe(runs);
});
