import { configureGlobal } from 'fast-check';
import { seed } from './seed.js';

configureGlobal({ seed });
