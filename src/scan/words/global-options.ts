import type { GivenGlobalOption } from '../../model/bound-image.js';
import type { UnitValue } from '../unit/section.js';
import { parseBoolean } from './option-words.js';

/** An option of podman itself, which stands before the command. */
export interface GlobalOption {
  readonly takes: 'switch' | 'text';
  readonly short?: string;
  /** The first podman that has it, where that is newer than 4.3. */
  readonly since?: string;
  /** The first podman that has it no more. */
  readonly until?: string;
  /** Why it is an error. All others are right at boot. */
  readonly refused?: string;
  /** What a pull of the service would have of it, and ours has not. */
  readonly loses?: string;
}

const otherStore = 'the image would go to another store than that of this run';
const otherHost = 'the service would find the images of another host, and not those of this one';

/**
 * Every option of podman 4.3 to 6.0, the hidden ones included, by its name without dashes. Our podman is given none of
 * them: a module is read by us (resolve/modules.ts), and all others change nothing about the image, or are refused.
 * Source: podman cmd/podman/root.go, `rootFlags`, of each release.
 */
export const globalOptions: Readonly<Record<string, GlobalOption>> = {
  'cdi-spec-dir': { takes: 'text', since: '5.5.0' },
  'cgroup-manager': { takes: 'text' },
  config: { takes: 'text', loses: 'the credentials in that directory' },
  connection: { takes: 'text', short: 'c', refused: otherHost },
  conmon: { takes: 'text' },
  // Whatever it names, podman turns to another host for it. Source: cmd/podman/registry/remote.go.
  context: { takes: 'text', refused: otherHost },
  'cpu-profile': { takes: 'text' },
  'db-backend': { takes: 'text', since: '4.5.0', until: '6.0.0' },
  debug: { takes: 'switch', short: 'D' },
  'default-mounts-file': { takes: 'text' },
  'events-backend': { takes: 'text' },
  help: { takes: 'switch', short: 'h', refused: 'podman prints its help, and does nothing else' },
  'hooks-dir': { takes: 'text' },
  host: { takes: 'text', short: 'H', refused: otherHost },
  // These count for another host only, which takes one of the others to get to.
  identity: { takes: 'text' },
  ssh: { takes: 'text' },
  'tls-ca': { takes: 'text', since: '5.7.0' },
  'tls-cert': { takes: 'text', since: '5.7.0' },
  'tls-details': { takes: 'text', since: '6.0.0' },
  'tls-key': { takes: 'text', since: '5.7.0' },
  imagestore: { takes: 'text', since: '4.6.0', refused: otherStore },
  'log-level': { takes: 'text' },
  'max-workers': { takes: 'text' },
  'memory-profile': { takes: 'text' },
  module: { takes: 'text', since: '4.7.0' },
  namespace: { takes: 'text' },
  'network-backend': { takes: 'text' },
  'network-cmd-path': { takes: 'text', until: '6.0.0' },
  'network-config-dir': { takes: 'text' },
  noout: { takes: 'switch' },
  out: { takes: 'text', since: '4.6.0' },
  'pull-option': { takes: 'text', since: '5.2.0' },
  'registries-conf': {
    takes: 'text',
    refused: 'the service would ask other registries for the image than this run',
  },
  remote: { takes: 'switch', short: 'r', refused: otherHost },
  root: { takes: 'text', refused: otherStore },
  runroot: { takes: 'text', refused: otherStore },
  runtime: { takes: 'text' },
  'runtime-flag': { takes: 'text' },
  'storage-driver': { takes: 'text', refused: otherStore },
  // Where else images are looked for, and how a container's file system is mounted: what this run pulls is whole in
  // the one store. podman writes into whatever directory is named here, and keeps a program that mounts in mind.
  'storage-opt': { takes: 'text' },
  syslog: { takes: 'switch' },
  tmpdir: { takes: 'text' },
  trace: { takes: 'switch' },
  'transient-store': { takes: 'switch', since: '4.4.0' },
  url: { takes: 'text', refused: otherHost },
  version: { takes: 'switch', short: 'v', refused: 'podman takes no command behind it' },
  volumepath: { takes: 'text' },
};

/** Source: podman cmd/podman/root.go, the normalization of names. */
const otherNames: Readonly<Record<string, string>> = { 'cni-config-dir': 'network-config-dir' };

const shortNames = new Map(
  Object.entries(globalOptions).flatMap(([name, { short }]) => (short === undefined ? [] : [[short, name]])),
);

export interface GlobalWords {
  readonly given: readonly GivenGlobalOption[];
  readonly refused: readonly { readonly word: UnitValue; readonly problem: string }[];
}

/**
 * Reads what stands between `podman` and its command, as podman does, which reads it three times over: for the
 * options, for the modules, and for another host. Source: github.com/spf13/pflag flag.go; `Traverse` in
 * github.com/spf13/cobra command.go; podman cmd/podman/registry.
 */
export function readGlobalWords(words: readonly UnitValue[]): GlobalWords {
  const given: GivenGlobalOption[] = [];
  const refused: { word: UnitValue; problem: string }[] = [];
  const rest = words.toReversed();
  for (let word = rest.pop(); word !== undefined; word = rest.pop()) {
    const text = word.value;
    const at = word;
    const refuse = (problem: string) => refused.push({ word: at, problem });
    if (text === '--' || !/^-./s.test(text)) {
      refuse('podman would take it, or what follows it, for the command');
      // All that follows is no option of podman itself.
      break;
    }
    for (const { name, attached, canBeApart } of split(text)) {
      const option = Object.hasOwn(globalOptions, name) ? globalOptions[name] : undefined;
      if (option === undefined) {
        refuse('not an option of podman');
        // Or else its value would be a second mistake.
        if (attached === undefined && canBeApart && /^[^-]/.test(rest.at(-1)?.value ?? '')) rest.pop();
        break;
      }
      const isApart = attached === undefined && option.takes === 'text';
      const value = attached ?? (isApart ? canBeApart && rest.pop()?.value : 'true');
      if (typeof value !== 'string') {
        refuse('its value is missing');
        continue;
      }
      const problem = judge(option, value, isApart);
      if (problem === undefined) given.push({ name, value, place: word.place });
      else refuse(problem);
    }
  }
  return { given, refused };
}

function judge({ takes, refused }: GlobalOption, value: string, isApart: boolean): string | undefined {
  const on = takes === 'switch' ? parseBoolean(value) : true;
  if (on === undefined) return 'neither true nor false';
  if (!on) return undefined;
  if (refused !== undefined) return refused;
  if (isApart && value.startsWith('-')) {
    return 'podman takes its value for an option as well; write both as one word, with “=”';
  }
  return undefined;
}

interface Part {
  readonly name: string;
  /** What belongs to it in the same word. */
  readonly attached: string | undefined;
  /** Its value may be the next word. */
  readonly canBeApart: boolean;
}

/** The options of a word that begins with a dash: one, or one for each letter behind a single dash. */
function split(text: string): readonly Part[] {
  const [, long, value] = /^--([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  if (long !== undefined) {
    const name = Object.hasOwn(otherNames, long) ? (otherNames[long] ?? long) : long;
    return [{ name, attached: value, canBeApart: true }];
  }
  const parts: Part[] = [];
  const letters = text.slice(1);
  for (let at = 0; at < letters.length; at += 1) {
    const name = shortNames.get(letters.charAt(at)) ?? '';
    const following = letters.slice(at + 1);
    const isSwitch = name !== '' && globalOptions[name]?.takes === 'switch';
    const isLast = !isSwitch || /^=./s.test(following);
    const attached = isLast && following !== '' ? following.replace(/^=(?=.)/s, '') : undefined;
    parts.push({ name, attached, canBeApart: letters.length === 1 });
    if (isLast) break;
  }
  return parts;
}
