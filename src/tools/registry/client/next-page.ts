/**
 * The path and query of the next page that a `Link` field names, which may be absolute: its host does not count. null
 * where there is none. Source: GetRepositoryTags in go.podman.io/image docker/docker_image.go; RFC 8288, section 3.
 *
 * @param page the URL of this one
 */
export function nextPage(fields: readonly string[], page: URL): string | null {
  for (const [, target = '', parameters = ''] of fields
    .join(',')
    .matchAll(/<([^<>]*)>((?:\s*;\s*[^\s;,="]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]*))?)*)/g)) {
    const relation = /;\s*rel\s*=\s*"?([^";,]*)"?/i.exec(parameters)?.[1]?.toLowerCase().split(/\s+/);
    if (relation !== undefined && !relation.includes('next')) continue;
    if (!URL.canParse(target, page.href)) return null;
    const { pathname, search } = new URL(target, page);
    return `${pathname}${search}`;
  }
  return null;
}
