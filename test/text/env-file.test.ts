import { describe, expect, test } from 'vitest';
import { readEnvFile } from '../../src/text/env-file.js';
import { expectLinear } from '../support/expect-linear.js';

describe('the assignments of an os-release', () => {
  test.each<[name: string, text: string, values: Record<string, string>]>([
    ['nothing', '', {}],
    ['plain', 'ID=fedora\nVERSION_ID=42\n', { ID: 'fedora', VERSION_ID: '42' }],
    ['no line feed at the end', 'ID=fedora', { ID: 'fedora' }],
    ['quotes', 'A="a b"\nB=\'c "d"\'\n', { A: 'a b', B: 'c "d"' }],
    ['quotes beside each other', 'A="a"\'b\'c\n', { A: 'abc' }],
    ['a quote within a word', 'A=a"b\n', { A: 'a"b' }],
    ['blanks around', '  A =  a b  \nB= "c " \n', { A: 'a b', B: 'c ' }],
    ['escapes', 'A=a\\ b\\\\\nB="\\$x \\"y\\" \\n"\nC=\'\\$\'\n', { A: 'a b\\', B: '$x "y" \\n', C: '\\$' }],
    ['a value of two lines', 'A="a\nb"\nB=a\\\nb\n', { A: 'a\nb', B: 'ab' }],
    ['comments', '# A=1\n; B=2\n #C=3\nD=4 # E\n', { D: '4 # E' }],
    ['the last of a name', 'A=1\nA=2\n', { A: '2' }],
    ['an empty value', 'A=\nB=""\n', { A: '', B: '' }],
    ['what is no assignment', 'A\nB C=1\n=2\nD=3\n', { D: '3' }],
    ['a quote that nothing closes', 'A="b\nC=d\n', { A: 'b\nC=d\n' }],
    ['line ends of Windows', 'A=1\r\nB=2\r\n', { A: '1', B: '2' }],
  ])('%s', (_, text, values) => {
    expect(Object.fromEntries(readEnvFile(text))).toEqual(values);
  });

  test('are read in a time that grows as they do', () => {
    for (const line of ['A="b c"\n', 'A=b c \\\n', 'no assignment\n', '"'])
      expectLinear(2000, (size) => {
        const text = line.repeat(size);
        return () => readEnvFile(text);
      });
  });
});
