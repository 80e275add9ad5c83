import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dropInSchema } from './drop-in-schema.js';

const file = 'contrib/schema/drop-in.schema.json';

writeFileSync(file, JSON.stringify(dropInSchema(), null, 2));
execFileSync('node_modules/.bin/biome', ['format', '--write', file], { stdio: 'inherit' });
