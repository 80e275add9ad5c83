import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execOk } from './exec.js';
import { authJson } from './host.js';
import { type Descriptor, type ImageLayout, layoutName } from './images.js';
import { newTempDir } from './temp.js';

export type PushOptions = {
  /** `USER:PASSWORD`. */
  readonly creds?: string;
  /** Directory with the registry's `ca.crt`; without it the registry is taken at its word, TLS or not. */
  readonly certDir?: string;
};

/** Where an image is now: `tagged` is `HOST/NAME:TAG`, `pinned` is `HOST/NAME@DIGEST`. */
export type PushedImage = { readonly tagged: string; readonly pinned: string };

/** Copies an image or a whole index from a layout to `HOST/NAME:TAG`, digests unchanged. */
export async function pushImage(
  host: string,
  nameAndTag: string,
  layout: ImageLayout,
  image: Descriptor,
  options: PushOptions = {},
): Promise<PushedImage> {
  const tagged = `${host}/${nameAndTag}`;
  const temp = await newTempDir();
  try {
    const authFile = join(temp.path, 'auth.json');
    await writeFile(authFile, authJson(options.creds ? { [host]: options.creds } : {}), { mode: 0o600 });
    const tls = options.certDir ? [`--dest-cert-dir=${options.certDir}`] : ['--dest-tls-verify=false'];
    await execOk('skopeo', [
      ...['copy', '--quiet', '--all', '--preserve-digests', `--dest-authfile=${authFile}`, ...tls],
      `oci:${layout.dir}:${layoutName(image.digest)}`,
      `docker://${tagged}`,
    ]);
  } finally {
    await temp.remove();
  }
  return { tagged, pinned: `${tagged.slice(0, tagged.lastIndexOf(':'))}@${image.digest}` };
}
