import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseChallenges } from '../../../../src/tools/registry/client/challenge.js';

test.each([
  {
    name: 'of a registry with a token server',
    fields: ['Bearer realm="https://auth.example.com/token",service="r",scope="repository:app:pull"'],
    challenges: [
      ['bearer', { realm: 'https://auth.example.com/token', service: 'r', scope: 'repository:app:pull' }],
    ],
  },
  { name: 'without a parameter', fields: ['Basic'], challenges: [['basic', {}]] },
  {
    name: 'in upper case',
    fields: ['BEARER REALM="https://a"'],
    challenges: [['bearer', { realm: 'https://a' }]],
  },
  {
    name: 'with commas, quotes and backslashes in a text',
    fields: ['Bearer realm="a,b=\\"c\\"\\\\", service="d"'],
    challenges: [['bearer', { realm: 'a,b="c"\\', service: 'd' }]],
  },
  {
    name: 'two in one field',
    fields: ['Negotiate, Basic realm="a", Bearer realm="b"'],
    challenges: [
      ['negotiate', {}],
      ['basic', { realm: 'a' }],
      ['bearer', { realm: 'b' }],
    ],
  },
  {
    name: 'two fields',
    fields: ['Basic realm="a"', 'Bearer realm="b"'],
    challenges: [
      ['basic', { realm: 'a' }],
      ['bearer', { realm: 'b' }],
    ],
  },
  {
    name: 'with a token of 68 characters',
    fields: ['Negotiate oYG2MIGzoAMKAQ==, Basic realm="a"'],
    challenges: [
      ['negotiate', {}],
      ['basic', { realm: 'a' }],
    ],
  },
  {
    name: 'with blanks around the equals signs, and empty elements',
    fields: [' ,, Bearer  realm = "a" ,, , service= s'],
    challenges: [['bearer', { realm: 'a', service: 's' }]],
  },
  {
    name: 'with a URL that lacks its quotes',
    fields: ['Bearer realm=https://a/token?x=y,service=s'],
    challenges: [['bearer', { realm: 'https://a/token?x=y', service: 's' }]],
  },
  {
    name: 'with a parameter twice',
    fields: ['Bearer realm="a",realm="b"'],
    challenges: [['bearer', { realm: 'b' }]],
  },
  {
    name: 'with a quote that has no end',
    fields: ['Bearer service="s",realm="a'],
    challenges: [['bearer', { service: 's' }]],
  },
  { name: 'without a scheme', fields: ['realm="a"'], challenges: [] },
  { name: 'of nothing', fields: ['', ' , '], challenges: [] },
  { name: 'of what is none', fields: ['"Bearer"', '=a'], challenges: [] },
  {
    name: 'with the name of a property of every object',
    fields: ['Bearer __proto__="a",constructor="b"'],
    challenges: [
      [
        'bearer',
        Object.fromEntries([
          ['__proto__', 'a'],
          ['constructor', 'b'],
        ]),
      ],
    ],
  },
])('the challenge $name', ({ fields, challenges }) => {
  const parsed = parseChallenges(fields).map(({ scheme, parameters }) => [
    scheme,
    Object.fromEntries(parameters),
  ]);
  expect(parsed).toEqual(challenges);
});

const token = fc.stringMatching(/^[a-z][a-z\d-]{0,8}$/);
const challenge = fc.record({
  scheme: token,
  parameters: fc.uniqueArray(fc.tuple(token, fc.string()), { selector: ([name]) => name, maxLength: 4 }),
});

test('what a server writes is what is read', () => {
  fc.assert(
    fc.property(fc.array(challenge, { minLength: 1, maxLength: 5 }), (challenges) => {
      const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
      const field = challenges
        .map(({ scheme, parameters }) => {
          const written = parameters.map(([name, value]) => `${name}=${quote(value)}`).join(', ');
          return written === '' ? scheme : `${scheme} ${written}`;
        })
        .join(', ');
      expect(parseChallenges([field])).toEqual(
        challenges.map(({ scheme, parameters }) => ({ scheme, parameters: new Map(parameters) })),
      );
    }),
  );
});

test('no field takes long, whatever is in it', () => {
  const part = fc.constantFrom('a', '=', '"', '\\', ',', ' ', '\t', '/', 'Bearer ', 'a="');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
      const field = parts
        .join('')
        .repeat(3000)
        .slice(0, 64 * 1024);
      expect(parseChallenges([field]).length).toBeLessThanOrEqual(16);
    }),
    { numRuns: 30 },
  );
});
