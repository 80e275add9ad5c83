import { type RootPath, rootPath } from '../../src/model/path.js';
import { parseUnitFile, type UnitFile } from '../../src/scan/unit/file.js';
import { list, mergeSection, type SectionLines, sectionLines, single } from '../../src/scan/unit/values.js';
import { splitWords } from '../../src/scan/words/words.js';

/** A service that the generator makes of a unit. */
export type GeneratedService = {
  /** The unit that it is made of. */
  readonly source: RootPath;
  /** Its own name, with `.service`. */
  readonly name: string;
  /** The generator writes the service of another unit over it, as both have one name. */
  readonly replaced: boolean;
  /** What its `ExecStart=` says, behind the name of the program; for a pod, its `ExecStartPre=`. */
  readonly words: readonly string[];
  /** The keys of one of its sections, `X-Container` for instance. */
  readonly section: (name: string) => SectionLines<UnitFile['sections'][number]['assignments'][number]>;
};

/**
 * Reads what `quadlet -dryrun` prints, by the file names of the units. The grammar of these files is the one of
 * units, which `quadlet-grammar.test.ts` compares by itself.
 * @throws Error when a service does not look as expected
 */
export function readServices(stdout: Buffer): ReadonlyMap<string, GeneratedService> {
  const services = new Map<string, GeneratedService>();
  const [, ...parts] = stdout.toString('latin1').split(/^---(.*)---$/m);
  const names = parts.filter((_, index) => index % 2 === 0);
  for (const [index, name] of names.entries()) {
    const text = parts[index * 2 + 1] ?? '';
    const parsed = parseUnitFile(Buffer.from(text, 'latin1'));
    if (!parsed.ok) throw new Error(`the generator wrote a service that cannot be read:\n${text}`);
    const section = (wanted: string) =>
      mergeSection([{ unit: parsed.unit, source: null }], wanted) ?? sectionLines([]);
    const source = single(section('Unit'), 'SourcePath')?.value;
    if (source === undefined) throw new Error(`the generator wrote a service without SourcePath=:\n${text}`);
    // The unit may have commands of its own; the generator's is added behind them.
    const key = source.endsWith('.pod') ? 'ExecStartPre' : 'ExecStart';
    const command = list(section('Service'), key).at(-1)?.value ?? '';
    const [, ...words] = splitWords(command).words.map(({ value }) => value);
    const replaced = names.includes(name, index + 1);
    services.set(source.slice(source.lastIndexOf('/') + 1), {
      source: rootPath(source),
      name: name.slice(name.lastIndexOf('/') + 1),
      replaced,
      words,
      section,
    });
  }
  return services;
}
