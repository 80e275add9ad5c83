import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { inFile, nowhere } from '../diagnostic/place.js';
import type { PullOptions, Sited } from '../model/bound-image.js';
import { type RootPath, rootPath } from '../model/path.js';
import type { RegistryReference } from '../model/reference/reference.js';
import type { AuthCandidate, AuthFileCandidate } from '../model/resolved-image.js';
import type { Roots } from '../root/open-roots.js';
import { isOfUnknownHost } from '../root/problem.js';
import type { RootView } from '../root/root-view.js';
import { authFileReader } from './auth-file-reader.js';
import { triedRoots } from './find-in-roots.js';

export interface AuthChoice {
  /** Best first, at least one where there is no error. */
  readonly candidates: readonly AuthCandidate[];
  readonly diagnostics: readonly Diagnostic[];
}

export type AuthChooser = (options: PullOptions, reference: RegistryReference) => AuthChoice;

type Places = readonly (readonly [RootView, RootPath])[];

/** Makes a function that chooses credentials. It reads each auth file once. */
export function authChooser(roots: Roots): AuthChooser {
  const readAuthFile = authFileReader(roots);
  const pullSecrets = pullSecretPlaces(roots);

  function look(places: Places, from: AuthFileCandidate['from'], reference: RegistryReference): Search {
    const found: AuthFileCandidate[] = [];
    const unusable: Unusable[] = [];
    for (const [view, path] of places) {
      const file = readAuthFile(view, path);
      if (file.kind === 'absent') continue;
      const { root } = file;
      if (file.kind === 'unusable') {
        unusable.push({ path, root, problem: file.problem });
        continue;
      }
      const entry = file.authFile.lookUp(reference);
      if (entry === 'invalid' || entry === 'helper-refused') {
        const problem = problems[entry](reference);
        unusable.push({ path, root, problem });
      } else if (!found.some(({ hostPath }) => hostPath === file.hostPath)) {
        const hasEntry = entry === 'credentials';
        const { hostPath, authFile } = file;
        const helper = authFile.helper(reference);
        const useless = authFile.useless(reference);
        found.push({ kind: 'file', path, root, hostPath, from, hasEntry, useless, helper, authFile });
      }
    }
    return { found: inOrderOfUse(found), unusable };
  }

  function fromEntry(authfile: Sited<string>, reference: RegistryReference): AuthChoice {
    const path = rootPath(authfile.value);
    const places: Places = [
      [roots.newRoot, path],
      [roots.current, path],
    ];
    const { found, unusable } = look(places, 'entry', reference);
    if (found.length === 0 && unusable.length === 0) {
      if (isOfUnknownHost(roots.newRoot, roots.newRoot.resolve(path))) {
        const args = { what: 'auth file', path };
        return { candidates: [], diagnostics: [diagnose('host-path-unknown', authfile.place, args)] };
      }
      const tried = triedRoots(roots).map((root) => `${path} in ${root}`);
      return { candidates: [], diagnostics: [diagnose('authfile-missing', authfile.place, { path, tried })] };
    }
    const rule = found.length === 0 ? 'authfile-unusable' : 'authfile-skipped';
    return { candidates: found, diagnostics: unusable.map((args) => diagnose(rule, authfile.place, args)) };
  }

  function fromPullSecret(reference: RegistryReference): AuthChoice {
    const { found, unusable } = look(pullSecrets, 'pull-secret', reference);
    // Nobody asked for these files by name: a bad one is passed over even when it is the only one, and none of
    // them shuts out what podman has of its own.
    return {
      candidates: [...found, { kind: 'own' }],
      diagnostics: unusable.map((args) =>
        diagnose('authfile-skipped', args.root === 'new' ? inFile(args.path) : nowhere, args),
      ),
    };
  }

  return ({ authfile, creds }, reference) => {
    const choice =
      authfile !== undefined
        ? fromEntry(authfile, reference)
        : creds !== undefined
          ? { candidates: [], diagnostics: [] }
          : fromPullSecret(reference);
    if (creds === undefined) return choice;
    if (reference.registry === null) {
      const short = diagnose('creds-short-reference', creds.place, {});
      return { ...choice, diagnostics: [...choice.diagnostics, short] };
    }
    if (!/^[^:]+:./.test(creds.value)) {
      return { ...choice, diagnostics: [...choice.diagnostics, diagnose('creds-invalid', creds.place, {})] };
    }
    // podman, too, asks with --creds first when it is given both.
    return { ...choice, candidates: [{ kind: 'creds', creds: creds.value }, ...choice.candidates] };
  };
}

/**
 * The global pull secret's places, in bootc's order (ostree-ext, src/globals.rs), those of the new root before
 * those of the current one. `/run` is not part of an image, so it counts in the running system only.
 */
function pullSecretPlaces({ newRoot, current }: Roots): Places {
  const shipped = [rootPath('/etc/ostree/auth.json'), rootPath('/usr/lib/ostree/auth.json')];
  return [
    [current, rootPath('/run/ostree/auth.json')],
    ...[newRoot, current].flatMap((view) => shipped.map((path) => [view, path] as const)),
  ];
}

interface Unusable {
  readonly path: RootPath;
  readonly root: 'new' | 'current';
  readonly problem: string;
}

interface Search {
  readonly found: readonly AuthFileCandidate[];
  readonly unusable: readonly Unusable[];
}

const problems = {
  invalid: ({ registry }: RegistryReference) => `the “auth” of its entry for ${registry} is not base64`,
  'helper-refused': ({ registry }: RegistryReference) =>
    `its helper for ${registry} is not a plain name: write NAME for docker-credential-NAME, not a path`,
};

/**
 * Those with credentials first; of the others one is enough, since all of them mean an anonymous pull: one that was meant
 * for the image can be told about.
 */
function inOrderOfUse(found: readonly AuthFileCandidate[]): readonly AuthFileCandidate[] {
  const withEntry = found.filter(({ hasEntry }) => hasEntry);
  const without = found.filter(({ hasEntry }) => !hasEntry);
  const told = without.find(({ useless }) => useless !== undefined) ?? without[0];
  return told === undefined ? withEntry : [...withEntry, told];
}
