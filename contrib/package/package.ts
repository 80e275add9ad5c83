// Makes what is released, in build/, and checks it:
//   npm run package [-- FORM…]     all forms without any; those that are there already stay
import { mkdir, rm } from 'node:fs/promises';
import { writeChecksums } from './checksums.js';
import { compressed } from './compressed.js';
import { executables } from './executable.js';
import { form, installer, ociLayout } from './forms.js';
import { type Form, faultsOf } from './made.js';
import { npmPackage } from './npm-package.js';
import { writeSbom } from './sbom.js';
import { version } from './version.js';

/** Makes files in a directory that is there. */
type Make = (directory: string) => Promise<void>;

/** One a line, in the order in which they are made. */
const forms: Readonly<Record<Form, Make>> = {
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
const names = Object.keys(forms) as Form[];
const given = process.argv.slice(2);
const unknown = given.find((name) => !names.some((form) => form === name));
if (unknown !== undefined) {
  throw new Error(`there is no form ${unknown}; there are ${names.join(', ')}`);
}
const wanted = given.length === 0 ? names : names.filter((name) => given.includes(name));
if (given.length === 0) await rm(directory, { recursive: true, force: true });
await mkdir(directory, { recursive: true });
for (const name of wanted) {
  const startedAt = performance.now();
  await forms[name](directory);
  process.stdout.write(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
}
await writeChecksums(directory);
for (const fault of await faultsOf(directory, version, wanted)) {
  process.stderr.write(`${directory} is not what is released: ${fault}\n`);
  process.exitCode = 1;
}
