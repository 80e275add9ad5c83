import type { Tree } from './host.js';

/** Keys of an `[[image]]` table. */
export type DropInOptions = {
  readonly authfile?: string;
  readonly 'cert-dir'?: string;
  readonly 'tls-verify'?: boolean;
  readonly arch?: string;
};

/** The drop-in `NAME.toml` of a root, which binds the references; from registries without TLS unless told. */
export function dropIn(
  name: string,
  references: readonly string[],
  options: DropInOptions = { 'tls-verify': false },
): Tree {
  const tables = references.map((reference) => {
    const lines = Object.entries({ reference, ...options }).map(([key, value]) => {
      // A JSON string is a TOML basic string.
      return `${key} = ${JSON.stringify(value)}\n`;
    });
    return `[[image]]\n${lines.join('')}`;
  });
  return { [`usr/lib/bound-images.d/${name}.toml`]: tables.join('\n') };
}

/** A unit where quadlet looks for it, and the link that binds it. */
export function quadlet(name: string, ...lines: readonly string[]): Tree {
  const path = `usr/share/containers/systemd/${name}`;
  const type = name.slice(name.lastIndexOf('.') + 1);
  const section = `[${type.charAt(0).toUpperCase()}${type.slice(1)}]`;
  return {
    [path]: `${[section, ...lines].join('\n')}\n`,
    [`usr/lib/${isBootcs(type) ? 'bootc/' : ''}bound-images.d/${name}`]: { link: `/${path}` },
  };
}

/** bootc refuses its directory where it holds anything else. */
function isBootcs(type: string): boolean {
  return type === 'image' || type === 'container';
}
