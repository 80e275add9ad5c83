import { bashCompletion } from './bash.js';
import { fishCompletion } from './fish.js';
import { zshCompletion } from './zsh.js';

/**
 * The completions by the name of their file, as each shell looks for it: bash-completion in
 * share/bash-completion/completions, zsh in share/zsh/site-functions, fish in share/fish/vendor_completions.d.
 */
export function completions(): ReadonlyMap<string, string> {
  return new Map([
    ['bound-images.bash', bashCompletion()],
    ['_bound-images', zshCompletion()],
    ['bound-images.fish', fishCompletion()],
  ]);
}
