import { afterAll } from 'vitest';
import { removeTrees } from './tree.js';
import { endWriters } from './writer.js';

// vitest runs this file for each test file. What those import may have been loaded once for several of them, and a hook
// there would belong to the first.
afterAll(async () => {
  await endWriters();
  removeTrees();
}, 120_000);
