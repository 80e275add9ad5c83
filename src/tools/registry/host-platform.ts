import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import type { Platform } from '../../model/platform.js';

/** Go's names for architectures that Node.js calls otherwise. */
const architectures: Readonly<Record<string, string>> = {
  ia32: '386',
  mipsel: 'mipsle',
  ppc64: endianness() === 'LE' ? 'ppc64le' : 'ppc64',
  x64: 'amd64',
};

/** The platform of this machine, in Go's names; only ARM has variants. */
export function hostPlatform(): Platform {
  const architecture = architectures[process.arch] ?? process.arch;
  const isArm = architecture === 'arm' || architecture === 'arm64';
  return { os: process.platform, architecture, variant: isArm ? cpuVariant(readCpuInfo()) : null };
}

function readCpuInfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    // Without /proc the variant is unknown, to podman as well.
    return '';
  }
}

const variants: readonly (readonly [RegExp, string])[] = [
  [/^(?:8|aarch64)$/, 'v8'],
  [/^(?:7|7m|\?\(1[2-7]\))$/, 'v7'],
  [/^(?:6|6tej)$/, 'v6'],
  [/^5(?:t|te|tej)?$/, 'v5'],
  [/^4t?$/, 'v4'],
  [/^3$/, 'v3'],
];

/**
 * The variant of an ARM processor, from the text of /proc/cpuinfo; null when it is not to be known.
 * Source: getCPUVariantArm in go.podman.io/image internal/pkg/platform/platform_matcher.go.
 */
export function cpuVariant(cpuInfo: string): string | null {
  const architecture = cpuField(cpuInfo, 'cpu architecture');
  if (architecture !== '7') return variants.find(([pattern]) => pattern.test(architecture))?.[1] ?? null;
  const model = cpuField(cpuInfo, 'model name');
  if (model === '') return null;
  // The kernel says 7 of the ARMv6 processor of a Raspberry Pi Zero.
  return model.startsWith('armv6-compatible') ? 'v6' : 'v7';
}

/** The first value of that name in lower case; '' when there is none. */
function cpuField(cpuInfo: string, name: string): string {
  for (const line of cpuInfo.toLowerCase().split('\n')) {
    const [key = '', value = ''] = line.split(':');
    if (key.trim() === name) return value.trim();
  }
  return '';
}

/**
 * What each level of x86-64 adds, in the words of /proc/cpuinfo. Source: the x86-64 psABI, “Micro-Architecture Levels”.
 */
const amd64Levels = [
  ['cx16', 'lahf_lm', 'popcnt', 'pni', 'sse4_1', 'sse4_2', 'ssse3'],
  ['abm', 'avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'movbe', 'xsave'],
  ['avx512bw', 'avx512cd', 'avx512dq', 'avx512f', 'avx512vl'],
];

/**
 * Whether the processor of this machine runs what is built for a level of x86-64, which is the variant of a platform
 * there (`v3`). podman does not look at it. What is not to be known counts as true.
 */
export function runsVariant({ architecture, variant }: Platform, cpuInfo?: string): boolean {
  const [, digits] = /^v([2-4])$/.exec(variant ?? '') ?? [];
  if (architecture !== 'amd64' || digits === undefined) return true;
  const flags = cpuField(cpuInfo ?? readCpuInfo(), 'flags');
  if (flags === '') return true;
  const known = new Set(flags.split(' '));
  return amd64Levels.slice(0, Number(digits) - 1).every((level) => level.every((flag) => known.has(flag)));
}
