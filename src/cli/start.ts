#!/usr/bin/env node
// One file, which loads all others: what keeps them from being opened has to be told by what is there already.
import { setFlagsFromString } from 'node:v8';
import { hostLimit } from '../model/host-limit.js';
import { statusOfError } from './exit-status.js';

// No optimizing compiler: a run of a fraction of a second ends before it has paid, and on a host with few cores it
// takes as much time as all the rest. Node 20, 22 and 24 know this flag.
setFlagsFromString('--max-optimized-bytecode-size=0');

try {
  await import('./main.js');
} catch (error) {
  const told = hostLimit(error);
  if (told === undefined) throw error;
  process.stderr.write(`error: ${told.message}\nhint: ${told.hint}\n`);
  process.exitCode = statusOfError(told.code);
}
