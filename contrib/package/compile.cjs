// Runs the program as start.cjs does, and writes the code of what ran:
//   node --predictable compile.cjs PROGRAM CODE [ARGUMENT…]
const { readFileSync, writeFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

const [node, , source, code, ...args] = process.argv;
setFlagsFromString('--max-optimized-bytecode-size=0');
const program = new Script(readFileSync(source, 'latin1'), { filename: 'bound-images.cjs' });
process.argv = [node, source, ...args];
process.on('exit', () => writeFileSync(code, program.createCachedData()));
program.runInThisContext()(require);
