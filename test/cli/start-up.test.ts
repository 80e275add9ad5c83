import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** What is loaded with a file, itself included; types and what is loaded when it is needed are not. */
function loadedWith(path: string, loaded = new Set<string>()): ReadonlySet<string> {
  if (loaded.has(path)) return loaded;
  loaded.add(path);
  const imports = readFileSync(path, 'utf8').matchAll(
    /^(?:import|export)(?! type)[^;]*? from '(\.[^']+)\.js';$/gm,
  );
  for (const [, name = ''] of imports) loadedWith(join(dirname(path), `${name}.ts`), loaded);
  return loaded;
}

test.each(['list', 'check'])('%s loads nothing that starts podman, or any program', (name) => {
  const loaded = [...loadedWith(`src/cli/commands/${name}.ts`), ...loadedWith('src/cli/main.ts')];
  expect(loaded).toContain('src/scan/scan.ts');
  expect(
    loaded.filter((path) =>
      /^src\/tools\/(?:podman\/podman|process\/run|registry\/client\/client)\.ts$/.test(path),
    ),
  ).toEqual([]);
});
