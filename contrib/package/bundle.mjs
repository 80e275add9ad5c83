import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';

const own = JSON.parse(readFileSync('package.json', 'utf8'));
const pages = readdirSync('contrib/docs/rules').filter((name) => name !== 'README.md');
const rulePages = pages.map((name) => [
  name.replace(/\.md$/, ''),
  readFileSync(`contrib/docs/rules/${name}`, 'utf8'),
]);

/**
 * Bundles the program or the library, each of `outputs` with esbuild's options for it, and puts into them whose work
 * they are: this package, `more` and every package that code of is in one of them.
 *
 * @returns the files, which are not written, and those notices.
 */
export async function bundle(outputs, more = []) {
  const built = (notices) => Promise.all(outputs.map((options) => build(withDefaults(options, notices))));
  // What is in a bundle is known when it is made, and is put in when it is made again.
  const notices = [noticeOf('.'), ...more, ...noticesOf(await built([]))];
  const results = await built(notices);
  return { files: results.flatMap(({ outputFiles }) => outputFiles), notices };
}

function withDefaults({ define, ...options }, notices) {
  return {
    bundle: true,
    platform: 'node',
    // Its ES modules: those for require, which node would get, are all evaluated at every start.
    alias: { yaml: resolve('node_modules/yaml/browser/dist/index.js') },
    minify: true,
    logLevel: 'warning',
    metafile: true,
    write: false,
    ...options,
    define: {
      BOUND_IMAGES_VERSION: JSON.stringify(own.version),
      BOUND_IMAGES_RULE_PAGES: textOf(Object.fromEntries(rulePages)),
      BOUND_IMAGES_NOTICES: textOf(notices),
      ...define,
    },
  };
}

/** A value as JSON in a text: esbuild puts what is no text into a file that every other one loads. */
function textOf(value) {
  return JSON.stringify(JSON.stringify(value));
}

/** Of the packages that these builds have code of, by name. */
function noticesOf(results) {
  const packages = results
    .flatMap(({ metafile }) => Object.values(metafile.outputs))
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  return [...new Set(packages)].map(noticeOf).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What the package in that directory says of its licence. */
export function noticeOf(directory) {
  const { name, version, license } = JSON.parse(readFileSync(`${directory}/package.json`, 'utf8'));
  const file = readdirSync(directory).find((each) => /^licen[cs]e(?:\.(?:txt|md))?$/i.test(each));
  if (license === undefined || file === undefined) throw new Error(`${directory} does not say its licence`);
  return { name, version, license, text: readFileSync(`${directory}/${file}`, 'utf8').trim() };
}
