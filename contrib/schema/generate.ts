import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemas } from './schemas.js';

const files = Object.entries(schemas()).map(([name, schema]) => {
  const file = join('contrib/schema', name);
  writeFileSync(file, JSON.stringify(schema, null, 2));
  return file;
});
execFileSync('node_modules/.bin/biome', ['format', '--write', ...files], { stdio: 'inherit' });
