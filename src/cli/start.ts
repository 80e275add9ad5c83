#!/usr/bin/env node
// Node opens all files of a module at once. Where too few may be open, what it says of that is no message for users:
// this file needs no other to say it better.
import('./main.js').catch((error: NodeJS.ErrnoException) => {
  if (error.code !== 'EMFILE') throw error;
  process.stderr.write('error: this process may not open more files (EMFILE)\n');
  process.stderr.write(
    'hint: raise the limit of open files to 1024 at least: “ulimit -n”, or LimitNOFILE= of the systemd unit\n',
  );
  process.exitCode = 1;
});
