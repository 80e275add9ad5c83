// Makes what is released, in build/:
//   npm run package [-- FORM…]     all forms without any; those that are there already stay
import { mkdir, rm } from 'node:fs/promises';
import { writeChecksums } from './checksums.js';
import { compressed } from './compressed.js';
import { executables } from './executable.js';
import { form, installer, ociLayout } from './forms.js';
import { npmPackage } from './npm-package.js';
import { writeSbom } from './sbom.js';

/** Makes files in a directory that is there. */
type Make = (directory: string) => Promise<void>;

/** One a line, in the order in which they are made. */
const forms: Readonly<Record<string, Make>> = {
  executables,
  compressed,
  npm: npmPackage,
  archives: form('archives'),
  installer,
  oci: ociLayout,
  extensions: form('extensions'),
  debs: form('debs'),
  rpms: form('rpms'),
  sbom: writeSbom,
};

const directory = 'build';
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in forms));
if (unknown !== undefined) {
  throw new Error(`there is no form ${unknown}; there are ${Object.keys(forms).join(', ')}`);
}
if (wanted.length === 0) await rm(directory, { recursive: true, force: true });
await mkdir(directory, { recursive: true });
for (const [name, make] of Object.entries(forms)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const startedAt = performance.now();
  await make(directory);
  process.stdout.write(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
}
await writeChecksums(directory);
