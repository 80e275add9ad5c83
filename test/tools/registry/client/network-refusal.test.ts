import { describe, expect, test } from 'vitest';
import { networkRefusal } from '../../../../src/tools/registry/client/network-refusal.js';

const asked = { method: 'GET', url: new URL('https://r.example/v2/app/manifests/1') };

function nodeError(message: string, properties: object): Error {
  return Object.assign(new Error(message), properties);
}

describe('says what went wrong, and where', () => {
  test.each([
    {
      error: nodeError('connect ECONNREFUSED 127.0.0.1:1', { code: 'ECONNREFUSED', errno: -111 }),
      words: 'connection refused (connect ECONNREFUSED 127.0.0.1:1)',
      of: 'https://r.example',
      code: 'connection',
    },
    {
      error: nodeError('read ECONNRESET', { code: 'ECONNRESET', errno: -104 }),
      words: 'connection reset by peer (read ECONNRESET)',
      code: 'connection',
    },
    {
      error: nodeError('getaddrinfo ENOTFOUND r.example', { code: 'ENOTFOUND', errno: -3008 }),
      words: 'no such host (getaddrinfo ENOTFOUND r.example)',
      of: 'https://r.example',
      code: 'dns',
    },
    {
      error: nodeError('self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
      words: 'certificate signed by unknown authority (self-signed certificate)',
      of: 'https://r.example',
      code: 'tls',
    },
    {
      error: nodeError('certificate has expired', { code: 'CERT_HAS_EXPIRED' }),
      words: 'certificate has expired',
      of: 'https://r.example',
      code: 'tls',
    },
    {
      error: new AggregateError([
        nodeError('connect ECONNREFUSED ::1:1', { code: 'ECONNREFUSED', errno: -111 }),
        nodeError('connect ECONNREFUSED 127.0.0.1:1', { code: 'ECONNREFUSED', errno: -111 }),
      ]),
      words: 'connection refused (connect ECONNREFUSED ::1:1)',
      of: 'https://r.example',
      code: 'connection',
    },
    { error: new Error('aborted'), words: 'the connection was cut', code: 'connection' },
    { error: 'odd', words: 'it failed', code: 'connection' },
  ])('$words', ({ error, words, code, of = 'GET https://r.example/v2/app/manifests/1' }) => {
    const { failure } = networkRefusal(asked, error);
    expect(failure.message).toBe(`${of}: ${words}`);
    expect(failure.code).toBe(code);
  });
});
