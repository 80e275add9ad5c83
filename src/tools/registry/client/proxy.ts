import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { isLoopback } from './local-address.js';

export type ProxyChoice =
  | { readonly kind: 'direct' }
  | { readonly kind: 'proxy'; readonly url: URL }
  /** For a sentence. */
  | { readonly kind: 'unsupported'; readonly what: string };

const direct: ProxyChoice = { kind: 'direct' };

/**
 * The proxy for each URL, by the environment: `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, upper case first. Never for
 * this machine, and that of `HTTP_PROXY` not in a CGI program, where a header may have set it.
 * Source: golang.org/x/net http/httpproxy, which Go's net/http uses.
 */
export function proxiesOf(env: NodeJS.ProcessEnv): (url: URL) => ProxyChoice {
  const variable = (name: string): string => env[name] || env[name.toLowerCase()] || '';
  const proxies: ReadonlyMap<string, ProxyChoice> = new Map([
    ['http:', parseProxy(variable('HTTP_PROXY'))],
    ['https:', parseProxy(variable('HTTPS_PROXY'))],
  ]);
  const isExempt = parseNoProxy(variable('NO_PROXY'));
  return (url) => {
    const proxy = proxies.get(url.protocol) ?? direct;
    if (proxy.kind === 'direct') return direct;
    if (url.protocol === 'http:' && env.REQUEST_METHOD) {
      return { kind: 'unsupported', what: 'HTTP_PROXY of a CGI program' };
    }
    const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    return host === 'localhost' || isLoopback(host) || isExempt(host, port) ? direct : proxy;
  };
}

function parseProxy(value: string): ProxyChoice {
  if (value === '') return direct;
  // Without a scheme, it is a server's name.
  const url = /^[a-z][a-z\d+.-]*:\/\/[^/]/i.test(value) ? parseUrl(value) : parseUrl(`http://${value}`);
  if (url === null) return direct;
  return url.protocol === 'http:' || url.protocol === 'https:'
    ? { kind: 'proxy', url }
    : { kind: 'unsupported', what: `the proxy scheme ${url.protocol.slice(0, -1)}` };
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

type IsExempt = (host: string, port: string) => boolean;

/**
 * Which hosts need no proxy: `*`; addresses and networks; names, for themselves and what is below them, or only for the
 * latter with a dot in front; all but networks perhaps with a port.
 */
export function parseNoProxy(value: string): IsExempt {
  const rules: IsExempt[] = [];
  for (const entry of value.split(',').map((each) => each.trim().toLowerCase())) {
    if (entry === '') continue;
    if (entry === '*') return () => true;
    rules.push(networkRule(entry) ?? hostRule(entry));
  }
  return (host, port) => rules.some((isMeant) => isMeant(host, port));
}

function networkRule(entry: string): IsExempt | null {
  const [, address = '', length = ''] = /^([\da-f:.]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(length) > (family === 4 ? 32 : 128)) return null;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const network = new BlockList();
  network.addSubnet(address, Number(length), type);
  return (host) => isIP(host) !== 0 && network.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
}

function hostRule(entry: string): IsExempt {
  const [, bracketed, plain, portText] = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(entry) ?? [];
  const named = portText === undefined ? entry : (bracketed ?? plain ?? '');
  const isPort = (port: string) => !portText || portText === port;
  if (isIP(named) !== 0) {
    const single = new BlockList();
    single.addAddress(named, isIP(named) === 4 ? 'ipv4' : 'ipv6');
    return (host, port) =>
      isIP(host) !== 0 && single.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6') && isPort(port);
  }
  const name = named.replace(/^\*(?=\.)/, '');
  if (name === '') return () => false;
  const isSubOnly = name.startsWith('.');
  const bare = isSubOnly ? name.slice(1) : name;
  const ascii = /^[ -~]*$/.test(bare) ? bare : domainToASCII(bare) || bare;
  return (host, port) => (host.endsWith(`.${ascii}`) || (!isSubOnly && host === ascii)) && isPort(port);
}
