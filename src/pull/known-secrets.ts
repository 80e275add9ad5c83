import { readFileSync, statSync } from 'node:fs';
import { type Redact, redactor } from '../diagnostic/redact.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import { parseAuthFile, secretsOfCreds } from '../resolve/auth-file.js';
import { ownAuthFiles } from '../tools/podman/own-auth-files.js';

/**
 * A mask for what podman and registries say while they work for these images: every secret that this run has given them
 * for any of them, and those that they find by themselves, in their own auth files and the addresses of proxies.
 */
export function redactorFor(images: readonly ResolvedImage[], env = process.env): Redact {
  return redactor(() => [
    ...images.flatMap(secretsOfImage),
    ...ownAuthFiles(env).flatMap(secretsOfFile),
    ...secretsOfProxies(env),
  ]);
}

function secretsOfImage({ credentials, decryptionKey }: ResolvedImage): readonly string[] {
  const passphrase = decryptionKey?.passphrase?.toString() ?? [];
  return credentials
    .flatMap((candidate) => {
      if (candidate.kind === 'creds') return secretsOfCreds(candidate.creds);
      return candidate.kind === 'file' ? candidate.authFile.secrets() : [];
    })
    .concat(passphrase);
}

/** None of a file that podman cannot read either. */
function secretsOfFile(path: string): readonly string[] {
  try {
    if (!statSync(path).isFile()) return [];
    const parsed = parseAuthFile(readFileSync(path));
    return parsed.ok ? parsed.authFile.secrets() : [];
  } catch {
    return [];
  }
}

/** `HTTP_PROXY=http://user:password@proxy:3128`, for both of its spellings. */
function secretsOfProxies(env: NodeJS.ProcessEnv): readonly string[] {
  return ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) =>
    [env[name], env[name.toUpperCase()]].flatMap((address = '') => {
      const [, information = ''] = /^(?:[^/]*\/\/)?(.*)@/.exec(address) ?? [];
      return [information, decoded(information)].flatMap(secretsOfCreds);
    }),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
