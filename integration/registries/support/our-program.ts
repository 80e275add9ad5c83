import { nowhere } from '../../../src/diagnostic/place.js';
import { type HostPath, rootPath } from '../../../src/model/path.js';
import { parseReference } from '../../../src/model/reference/reference.js';
import type { AuthCandidate, ResolvedImage } from '../../../src/model/resolved-image.js';
import { systemTimer } from '../../../src/pull/system-timer.js';
import { registryAccess } from '../../../src/registries/access.js';
import { parseAuthFile } from '../../../src/resolve/auth-file.js';
import { diskTree } from '../../../src/root/disk-tree.js';
import { rootView } from '../../../src/root/root-view.js';
import { openRegistryClient } from '../../../src/tools/registry/client/client.js';
import { resolvedImage } from '../../../test/support/planned-image.js';
import { type AskingProgram, environment } from './real-programs.js';
import type { RegistryCase } from './registry-case.js';

/** What our client found, and what it says. */
export interface OurAnswer {
  readonly outcome: 'found' | 'failed';
  readonly said: string;
}

const timeoutMs = 30_000;

/**
 * Asks for the image of a case as a plan does, with the rules of that podman (`N.N.N`): one source after the other, until
 * one has it.
 */
export async function askAsWeDo(
  { reference, authFile, certDir, env: variables, tlsVerify }: RegistryCase,
  version: string,
  ask: AskingProgram,
): Promise<OurAnswer> {
  const candidate = candidateOf(authFile);
  if (candidate === undefined) return failed('the auth file cannot be read');
  const image = imageOf(reference, tlsVerify, certDir);
  if (image === undefined) return failed('the reference is none');
  const env = environment(ask, variables);
  const signal = AbortSignal.timeout(timeoutMs);
  const newRoot = rootView(diskTree('/' as HostPath), 'new');
  const access = registryAccess({ newRoot }, { version, env, uid: 0, currentRootPath: '/', signal });
  const sources = access.sources(image, candidate);
  if (!sources.ok) return failed(sources.failure.message);
  const pem = access.ca();
  const client = openRegistryClient({
    ca: () => (pem === undefined ? [] : [pem]),
    env,
    timer: systemTimer,
    random: () => 0,
    attempts: 1,
    userAgent: 'test',
  });
  const said: string[] = [];
  try {
    for (const { name, sources: places, leftOut } of sources.names) {
      said.push(`${name}: ${places.length} places`);
      for (const { failure } of leftOut) said.push(failure.message);
      for (const source of places) {
        const answer = await client.manifest(source, source.reference, { signal });
        if (answer.kind === 'found') return { outcome: 'found', said: said.join('\n') };
        said.push(answer.kind === 'failed' ? answer.failure.message : `unsupported: ${answer.what}`);
      }
    }
    return failed(said.join('\n'));
  } finally {
    client.close();
  }
}

function failed(said: string): OurAnswer {
  return { outcome: 'failed', said };
}

function candidateOf(authFile: string | undefined): AuthCandidate | undefined {
  if (authFile === undefined) return { kind: 'own' };
  const parsed = parseAuthFile(Buffer.from(authFile));
  if (!parsed.ok) return undefined;
  const path = rootPath('/given-auth.json');
  return {
    kind: 'file',
    path,
    root: 'new',
    hostPath: path as string as HostPath,
    from: 'entry',
    hasEntry: true,
    useless: undefined,
    helper: undefined,
    authFile: parsed.authFile,
  };
}

function imageOf(
  text: string,
  tlsVerify: boolean | undefined,
  certDir: RegistryCase['certDir'],
): ResolvedImage | undefined {
  const parsed = parseReference(text);
  if (!parsed.ok || parsed.reference.transport !== 'docker') return undefined;
  const said = tlsVerify === undefined ? undefined : { value: tlsVerify, place: nowhere };
  const certificates =
    certDir && [...certDir].map(([name, content]) => ({ name, bytes: Buffer.from(content) }));
  return { ...resolvedImage(text, { options: { tlsVerify: said } }), certificates };
}
