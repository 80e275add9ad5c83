import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execOk } from '../../integration/support/exec.js';
import { executableNotices } from './executable.js';
import { nodeComponent } from './node.js';
import { sourceDateEpoch, version } from './version.js';

/** As npm writes it. Source: CycloneDX 1.5. */
interface Bom {
  readonly specVersion: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
}

/**
 * Writes the list of what the program is made of, in CycloneDX: what npm says of the packages that are bundled, and
 * Node.js with its own parts, which only the executables have.
 */
export async function writeSbom(directory: string): Promise<void> {
  const said = await execOk('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']);
  const { metadata, components, ...bom }: Bom = JSON.parse(said);
  const bundled = new Set(
    (await executableNotices('x64')).map((notice) => `${notice.name}@${notice.version}`),
  );
  const node = await nodeComponent();
  // npm says of each that it is for development: it is needed where the program is built, and nowhere else.
  const packages = components
    .filter((component) => bundled.has(`${component.name}@${component.version}`))
    .map(
      ({ scope: _, properties: __, ...component }: Component & { scope?: unknown; properties?: unknown }) =>
        component,
    );
  const { properties: _, ...own }: Component & { properties?: unknown } = metadata.component;
  const refs = new Set(packages.map((component) => component['bom-ref']));
  const direct = bom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) }));
  const content = {
    $schema: `http://cyclonedx.org/schema/bom-${bom.specVersion}.schema.json`,
    bomFormat: 'CycloneDX',
    specVersion: bom.specVersion,
    version: 1,
    metadata: {
      timestamp: new Date(sourceDateEpoch() * 1000).toISOString(),
      // npm takes the name of the directory for it.
      component: { ...own, type: 'application', name: 'bound-images' },
    },
    components: [node, ...packages],
    dependencies: [{ ref: own['bom-ref'], dependsOn: [node['bom-ref'], ...refs] }, ...direct],
  };
  const text = JSON.stringify({ serialNumber: serialNumberOf(JSON.stringify(content)), ...content }, null, 2);
  await writeFile(join(directory, `bound-images-${version}.cdx.json`), `${text}\n`);
}

/** The same for the same content, where npm has a random one. Source: RFC 9562, version 8. */
function serialNumberOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`];
  return `urn:uuid:${parts.join('-')}-${hex.slice(20, 32)}`;
}
