import { maskedSecret, type PullOptions } from './bound-image.js';

/** The options as arguments of `podman image pull`, in one fixed order, secrets masked. */
export function optionArguments(options: PullOptions): readonly string[] {
  const args: string[] = [];
  const add = (flag: string, value: string | undefined) => {
    if (value !== undefined) args.push(flag, value);
  };
  add('--arch', options.arch?.value);
  add('--authfile', options.authfile?.value);
  add('--cert-dir', options.certDir?.value);
  add('--creds', options.creds && maskedSecret);
  add('--decryption-key', options.decryptionKey && maskPassphrase(options.decryptionKey.value));
  add('--os', options.os?.value);
  add('--variant', options.variant?.value);
  if (options.allTags !== undefined) args.push(booleanFlag('--all-tags', options.allTags.value));
  if (options.tlsVerify !== undefined) args.push(booleanFlag('--tls-verify', options.tlsVerify.value));
  return args;
}

export function booleanFlag(flag: string, value: boolean): string {
  return value ? flag : `${flag}=false`;
}

/** `PATH[:PASSPHRASE]`: the path stays readable. */
export function maskPassphrase(key: string): string {
  const colon = key.indexOf(':');
  return colon < 0 ? key : `${key.slice(0, colon + 1)}${maskedSecret}`;
}
