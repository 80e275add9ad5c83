import { expect, test } from 'vitest';
import { readSaid } from '../../../../src/tools/registry/client/said.js';

test.each([
  { body: '', words: '', codes: [] },
  { body: ' try\n later ', words: 'try later', codes: [] },
  {
    body: '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Tag":"1"}}]}',
    words: 'MANIFEST_UNKNOWN: manifest unknown',
    codes: ['MANIFEST_UNKNOWN'],
  },
  {
    body: '{"errors":[{"code":"DENIED"},{"message":"no"},{"code":7},"x",null,{"code":"A"}]}',
    words: 'DENIED; no',
    codes: ['DENIED'],
  },
  {
    body: '{"details":"incorrect username or password"}',
    words: 'incorrect username or password',
    codes: [],
  },
  { body: '{"error":"invalid_grant","error_description":"expired"}', words: 'expired', codes: [] },
  { body: '{"errors":{"message":"x"}}', words: '', codes: [] },
  { body: '<html><body>503</body></html>', words: '', codes: [] },
  { body: '{"errors":[', words: '{"errors":[', codes: [] },
  { body: '[1]', words: '', codes: [] },
  { body: 'not \ufffd UTF-8', words: '', codes: [] },
  { body: 'a\u0000b', words: '', codes: [] },
  { body: 'tab\tand\r\nline', words: 'tab and line', codes: [] },
])('the body $body says “$words”', ({ body, words, codes }) => {
  expect(readSaid(body)).toEqual({ words, codes });
});
