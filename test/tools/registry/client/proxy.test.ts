import { expect, test } from 'vitest';
import { parseNoProxy, proxiesOf } from '../../../../src/tools/registry/client/proxy.js';

/** Which of these hosts a value exempts; as golang.org/x/net http/httpproxy does. */
test.each([
  ['', 'example.com:80', false],
  ['example.com', 'example.com:80', true],
  ['example.com', 'sub.example.com:443', true],
  ['example.com', 'anexample.com:80', false],
  ['example.com', 'example.com.evil.org:80', false],
  ['.example.com', 'example.com:80', false],
  ['.example.com', 'sub.example.com:80', true],
  ['*.example.com', 'example.com:80', false],
  ['*.example.com', 'a.b.example.com:80', true],
  ['EXAMPLE.com', 'example.com:80', true],
  ['example.com', 'EXAMPLE.com:80', true],
  ['  a.org , example.com\t', 'example.com:80', true],
  ['example.com:443', 'example.com:443', true],
  ['example.com:443', 'example.com:80', false],
  ['.example.com:443', 'sub.example.com:443', true],
  ['*', 'example.com:80', true],
  ['a.org,*', '10.1.2.3:80', true],
  ['*.', 'example.com:80', false],
  [',,', 'example.com:80', false],
  [':80', 'example.com:80', false],
  ['10.1.2.3', '10.1.2.3:80', true],
  ['10.1.2.3:8080', '10.1.2.3:8080', true],
  ['10.1.2.3:8080', '10.1.2.3:80', false],
  ['10.1.2.3', '10.1.2.30:80', false],
  ['10.0.0.0/8', '10.1.2.3:80', true],
  ['10.0.0.0/8', '11.1.2.3:80', false],
  ['10.1.2.3/32', '10.1.2.3:80', true],
  ['10.1.2.3/33', '10.1.2.3:80', false],
  ['0.0.0.0/0', '192.0.2.1:80', true],
  ['0.0.0.0/0', 'example.com:80', false],
  ['2001:db8::1', '[2001:db8::1]:80', true],
  ['[2001:db8::1]', '[2001:db8::1]:80', false],
  ['[2001:db8::1]:80', '[2001:db8::1]:80', true],
  ['[2001:db8::1]:443', '[2001:db8::1]:80', false],
  ['2001:db8::/32', '[2001:db8:1::5]:443', true],
  ['2001:db8::/32', '[2001:db9::5]:443', false],
  ['bücher.example', 'xn--bcher-kva.example:80', true],
  ['.bücher.example', 'a.xn--bcher-kva.example:80', true],
])('NO_PROXY=%s and %s: %s', (value, target, isExempt) => {
  const url = new URL(`http://${target}`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  expect(parseNoProxy(value)(host, url.port || '80')).toBe(isExempt);
});

test.each([
  { name: 'none', env: {}, url: 'https://a.example/', proxy: 'direct' },
  {
    name: 'that of HTTPS',
    env: { HTTPS_PROXY: 'http://p:3128' },
    url: 'https://a.example/',
    proxy: 'http://p:3128/',
  },
  {
    name: 'in lower case',
    env: { https_proxy: 'http://p:3128' },
    url: 'https://a.example/',
    proxy: 'http://p:3128/',
  },
  {
    name: 'upper case first',
    env: { HTTPS_PROXY: 'http://p:1', https_proxy: 'http://p:2' },
    url: 'https://a.example/',
    proxy: 'http://p:1/',
  },
  {
    name: 'an empty one',
    env: { HTTPS_PROXY: '', https_proxy: 'http://p:2' },
    url: 'https://a.example/',
    proxy: 'http://p:2/',
  },
  {
    name: 'not that of HTTP for HTTPS',
    env: { HTTP_PROXY: 'http://p:1' },
    url: 'https://a.example/',
    proxy: 'direct',
  },
  {
    name: 'without a scheme',
    env: { HTTP_PROXY: 'p:3128' },
    url: 'http://a.example/',
    proxy: 'http://p:3128/',
  },
  {
    name: 'an address without a scheme',
    env: { HTTP_PROXY: '192.0.2.7:3128' },
    url: 'http://a.example/',
    proxy: 'http://192.0.2.7:3128/',
  },
  {
    name: 'with a user',
    env: { HTTP_PROXY: 'u:p@proxy' },
    url: 'http://a.example/',
    proxy: 'http://u:p@proxy/',
  },
  { name: 'what is no address', env: { HTTP_PROXY: 'http://[' }, url: 'http://a.example/', proxy: 'direct' },
  { name: 'by TLS', env: { HTTP_PROXY: 'https://p' }, url: 'http://a.example/', proxy: 'https://p/' },
  {
    name: 'of SOCKS',
    env: { HTTPS_PROXY: 'socks5://u:secret@p:1080' },
    url: 'https://a.example/',
    proxy: 'the proxy scheme socks5',
  },
  { name: 'never for localhost', env: { HTTP_PROXY: 'p:1' }, url: 'http://localhost:5000/', proxy: 'direct' },
  { name: 'never for loopback', env: { HTTP_PROXY: 'p:1' }, url: 'http://127.3.2.1/', proxy: 'direct' },
  {
    name: 'never for loopback of IPv6',
    env: { HTTP_PROXY: 'p:1' },
    url: 'http://[::1]:5000/',
    proxy: 'direct',
  },
  {
    name: 'but for a name below localhost',
    env: { HTTP_PROXY: 'p:1' },
    url: 'http://a.localhost/',
    proxy: 'http://p:1/',
  },
  {
    name: 'not what NO_PROXY exempts',
    env: { HTTP_PROXY: 'p:1', no_proxy: 'a.example' },
    url: 'http://a.example/',
    proxy: 'direct',
  },
  {
    name: 'by its port',
    env: { HTTPS_PROXY: 'p:1', NO_PROXY: 'a.example:443' },
    url: 'https://a.example/',
    proxy: 'direct',
  },
  {
    name: 'none that a header of CGI may have set',
    env: { HTTP_PROXY: 'p:1', REQUEST_METHOD: 'GET' },
    url: 'http://a.example/',
    proxy: 'HTTP_PROXY of a CGI program',
  },
  {
    name: 'of HTTPS in CGI',
    env: { HTTPS_PROXY: 'p:1', REQUEST_METHOD: 'GET' },
    url: 'https://a.example/',
    proxy: 'http://p:1/',
  },
])('the proxy: $name', ({ env, url, proxy }) => {
  const choice = proxiesOf(env)(new URL(url));
  const said = choice.kind === 'proxy' ? choice.url.href : choice.kind === 'direct' ? 'direct' : choice.what;
  expect(said).toBe(proxy);
});
