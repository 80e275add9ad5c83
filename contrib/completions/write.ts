import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { completions } from './generate.js';

/** `npm run completions` */
const directory = 'build/completions';
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
for (const [name, text] of completions()) writeFileSync(join(directory, name), text);
