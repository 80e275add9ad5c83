import { readFileSync } from 'node:fs';
import { levels } from '../../src/check/settings.js';
import {
  tables,
  topLevelDescriptions,
  topLevelKeys,
  typeName,
  type ValueType,
} from '../../src/scan/drop-in/format.js';
import { argument, code, codeLines, escaped, mdocSections, textLines } from './mdoc.js';
import { seeAlso } from './page.js';

/** A page of section 5. */
export interface FilePage {
  readonly name: string;
  readonly lines: readonly string[];
}

/** The pages of the files that the program reads, from the definitions that their readers follow. */
export function filePages(): readonly FilePage[] {
  return [
    { name: 'bound-images.d', lines: entryLines() },
    { name: 'bound-images.toml', lines: settingsLines() },
  ];
}

const text = (name: string) => mdocSections(readFileSync(`contrib/man/texts/${name}.md`, 'utf8')).flat();

function entryLines(): readonly string[] {
  return [
    '.Sh NAME',
    '.Nm bound-images.d',
    '.Nd entries that bind container images to an OS root',
    '.Sh SYNOPSIS',
    '.Bl -item -compact',
    ...['/usr/lib/bootc', '/usr/lib', '/etc/bootc'].flatMap((directory) => [
      '.It',
      `.Pa ${directory}/bound-images.d/*`,
    ]),
    '.El',
    '.Sh DESCRIPTION',
    ...text('bound-images.d'),
    '.Sh DROP-INS',
    ...textLines(
      `An entry whose name ends in ${code('.toml')} is a TOML drop-in. It belongs in ${code('/usr/lib/bound-images.d')}, too. A key that is not listed here is an error.`,
    ),
    ...keyLines('', topLevelKeys, topLevelDescriptions),
    ...Object.entries(tables).flatMap(([name, { keys, descriptions }]) => [
      '.Pp',
      ...textLines(`The keys of ${headers[name as keyof typeof tables]}:`),
      ...keyLines(`${name}.`, keys, descriptions),
    ]),
    '.Sh EXAMPLES',
    ...textLines('A quadlet is bound by a link:'),
    ...codeLines(['ln -s /usr/share/containers/systemd/app.container /usr/lib/bound-images.d/app.container']),
    '.Pp',
    ...textLines('A drop-in:'),
    ...codeLines([
      'images = ["quay.io/example/agent:3", "quay.io/example/logs:2.4"]',
      'authfile = "/etc/containers/agent-auth.json"',
      '',
      '[[image]]',
      'reference = "registry.example.com/db:16"',
      'cert-dir = "/etc/pki/example"',
      'expect = { "org.opencontainers.image.version" = ">=16.2 <17" }',
      '',
      '[[artifact]]',
      'reference = "registry.example.com/ext/gvisor:2"',
      '[[artifact.payload]]',
      'title = "gvisor.raw"',
      'as = "extensions/gvisor.raw"',
    ]),
    ...seeAlso([
      ['bound-images', 1],
      ['bound-images-check', 1],
      ['bound-images-init', 1],
      ['containers-auth.json', 5],
      ['podman-systemd.unit', 5],
    ]),
  ];
}

const headers: Readonly<Record<keyof typeof tables, string>> = {
  image: `an ${code('[[image]]')} table`,
  artifact: `an ${code('[[artifact]]')} table`,
  payload: `an ${code('[[image.payload]]')} or ${code('[[artifact.payload]]')} table`,
};

/** @param prefix of the tables below these keys, as headers have it */
function keyLines<K extends Record<string, ValueType>>(
  prefix: string,
  keys: K,
  descriptions: Record<keyof K, string>,
): readonly string[] {
  const rows = Object.entries(keys).flatMap(([key, type]) => [
    `.It ${argument(code(key))}`,
    ...textLines(escaped(`${descriptions[key]} It is ${typeName(type, `${prefix}${key}`)}.`)),
  ]);
  return ['.Bl -tag -width Ds', ...rows, '.El'];
}

function settingsLines(): readonly string[] {
  const words = levels.map(code).join(', ');
  return [
    '.Sh NAME',
    '.Nm .bound-images.toml',
    '.Nd how findings of bound-images check are judged',
    '.Sh DESCRIPTION',
    ...text('bound-images.toml'),
    '.Bl -tag -width Ds',
    `.It ${argument(code('strict'))}`,
    ...textLines(`With ${code('true')}, warnings fail the check, too. The default is ${code('false')}.`),
    `.It ${argument(code('[rules]'))}`,
    ...textLines(
      `A table with the level of each rule that is to count otherwise than usual: ${words}. ${code('bound-images explain')} lists the rules.`,
    ),
    '.El',
    '.Sh EXAMPLES',
    ...codeLines(['strict = true', '', '[rules]', 'reference-floating = "off"']),
    ...seeAlso([
      ['bound-images', 1],
      ['bound-images-check', 1],
      ['bound-images-explain', 1],
    ]),
  ];
}
