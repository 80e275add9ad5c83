import { expect, test } from 'vitest';
import { exec } from './support/exec.js';

test('the demo shows a whole run', async () => {
  const { exitCode, stdout, stderr } = await exec('integration/run-ts', ['contrib/demo/demo.ts']);
  expect(`${stdout}${stderr}`).toContain('its images in place before it boots');
  expect(exitCode).toBe(0);
});
