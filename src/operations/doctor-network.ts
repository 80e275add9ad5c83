import { shownText } from '../diagnostic/redact.js';
import { type DoctorLine, type DoctorPorts, good, unseen, warn } from './doctor-report.js';

const variables = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'] as const;

/** What the units read in the environment. */
const unitEnvironment = '/etc/bound-images/environment';

const pullSecrets = ['/run/ostree/auth.json', '/etc/ostree/auth.json', '/usr/lib/ostree/auth.json'];

/** How registries are reached, whom they are believed, and with which credentials. */
export function networkLines(
  ports: Pick<DoctorPorts, 'environment' | 'file' | 'hasAuthorities'>,
): readonly DoctorLine[] {
  return [
    proxyLine(ports),
    ports.hasAuthorities()
      ? good('network', 'the authorities of certificates are there')
      : warn(
          'network',
          'no authorities of certificates are there: no registry can prove who it is',
          'install the package ca-certificates, or set SSL_CERT_FILE',
        ),
    secretLine(ports),
  ];
}

/** Services have nothing of the environment of a shell. */
function proxyLine({ environment, file }: Pick<DoctorPorts, 'environment' | 'file'>): DoctorLine {
  const given = variables.flatMap((name) => {
    const value = environment[name] || environment[name.toLowerCase()];
    return value ? { name, value } : [];
  });
  const content = file(unitEnvironment);
  const ofUnits = content === 'missing' || content === 'unreadable' ? '' : content;
  const isSet = (name: string) => new RegExp(`^\\s*${name}=`, 'im').test(ofUnits);
  const proxies = given.filter(({ name }) => name !== 'NO_PROXY');
  if (proxies.length === 0) {
    if (variables.some(isSet)) return good('network', `the units have a proxy, from ${unitEnvironment}`);
    return good('network', 'no proxy in the environment');
  }
  const shown = given.map(({ name, value }) => `${name}=${shownText(withoutUser(value))}`).join(' ');
  if (content === 'unreadable')
    return unseen('network', `${shown}; ${unitEnvironment} cannot be read`, 'run it again as root');
  if (proxies.every(({ name }) => isSet(name))) return good('network', `${shown}, and so have the units`);
  return warn('network', `${shown}, and the units have none`, `write the same into ${unitEnvironment}`);
}

/** A proxy may be named without a scheme, and its user is a secret all the same. */
function withoutUser(value: string): string {
  return value.replace(/[^/]*@/g, '***@');
}

function secretLine({ file }: Pick<DoctorPorts, 'file'>): DoctorLine {
  const found = pullSecrets.filter((path) => file(path) !== 'missing');
  return found.length === 0
    ? good(
        'network',
        'no global pull secret: registries are asked without, unless an entry names an auth file',
      )
    : good('network', `global pull secret ${found.join(', ')}`);
}
