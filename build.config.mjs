import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { bundle } from './contrib/package/bundle.mjs';

rmSync('dist', { recursive: true, force: true });

const options = {
  outdir: 'dist',
  format: 'esm',
  target: 'node20.19',
  chunkNames: 'chunks/[name]-[hash]',
  // commander is CommonJS and calls require for what node brings along.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
  sourcemap: 'linked',
  // The lines of src that stack traces name, not their text once more.
  sourcesContent: false,
};
// Split where the program loads a command: what `list` does not need is not parsed. The library is by itself, for what
// it shares with a command would be one more file to open at every start.
const { files } = await bundle([
  { ...options, entryPoints: { cli: 'src/cli/start.ts' }, splitting: true },
  { ...options, entryPoints: ['src/index.ts'] },
]);
for (const { path, contents } of files) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}

// Wherever dist/ is copied to, Node need not guess what its files are.
writeFileSync('dist/package.json', '{ "type": "module" }\n');

const cli = files.find(({ path }) => path.endsWith('/dist/cli.js'));
if (!cli?.text.startsWith('#!')) throw new Error('dist/cli.js does not begin with #!');
chmodSync('dist/cli.js', 0o755);
writeFileSync('dist/THIRD-PARTY-NOTICES.txt', execFileSync(process.execPath, ['dist/cli.js', 'licenses']));

// Not below node_modules, from where nothing would be rolled up.
const types = 'dist/types';
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json', '--outDir', types], { stdio: 'inherit' });
const rolled = await rollup({ input: `${types}/index.d.ts`, external: /^node:/, plugins: [dts()] });
await rolled.write({ file: 'dist/index.d.ts' });
rmSync(types, { recursive: true });
