// Proves that the templates for CI run the executables that are in build/:
//   integration/run-ts contrib/release/prove-pins.ts
import { version } from '../package/version.js';
import { otherPins } from './pins.js';

const others = await otherPins('.', version);
for (const file of others) {
  process.stderr.write(`prove-pins: ${file} has other checksums than build/: release with npm run release\n`);
}
if (others.length > 0) process.exitCode = 1;
