import { createHash } from 'node:crypto';

/** A file of an artifact. */
export interface ArtifactFile {
  readonly content: Buffer;
  readonly mediaType?: string;
  readonly title?: string;
}

export interface PushedArtifact {
  /** Of its manifest. */
  readonly digest: string;
  /** Of its files. */
  readonly files: readonly string[];
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const emptyType = 'application/vnd.oci.empty.v1+json';

/** What is written to a repository of a registry without TLS. */
interface RepositoryWriter {
  readonly putBlob: (content: Buffer, mediaType: string) => Promise<BlobDescriptor>;
  /** Gives its digest. */
  readonly putManifest: (tag: string, manifest: object) => Promise<string>;
}

interface BlobDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** Source: OCI distribution-spec, “Pushing blobs” and “Pushing Manifests”. */
export function repositoryWriter(host: string, name: string): RepositoryWriter {
  const base = `http://${host}/v2/${name}`;
  return {
    putBlob: async (content, mediaType) => {
      const digest = digestOf(content);
      const begun = await expectStatus(202, fetch(`${base}/blobs/uploads/`, { method: 'POST' }));
      const url = new URL(begun.headers.get('location') ?? '', base);
      url.searchParams.set('digest', digest);
      const headers = { 'content-type': 'application/octet-stream' };
      await expectStatus(201, fetch(url, { method: 'PUT', headers, body: new Uint8Array(content) }));
      return { mediaType, digest, size: content.length };
    },
    putManifest: async (tag, manifest) => {
      // Not as podman would write it, as other tools do: its digest is that of these very bytes.
      const bytes = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: manifestType, ...manifest }, null, 2),
      );
      const headers = { 'content-type': manifestType };
      const url = `${base}/manifests/${tag}`;
      await expectStatus(201, fetch(url, { method: 'PUT', headers, body: new Uint8Array(bytes) }));
      return digestOf(bytes);
    },
  };
}

/** Puts an artifact into a registry without TLS as `HOST/NAME:TAG` (OCI image-spec `manifest.md`). */
export async function pushArtifact(
  host: string,
  nameAndTag: string,
  files: readonly ArtifactFile[],
  annotations: Readonly<Record<string, string>> = {},
): Promise<PushedArtifact> {
  const [name = '', tag = ''] = nameAndTag.split(':');
  const { putBlob, putManifest } = repositoryWriter(host, name);
  const config = await putBlob(Buffer.from('{}'), emptyType);
  const layers: object[] = [];
  for (const { content, mediaType = 'application/octet-stream', title } of files) {
    const named = title === undefined ? {} : { annotations: { 'org.opencontainers.image.title': title } };
    layers.push({ ...(await putBlob(content, mediaType)), ...named });
  }
  const artifactType = 'application/vnd.example.kernel';
  const digest = await putManifest(tag, { artifactType, config, layers, annotations });
  return { digest, files: files.map(({ content }) => digestOf(content)) };
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

async function expectStatus(status: number, answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  if (response.status !== status)
    throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
  return response;
}
