import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Binding } from '../../model/bound-image.js';
import type { SectionReader, UnitValue } from '../unit/section.js';
import { readGlobalWords } from './global-options.js';
import { refuse } from './podman-arguments.js';

/** Arguments of podman itself: `--module` for each ContainersConfModule=, then the words of GlobalArgs=. */
export function globalArguments(
  section: SectionReader,
): Pick<Binding, 'globalArguments' | 'globalOptions'> & { diagnostics: readonly Diagnostic[] } {
  const modules = section.list('ContainersConfModule').map((value) => withPrefix('--module=', value));
  const values = [...modules, ...section.words('GlobalArgs')];
  const { given, refused } = readGlobalWords(values.map(section.decoded));
  return {
    globalArguments: values.map(({ written }) => written),
    globalOptions: given,
    diagnostics: refused
      .filter(({ word }) => !expanded.test(word.written))
      .map(({ word, problem }) => refuse(word, problem)),
  };
}

/** What systemd makes of it is known at boot only, which is found where it is decoded. */
const expanded = /^(?:\$(?!\$)|%(?!%))/;

function withPrefix(prefix: string, value: UnitValue): UnitValue {
  return {
    ...value,
    value: prefix + value.value,
    written: prefix + value.written,
    placeAt: (offset) => value.placeAt(Math.max(0, offset - prefix.length)),
  };
}
