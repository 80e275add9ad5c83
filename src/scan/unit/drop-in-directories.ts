/**
 * The names of the drop-in directories of a unit, most specific first: `a-b.image` has `a-b.image.d`,
 * `a-.image.d` and `image.d`; an instance `t@i.image` has that of its template, too.
 * Source: podman pkg/systemd/parser/unitfile.go, `GetUnitDropinPaths`.
 */
export function dropInDirectories(unitName: string): readonly string[] {
  const dot = unitName.lastIndexOf('.');
  const [stem, extension] = [unitName.slice(0, dot), unitName.slice(dot)];
  const at = stem.indexOf('@');
  const base = at < 0 ? stem : stem.slice(0, at);
  const names = [unitName];
  if (at >= 0 && at + 1 < stem.length) names.push(`${base}@${extension}`);
  for (
    let dash = base.lastIndexOf('-');
    dash >= 0;
    dash = dash === 0 ? -1 : base.lastIndexOf('-', dash - 1)
  ) {
    const prefix = base.slice(0, dash + 1);
    if (at >= 0) names.push(`${prefix}@${extension}`);
    names.push(`${prefix}${extension}`);
  }
  names.push(extension.slice(1));
  return names.map((name) => `${name}.d`);
}
