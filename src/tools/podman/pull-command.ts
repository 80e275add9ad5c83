import { booleanFlag } from '../../model/option-arguments.js';
import type { ResolvedImage } from '../../model/resolved-image.js';
import type { PodmanFeatures } from './features.js';
import { type Store, storeArguments } from './store.js';

/** Files that this run made for one pull, as podman is to be given them. */
export interface PullFiles {
  readonly authfile: string | undefined;
  readonly certDir: string | undefined;
  /** A private copy of what a reference names that names a path, relative to `directory`. */
  readonly archive?: { readonly directory: string; readonly source: string } | undefined;
  /** `PATH` or `PATH:file=PATH`, the latter a file with the passphrase. */
  readonly decryptionKey: string | undefined;
}

/**
 * The command line of one pull. Of the global options of a unit none is in it (see scan/global-options.ts). podman's
 * own retries are switched off where it has any: ours know what is worth a retry, and one podman asks a registry up to
 * 20 times that says it is asked too often.
 */
export function pullCommand(
  store: Store,
  { image }: ResolvedImage,
  files: PullFiles,
  features: PodmanFeatures,
): readonly string[] {
  const { options } = image;
  const args = [...storeArguments(store), image.kind, 'pull', '--quiet'];
  const add = (flag: string, value: string | undefined) => {
    if (value !== undefined) args.push(`${flag}=${value}`);
  };
  if (features.pullFlags.has('--retry')) args.push('--retry=0');
  add('--authfile', files.authfile);
  add('--cert-dir', files.certDir);
  if (features.pullFlags.has('--decryption-key')) add('--decryption-key', files.decryptionKey);
  add('--arch', options.arch?.value);
  add('--os', options.os?.value);
  add('--variant', options.variant?.value);
  if (options.tlsVerify !== undefined) args.push(booleanFlag('--tls-verify', options.tlsVerify.value));
  if (options.allTags !== undefined) args.push(booleanFlag('--all-tags', options.allTags.value));
  return [...args, '--', files.archive?.source ?? image.reference.text];
}
