import { type Form, filesOf } from '../package/made.js';

/** What the command line asks for. */
export interface Wanted {
  /** A version or a step to one. */
  readonly version: string;
  /** Whether this repository gets the commit and the tag. */
  readonly goes: boolean;
  readonly forms: readonly Form[];
}

export const usage = `Usage: npm run release -- patch|minor|major|X.Y.Z [OPTION…]

Makes a release in a temporary clone, checks all that it would publish, and shows it.
Nothing is changed without --go, and nothing is pushed.

Options:
  --go            this repository gets the commit and the tag
  --forms A,B     make and check only these forms of npm run package; without
                  executables the templates for CI keep the ones they run
`;

/** What is wrong with a command line. */
export class Misuse extends Error {}

/** @throws Misuse when there is no version, or anything else than options and one version */
export function readArguments(args: readonly string[]): Wanted {
  const known = Object.keys(filesOf('0.0.0')) as Form[];
  const versions: string[] = [];
  let [goes, forms]: [boolean, readonly Form[]] = [false, known];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--go') goes = true;
    else if (arg === '--forms') {
      const names = rest.shift()?.split(',') ?? [];
      const unknown = names.find((name) => !known.some((form) => form === name));
      if (unknown !== undefined || names.length === 0) {
        throw new Misuse(`--forms takes some of ${known.join(',')}`);
      }
      forms = known.filter((form) => names.includes(form));
    } else if (arg.startsWith('-')) throw new Misuse(`${arg} is no option`);
    else versions.push(arg);
  }
  const [version] = versions;
  if (version === undefined || versions.length > 1) throw new Misuse('say one version');
  return { version, goes, forms };
}
