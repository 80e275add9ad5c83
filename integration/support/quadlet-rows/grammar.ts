import { pull, type Row, refused, usr } from './row.js';

const ref = 'quay.io/x/a:1';
const made = { 'a.image': pull('a') };
const none = { 'a.image': refused };

type Case = readonly [name: string, text: string, makes: Row['makes']];

const cases: readonly Case[] = [
  ['a continuation is joined without a blank', '[Image]\nImage=quay.io/\\\n   x/a:1\n', made],
  ['a comment does not end a continuation', `[Image]\nImage=\\\n# no\n; no\\\n\n${ref}\n`, made],
  ['a continuation may cut a key', `[Image]\nIm\\\nage=${ref}\n`, made],
  ['a continuation swallows a section', `[Image]\nImage=${ref}\n[X-a]\nb=c\\\n[Image]\nArch=x\n`, made],
  [
    'a backslash at the end of the file is a backslash no more',
    `[Image]\nImage=${ref}\\`,
    {
      'a.image': `podman image pull ${ref}`,
    },
  ],
  ['a continuation that nothing follows is lost', `[Image]\nImage=${ref}\nArch=x\\\n\n\n`, made],
  ['CR LF', `[Image]\r\nImage=${ref}\r\n`, made],
  ['blanks around keys, signs and lines', `  [Image] \n\tImage =  ${ref}  \n`, made],
  ['white space of Unicode around lines', `\u3000[Image]\n\u00a0Image=${ref}\u2028\n`, made],
  [
    'a comment at the end of a line is part of the value',
    `[Image]\nImage=${ref}\nOS=a # b\n`,
    {
      'a.image': pull('a', ['--os', 'a # b']),
    },
  ],
  ['a key before any section', `Image=${ref}\n[Image]\n`, none],
  ['a line without a sign', `[Image]\nImage=${ref}\nnonsense\n`, none],
  ['a line that begins with a sign', `[Image]\nImage=${ref}\n=x\n`, none],
  ['a section without a name', `[]\n[Image]\nImage=${ref}\n`, none],
  ['text behind a section', `[Image] # x\nImage=${ref}\n`, none],
  [
    'text with a sign behind a section is a key',
    `[Image]\nImage=${ref}\n[X-a]\n[Image] # a=b\nArch=x\n`,
    made,
  ],
  ['a section with a bracket in its name', `[Im[age]\n[Image]\nImage=${ref}\n`, none],
  ['a section that is not closed', `[Image]\nImage=${ref}\n[X-a\n`, none],
  ['no end of line at the end', `[Image]\nImage=${ref}`, made],
  ['bytes that are not UTF-8, in a comment', `[Image]\n# \u00ff\nImage=${ref}\n`, made],
];

/** The grammar, in short: quadlet-grammar.test.ts has all of it. */
export const grammarRows: readonly Row[] = cases.map(([name, text, makes]) => ({
  name,
  tree: usr({ 'a.image': name.includes('not UTF-8') ? Buffer.from(text, 'latin1') : text }),
  makes,
}));
