import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
rmSync('dist', { recursive: true, force: true });

const options = {
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  // Its ES modules: those for require, which node would get, are all evaluated at every start.
  alias: { yaml: resolve('node_modules/yaml/browser/dist/index.js') },
  chunkNames: 'chunks/[name]-[hash]',
  define: { BOUND_IMAGES_VERSION: JSON.stringify(version) },
  // commander is CommonJS and calls require for what node brings along.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
  minify: true,
  logLevel: 'warning',
};
// Split where the program loads a command: what `list` does not need is not parsed. The library is by itself, for what
// it shares with a command would be one more file to open at every start.
await build({ ...options, entryPoints: { cli: 'src/cli/main.ts' }, splitting: true });
await build({ ...options, entryPoints: ['src/index.ts'] });

// Wherever dist/ is copied to, Node need not guess what its files are.
writeFileSync('dist/package.json', '{ "type": "module" }\n');

const cli = readFileSync('dist/cli.js', 'utf8');
if (!cli.startsWith('#!')) throw new Error('dist/cli.js does not begin with #!');
chmodSync('dist/cli.js', 0o755);
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
