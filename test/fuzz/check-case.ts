import { PassThrough } from 'node:stream';
import { checkSubject } from '../../src/check/check.js';
import { withCodeFrames } from '../../src/check/code-frames.js';
import { checkExpectations } from '../../src/check/expectations.js';
import { judge } from '../../src/check/judge.js';
import { unboundImages } from '../../src/check/services/unbound-images.js';
import { defaultSettings } from '../../src/check/settings.js';
import { parseSettings } from '../../src/check/settings-file.js';
import { checkJson, checkText } from '../../src/cli/report/check.js';
import { githubText } from '../../src/cli/report/github.js';
import { sarifLog } from '../../src/cli/report/sarif.js';
import { type Diagnostic, withoutRepeats } from '../../src/diagnostic/diagnostic.js';
import { readRoots } from '../../src/operations/read-root.js';
import type { FuzzCase } from './fuzz-case.js';
import { memoryRoots } from './memory-roots.js';

export interface Checked {
  readonly diagnostics: readonly Diagnostic[];
  /** By format. */
  readonly output: Readonly<Record<'human' | 'github' | 'json' | 'sarif', string>>;
}

const sarifContext = { version: '1.0.0', workingDirectory: '/build', pages: {} };

/** No terminal. */
const stream = new PassThrough() as unknown as NodeJS.WriteStream;

/** What `bound-images check --unbound` does with a case, offline, in every format. */
export async function checkCase({ newRoot, currentRoot, settings: text }: FuzzCase): Promise<Checked> {
  const settings = parseSettings(text);
  const subject = readRoots(memoryRoots(newRoot, currentRoot), { currentRoot: null });
  const { roots, images, diagnostics: found } = subject;
  const bound = images.map(({ image }) => image);
  const diagnostics = withCodeFrames(
    judge(
      [
        ...withoutRepeats([...found, ...checkSubject(subject)]),
        ...(await checkExpectations(bound)),
        ...unboundImages(subject),
      ],
      settings.ok ? settings.settings : defaultSettings,
      subject,
    ),
    roots.newRoot,
  );
  const checked = { root: roots.newRoot.hostPath, image: null };
  return {
    diagnostics,
    output: {
      human: checkText(checked, images.length, diagnostics, stream),
      github: githubText(checked, diagnostics, '/build'),
      json: JSON.stringify(checkJson(checked, diagnostics)),
      sarif: JSON.stringify(sarifLog(checked, diagnostics, sarifContext)),
    },
  };
}
