import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { findPodman } from '../../../src/tools/podman/podman.js';
import { resolvedImage } from '../../support/planned-image.js';
import { file, makeTree } from '../../support/tree.js';

/**
 * What a real podman has written to stderr, beside the exit status 125: with its database locked by another program, of
 * artifacts that are not there or damaged, and of images of which files are damaged or were never written.
 */
function recorded(version: string, name: string): string {
  return readFileSync(new URL(`answers/podman-${version}/${name}.txt`, import.meta.url), 'utf8');
}

interface Answer {
  readonly stdout?: string;
  readonly stderr?: string;
}

/**
 * A program that answers as a podman does: to a question that has one of the words of `answers` in it, with the next of
 * its answers, and with the last one for ever. `asked` are the questions so far,
 * or those with that word, and `answered` tells how many have had their answers.
 */
function podmanThatSays(answers: Readonly<Record<string, readonly Answer[]>>) {
  const tree = makeTree({
    podman: file('', { mode: 0o755 }),
    asked: '',
    answered: '',
    ...Object.fromEntries(
      Object.entries(answers).flatMap(([word, list]) =>
        list.flatMap(({ stdout, stderr }, index) => [
          [`${word}.${index + 1}.out`, stdout ?? ''],
          ...(stderr === undefined ? [] : [[`${word}.${index + 1}.err`, stderr]]),
        ]),
      ),
    ),
  });
  // Whoever asks may have taken PATH away.
  const script = `#!/bin/sh
PATH=/usr/bin:/bin
echo "$*" >>'${tree}/asked'
for word in ${Object.keys(answers).join(' ')}; do
  case " $* " in *" $word "*) ;; *) continue ;; esac
  count=$(($(cat '${tree}'/$word.count 2>/dev/null || echo 0) + 1))
  [ -e '${tree}'/$word.$count.out ] || count=$((count - 1))
  echo $count >'${tree}'/$word.count
  cat '${tree}'/$word.$count.out
  [ ! -e '${tree}'/$word.$count.err ] || cat '${tree}'/$word.$count.err >&2
  echo >>'${tree}/answered'
  [ -e '${tree}'/$word.$count.err ] || exit 0
  exit 125
done
exit 99
`;
  writeFileSync(join(tree, 'podman'), script);
  const lines = (name: string) => readFileSync(join(tree, name), 'utf8').split('\n').slice(0, -1);
  const settings = { store: { root: '/none', runroot: '/none' }, nice: false, layerConcurrency: undefined };
  return {
    podman: findPodman(join(tree, 'podman'), settings),
    asked: (word?: string) =>
      lines('asked').filter((line) => word === undefined || ` ${line} `.includes(` ${word} `)),
    answered: () => lines('answered').length,
  };
}

const { signal } = new AbortController();
const list = (id: string) => ({ stdout: JSON.stringify([{ Id: id, Names: [], RepoDigests: [], Size: 1 }]) });
const info = {
  stdout: JSON.stringify({
    store: { graphRoot: '/none', graphDriverName: 'overlay' },
    version: { Version: '5.8.6' },
  }),
};
const mounting = { stdout: JSON.stringify([{ Id: 'c1', ImageID: 'a', Mounts: ['/mnt'] }]) };
const never = { stderr: 'Error: this is not to be asked\n' };

describe.each(['5.4.2', '5.8.6'])('a store that is busy, as podman %s says it', (podmanVersion) => {
  const locked = { stderr: recorded(podmanVersion, 'database-locked') };

  test('is asked again in the same run', async () => {
    const { podman, asked } = podmanThatSays({ images: [locked, list('a')] });
    expect((await podman.images(signal)).map(({ id }) => id)).toEqual(['a']);
    expect(asked('--all')).toHaveLength(2);
  });

  test('is no reason to ask for a shorter list', async () => {
    const stop = new AbortController();
    const { podman, asked, answered } = podmanThatSays({ images: [locked] });
    const ended = expect(podman.images(stop.signal)).rejects.toMatchObject({ code: 'store-busy' });
    await vi.waitFor(() => expect(answered()).not.toBe(0), { timeout: 30_000, interval: 5 });
    stop.abort();
    await ended;
    expect(asked('images').filter((line) => !line.includes('--all'))).toEqual([]);
  });

  describe.each([
    { name: 'where it is', ask: 'info', answers: { info: [locked] }, words: ['info'] },
    { name: 'for its containers', ask: 'usedImages', answers: { ps: [locked] }, words: ['ps'] },
    {
      name: 'for what they mount',
      ask: 'usedImages',
      answers: { ps: [mounting], inspect: [locked] },
      words: ['ps', 'inspect'],
    },
  ] as const)('is asked no further $name', ({ ask, answers, words }) => {
    // Only root's podman is asked in two ways where its store is.
    beforeEach(() => void vi.spyOn(process, 'geteuid').mockReturnValue(0));
    const all = words.map((word) => expect.stringContaining(` ${word} `));

    test('by one who has stopped to wait', async () => {
      const stop = new AbortController();
      const { podman, asked, answered } = podmanThatSays(answers);
      const ended = expect(podman[ask](stop.signal)).rejects.toMatchObject({ code: 'store-busy' });
      await vi.waitFor(() => expect(answered()).toBe(words.length), { timeout: 30_000, interval: 5 });
      stop.abort();
      await ended;
      expect(asked()).toEqual(all);
    });

    test('by one who has waited for long', async () => {
      const { podman, asked } = podmanThatSays(answers);
      let now = 0;
      vi.spyOn(performance, 'now').mockImplementation(() => {
        now += 60_000;
        return now;
      });
      await expect(podman[ask](signal)).rejects.toMatchObject({ code: 'store-busy' });
      expect(asked()).toEqual(all);
    });
  });

  test('is asked again for an artifact', async () => {
    const absent = { stderr: recorded(podmanVersion, 'artifact-absent') };
    const { podman, asked } = podmanThatSays({
      info: [info],
      '--help': [{}],
      artifact: [locked, absent],
    });
    expect(await podman.artifact(artifact, signal)).toBeUndefined();
    expect(asked('artifact')).toHaveLength(2);
  });
});

const artifact = resolvedImage('quay.io/nobody/none:1', { kind: 'artifact' }).image.reference;

describe.each(['5.4.2', '5.8.6'])('an artifact, as podman %s tells of it', (podmanVersion) => {
  const ask = (name: string) => {
    const answer = { stderr: recorded(podmanVersion, name) };
    const { podman } = podmanThatSays({ info: [info], '--help': [{}], artifact: [answer] });
    return podman.artifact(artifact, signal);
  };

  test.each(['artifact-absent', 'artifact-manifest-gone'])('is not there: %s', async (name) => {
    expect(await ask(name)).toBeUndefined();
  });

  test('is not known to be missing when podman cannot read its list', async () => {
    await expect(ask('artifact-index-damaged')).rejects.toMatchObject({
      code: 'store',
      message: expect.stringContaining('unexpected end of JSON input'),
    });
  });
});

test('an artifact is not known to be missing when podman prints something else', async () => {
  const answers = { info: [info], '--help': [{}], artifact: [{ stdout: 'what?' }] };
  await expect(podmanThatSays(answers).podman.artifact(artifact, signal)).rejects.toMatchObject({
    code: 'store',
  });
});

describe.each(['4.3.1', '5.4.2', '5.8.6'])(
  'a list of all images that podman %s does not give',
  (podmanVersion) => {
    test('is the shorter one when a half committed image is in the way', async () => {
      const all = { stderr: recorded(podmanVersion, 'half-committed') };
      const { podman } = podmanThatSays({ '--all': [all], images: [list('a')] });
      expect((await podman.images(signal)).map(({ id }) => id)).toEqual(['a']);
    });

    test('is an error for any other reason', async () => {
      const all = { stderr: recorded(podmanVersion, 'config-damaged') };
      const { podman } = podmanThatSays({ '--all': [all], images: [list('a')] });
      await expect(podman.images(signal)).rejects.toMatchObject({
        code: 'store',
        message: expect.stringContaining('does not match expected'),
      });
    });
  },
);

test('what podman has said of its store once is not asked again, and what was stopped is', async () => {
  const { podman, asked } = podmanThatSays({ info: [info, never] });
  const stopped = AbortSignal.abort();
  await expect(podman.info(stopped)).rejects.toThrow();
  expect((await podman.info(signal)).graphRoot).toBe('/none');
  expect((await podman.info(signal)).graphRoot).toBe('/none');
  expect(asked('info')).toHaveLength(1);
});
