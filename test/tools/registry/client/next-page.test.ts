import { expect, test } from 'vitest';
import { nextPage } from '../../../../src/tools/registry/client/next-page.js';

const page = new URL('https://r.example/v2/app/tags/list');

test.each([
  { fields: [], next: null },
  { fields: ['</v2/app/tags/list?last=b&n=2>; rel="next"'], next: '/v2/app/tags/list?last=b&n=2' },
  { fields: ['</v2/x>'], next: '/v2/x' },
  { fields: ['<list?last=b>; rel=next'], next: '/v2/app/tags/list?last=b' },
  { fields: ['</a>; rel="prev", </b>; title="x, y"; rel="NEXT"'], next: '/b' },
  { fields: ['</a>; rel=prev', '</b>; rel="last next"'], next: '/b' },
  { fields: ['<https://other.example/v2/app/tags/list?n=1>; rel="next"'], next: '/v2/app/tags/list?n=1' },
  { fields: ['<https://[>; rel="next"'], next: null },
  { fields: ['nonsense'], next: null },
])('the page after $fields is $next', ({ fields, next }) => {
  expect(nextPage(fields, page)).toBe(next);
});

test('a long field takes no long time', () => {
  for (const part of ['<', ';', '< ;a', '<>;a="', '<>;a=b ', '<>; ', ',']) {
    nextPage([part.repeat(64 * 1024).slice(0, 64 * 1024)], page);
  }
});
