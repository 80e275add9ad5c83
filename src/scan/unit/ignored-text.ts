import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Place } from '../../diagnostic/place.js';
import type { IgnoredText } from '../words/words.js';

const sentences: Record<IgnoredText['reason'], readonly [problem: string, hint: string]> = {
  'invalid-escape': [
    'the escape that begins here does not exist, and all of the value is dropped',
    'write \\\\ for a backslash',
  ],
  'unclosed-quote': ['the quote is not closed, and all of the value is dropped', 'close the quote'],
  'open-quote': ['the quote is not closed, and all that follows is one word', 'close the quote'],
  'empty-word': [
    'an empty word ends the value, and what follows is dropped with it',
    'remove the empty word',
  ],
  nul: ['a NUL byte ends the value, and what follows is dropped', 'remove the byte'],
};

/** The warning for words that quadlet loses in silence. The words are not shown: one may be a password. */
export function diagnoseIgnored(key: string, reason: IgnoredText['reason'], place: Place): Diagnostic {
  const [problem, hint] = sentences[reason];
  return diagnose('words-ignored', place, { key, problem, hint });
}
