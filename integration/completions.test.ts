import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completions } from '../contrib/completions/generate.js';
import { definition } from '../contrib/definition.js';
import { ruleIds } from '../src/diagnostic/rules.js';
import { exec } from './support/exec.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

/** A directory to complete in, with the completions, and what ostree would have deployed. */
let directory = '';
const deployment = `ostree/deploy/os/deploy/${'a'.repeat(64)}.0`;

beforeAll(async () => {
  directory = await tempDir(cleanup);
  for (const [name, text] of completions()) await writeFile(join(directory, name), text);
  for (const name of ['rootfs', 'sysroot/empty', `sysroot/${deployment}`])
    await mkdir(join(directory, 'here', name), { recursive: true });
  await writeFile(join(directory, 'here/settings.toml'), '');
  await writeFile(join(directory, 'here/sysroot', `${deployment}.origin`), '');
});

interface Shell {
  readonly name: string;
  /** The candidates for the end of a command line, as the shell has them; those with blanks behind are trimmed. */
  readonly complete: (line: string, sysroot?: string) => Promise<readonly string[]>;
}

async function run(program: string, args: readonly string[], sysroot: string, line: string) {
  const { stdout, stderr, exitCode } = await exec(program, args, {
    cwd: join(directory, 'here'),
    env: { OSTREE_SYSROOT: sysroot, COMPLETED: line, COMPLETIONS: directory, HOME: directory, TERM: 'dumb' },
    timeoutMs: 30_000,
  });
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return stdout.split('\n').filter((each) => each !== '');
}

const nowhere = '/nonexistent';

/** COMP_WORDS as readline makes them: `=` parts words. */
const bashScript = `
source "$COMPLETIONS/bound-images.bash"
COMP_WORDS=()
for word in $COMPLETED; do
  while [[ $word == *?=* ]]; do COMP_WORDS+=("\${word%%=*}" =); word=\${word#*=}; done
  [[ -n $word ]] && COMP_WORDS+=("$word")
done
[[ $COMPLETED == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_bound_images
printf '%s\\n' "\${COMPREPLY[@]}"
`;

/** In a terminal of its own, as completion is a part of the line editor; it prints what is added in place of showing it. */
const zshScript = `
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner "PS1= PS2=; setopt no_prompt_cr; unsetopt prompt_sp; fpath=('$COMPLETIONS' \\$fpath); autoload -U compinit; compinit -u -D"
zpty -w inner 'compadd() { [[ "$*" == *" -O "* || "$*" == *" -A "* || "$*" == *" -D "* || "$1" == -[OAD]* ]] && { builtin compadd "$@"; return }; local -a __hits; builtin compadd -O __hits "$@"; (( $#__hits )) && print -rl -- "hit:"\${^__hits}; builtin compadd "$@" }'
zpty -w inner 'complete-word-own() { _main_complete; compstate[insert]=; compstate[list]=; print "done:" }; zle -C own complete-word complete-word-own; bindkey "^I" own; print ready:'
while zpty -r inner line; do [[ $line == *ready:* && $line != *print* ]] && break; done
zpty -w -n inner "$COMPLETED"$'\\t'
while zpty -r inner line; do
  [[ $line == *hit:* ]] && print -r -- "\${\${line##*hit:}//[$'\\r\\n']/}"
  [[ $line == *done:* ]] && break
done
zpty -d inner
`;

const fishScript = `
source $COMPLETIONS/bound-images.fish
complete -C $COMPLETED | string replace -r '\\t.*' ''; or true
`;

const shells: readonly Shell[] = [
  {
    name: 'bash',
    complete: (line, sysroot = nowhere) => run('bash', ['--norc', '-c', bashScript], sysroot, line),
  },
  { name: 'zsh', complete: (line, sysroot = nowhere) => run('zsh', ['-f', '-c', zshScript], sysroot, line) },
  {
    name: 'fish',
    complete: (line, sysroot = nowhere) => run('fish', ['--no-config', '-c', fishScript], sysroot, line),
  },
];

/** Directories have a slash in some shells. */
const plain = (words: readonly string[]) => [...new Set(words.map((word) => word.trim().replace(/\/$/, '')))];

describe.each(shells)('$name', ({ complete }) => {
  test('completes commands', async () => {
    const names = definition().commands.map((command) => command.name());
    const found = await complete('bound-images ');
    expect(plain(found)).toEqual(expect.arrayContaining([...names, 'help']));
    expect(plain(await complete('bound-images che'))).toEqual(['check']);
    expect(plain(await complete('bound-images help pru'))).toEqual(['prune']);
  });

  test('completes options of the command, and no others', async () => {
    const found = plain(await complete('bound-images gate --'));
    expect(found).toEqual(expect.arrayContaining(['--hold', '--root', '--verify', '--help']));
    expect(found).not.toContain('--online');
  });

  test.each([
    { line: 'bound-images pull --pull-policy ', words: ['newer', 'missing', 'always'] },
    { line: 'bound-images check --format s', words: ['sarif'] },
  ])('completes choices: $line', async ({ line, words }) => {
    expect(plain(await complete(line)).toSorted()).toEqual(words.toSorted());
  });

  test('completes a choice behind a =', async () => {
    const found = plain(await complete('bound-images check --format=s'));
    expect(found.map((word) => word.replace(/^--format=/, ''))).toEqual(['sarif']);
  });

  test('completes rules and their levels', async () => {
    expect(plain(await complete('bound-images explain ')).toSorted()).toEqual(ruleIds.toSorted());
    expect(plain(await complete('bound-images explain reference-fl'))).toEqual(['reference-floating']);
    const rule = plain(await complete('bound-images check --rule reference-fl'));
    expect(rule.map((word) => word.replace(/=.*$/, ''))).toContain('reference-floating');
    const level = plain(await complete('bound-images check --rule reference-floating=o'));
    expect(level.map((word) => word.replace(/^.*=/, ''))).toEqual(['off']);
  });

  test('completes directories and files', async () => {
    expect(plain(await complete('bound-images check root'))).toEqual(['rootfs']);
    expect(plain(await complete('bound-images check --config set'))).toEqual(['settings.toml']);
    expect(plain(await complete('bound-images list --current-root '))).not.toContain('settings.toml');
  });

  test('completes deployments, and is silent where there are none', async () => {
    const sysroot = join(directory, 'here/sysroot');
    expect(plain(await complete(`bound-images gate --root ${sysroot}/os`, sysroot))).toContain(
      join(sysroot, deployment),
    );
    expect(plain(await complete('bound-images gate --root root'))).toEqual(['rootfs']);
  });

  test('completes the command behind --', async () => {
    expect(plain(await complete('bound-images stage -- systemd-an'))).toContain('systemd-analyze');
    expect(plain(await complete('bound-images stage --nice -- systemd-an'))).toContain('systemd-analyze');
  });
});
