import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { findSkopeo, noAnswer } from '../../../src/tools/registry/skopeo.js';
import { file, makeTree } from '../../support/tree.js';

/** A program whose `--version` is the shell text in the file `version`, and which gives an empty list of tags. */
function skopeoThatSays(version: string) {
  const tree = makeTree({ skopeo: file('', { mode: 0o755 }), version });
  const script = `#!/bin/sh
case "$1" in
--version) echo x >>'${tree}/asked'; . '${tree}/version' ;;
*) echo '{"Tags": []}' ;;
esac
`;
  writeFileSync(join(tree, 'skopeo'), script);
  const skopeo = findSkopeo(join(tree, 'skopeo'));
  const look = (signal: AbortSignal) =>
    skopeo.tags('quay.io/x/y', { tlsVerify: undefined }, { authfile: undefined, certDir: undefined }, signal);
  const marker = join(tree, 'asked');
  return {
    look,
    setVersion: (text: string) => writeFileSync(join(tree, 'version'), text),
    isAsked: () => existsSync(marker),
    timesAsked: () => readFileSync(marker, 'utf8').length / 2,
  };
}

const { signal } = new AbortController();
const found = { kind: 'found', tags: [] };

test('a version is asked for once, beside the first look', async () => {
  const { look, timesAsked } = skopeoThatSays('echo skopeo version 1.22.0');
  expect(await Promise.all([look(signal), look(signal)])).toEqual([found, found]);
  expect(await look(signal)).toEqual(found);
  expect(timesAsked()).toBe(1);
});

test('a version that was not told, because the look was stopped, is asked for again', async () => {
  const { look, isAsked, setVersion } = skopeoThatSays('sleep 60');
  const stop = new AbortController();
  const stopped = look(stop.signal);
  while (!isAsked()) await sleep(10);
  stop.abort();
  expect(await stopped).toEqual({ kind: 'failed', failure: noAnswer });
  setVersion('echo skopeo version 1.8.0');
  await expect(look(signal)).rejects.toMatchObject({ code: 'tool-too-old' });
});

test('a version that failed once is asked for again', async () => {
  const { look, setVersion } = skopeoThatSays('exit 1');
  await expect(look(signal)).rejects.toMatchObject({ code: 'tool-too-old' });
  setVersion('echo skopeo version 1.22.0');
  expect(await look(signal)).toEqual(found);
});
