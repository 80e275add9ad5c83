const host = '[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*';
const registry = `${host}(?:\\.${host})*(?::[0-9]+)?`;
const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';

const registryName = new RegExp(`^${registry}$`);
const imagePrefix = new RegExp(`^${registry}(?:/${component})*$`);

/** Whether `text` is `host[:port]`. Source: DomainRegexp in go.podman.io/image docker/reference/regexp.go. */
export function isRegistryName(text: string): boolean {
  return registryName.test(text);
}

/** Whether `text` is a registry, a namespace of it or a repository, without tag and digest. Source: as above. */
export function isImagePrefix(text: string): boolean {
  return imagePrefix.test(text);
}

/** A name in full without its tag or digest. */
export function repositoryOf(name: string): string {
  return name.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
}
