import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manPages } from './generate.js';

/** `npm run man` */
const directory = 'build/man';
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
for (const [name, text] of manPages()) writeFileSync(join(directory, name), text);
