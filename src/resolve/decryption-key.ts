import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Sited } from '../model/bound-image.js';
import type { DecryptionKey } from '../model/resolved-image.js';
import type { Roots } from '../root/open-roots.js';
import { describeProblem } from '../root/problem.js';
import { findInRoots } from './find-in-roots.js';
import type { Finding } from './finding.js';
import { privateKey } from './private-key.js';

const limitBytes = 64 * 1024;

/**
 * Resolves `PATH[:PASSPHRASE]` (podman-pull(1), `--decryption-key`). The passphrase is one as it is, or behind
 * `pass=`, or the content of a file behind `file=` (ocicrypt, helpers/parse_helpers.go, `processPwdString`).
 */
export function resolveDecryptionKey(
  key: Sited<string> | undefined,
  roots: Roots,
): Finding<DecryptionKey | undefined> {
  if (key === undefined) return { value: undefined, diagnostics: [] };
  const [path = '', ...rest] = key.value.split(':');
  const found = findInRoots('decryption key', 'file', { ...key, value: path }, roots);
  if (!found.ok) return { value: undefined, diagnostics: [found.diagnostic] };
  const unusable = (problem: string) => {
    const args = { what: 'decryption key', path: found.at.path, problem };
    return { value: undefined, diagnostics: [diagnose('path-unusable', key.place, args)] };
  };
  const file = found.view.readFile(found.at.path, { limitBytes });
  if (!file.ok) return unusable(describeProblem(file.problem));
  const secret = privateKey(file.bytes);
  if (secret === undefined)
    return unusable(
      'it holds no private key in PEM, DER, JWK or OpenPGP form; a file for PKCS#11 is not taken, because podman would load a library for it',
    );
  if (rest.length === 0) return { value: { key: secret, passphrase: undefined }, diagnostics: [] };
  const passphrase = readPassphrase({ ...key, value: rest.join(':') }, roots);
  return passphrase.ok
    ? { value: { key: secret, passphrase: passphrase.value }, diagnostics: [] }
    : { value: undefined, diagnostics: [passphrase.diagnostic] };
}

type Passphrase =
  | { readonly ok: true; readonly value: string | Buffer }
  | { readonly ok: false; readonly diagnostic: Diagnostic };

function readPassphrase(text: Sited<string>, roots: Roots): Passphrase {
  const [, form, value = ''] = /^(pass|file|fd)=(.*)$/s.exec(text.value) ?? [];
  const what = 'passphrase of the decryption key';
  if (form === undefined) return { ok: true, value: text.value };
  if (form === 'pass') return { ok: true, value };
  if (form === 'fd') {
    const problem = 'no file descriptor is open when a service starts';
    return { ok: false, diagnostic: diagnose('path-unusable', text.place, { what, path: 'fd=', problem }) };
  }
  const found = findInRoots(`${what} in the file`, 'file', { ...text, value }, roots);
  if (!found.ok) return { ok: false, diagnostic: found.diagnostic };
  const { view, at } = found;
  const file = view.readFile(at.path, { limitBytes });
  if (file.ok) return { ok: true, value: file.bytes };
  const problem = describeProblem(file.problem);
  return { ok: false, diagnostic: diagnose('path-unusable', text.place, { what, path: at.path, problem }) };
}
