import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { diagnose } from '../diagnostic/rules.js';
import type { ImageRequest, Sited } from './bound-image.js';
import type { SectionReader, UnitValue } from './unit-reader.js';

/**
 * Arguments of podman itself: `--module` for each ContainersConfModule=, then the words of GlobalArgs=. Those
 * that lead to another store or host are refused: the image would not be where it is looked for.
 */
export function globalArguments(
  section: SectionReader,
): Pick<ImageRequest, 'globalArguments' | 'globalOptions'> & { diagnostics: readonly Diagnostic[] } {
  const modules = section.list('ContainersConfModule').map((value) => withPrefix('--module=', value));
  const words = section.words('GlobalArgs');
  const values = [...modules, ...words];
  return {
    globalArguments: values.map(({ written }) => written),
    globalOptions: values.map((value): Sited<string> => section.decoded(value)),
    diagnostics: words
      .filter(({ written }) => otherStore.test(written))
      .map(({ written, place }) =>
        diagnose('podman-arguments', place, {
          word: written.replace(/=.*/s, ''),
          problem: 'the image would go to another store than that of this run',
        }),
      ),
  };
}

const otherStore =
  /^(?:--(?:root|runroot|storage-driver|imagestore|connection|url|identity|remote|context|host)(?:=.*)?|-[crH].*)$/s;

function withPrefix(prefix: string, value: UnitValue): UnitValue {
  return {
    ...value,
    value: prefix + value.value,
    written: prefix + value.written,
    placeAt: (offset) => value.placeAt(Math.max(0, offset - prefix.length)),
  };
}

/**
 * Those of podman's arguments that can matter for a pull: not where else images are looked for, nor what is logged.
 * Source: podman(1), containers-storage.conf(5).
 */
export function argumentsOfPulls(globalArguments: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < globalArguments.length; at += 1) {
    const [word = '', next] = globalArguments.slice(at, at + 2);
    const isApart = word === '--storage-opt' || word === '--log-level';
    const whole = isApart ? `${word}=${next}` : word;
    if (isApart) at += 1;
    if (!forOthers.test(whole)) kept.push(whole);
  }
  return kept;
}

const forOthers = /^--(?:storage-opt=(?:\w+\.)?additionalimagestore=.*|log-level=.*|syslog(?:=.*)?)$/s;
