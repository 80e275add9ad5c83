// What Node.js runs first in an executable: the program, with the code of it that was compiled when that was made.
const { getRawAsset } = require('node:sea');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

// Code counts for the flags with which it was compiled; why this one: src/cli/main.ts.
setFlagsFromString('--max-optimized-bytecode-size=0');
const code = Buffer.from(getRawAsset('code'));
const program = new Script(Buffer.from(getRawAsset('program')).latin1Slice(), {
  filename: 'bound-images.cjs',
  cachedData: code.length === 0 ? undefined : code,
});
program.runInThisContext()(require);
