/** What a kind of finding is called in a sentence, and how bad it is. */
export interface Rule<A> {
  readonly severity: Severity;
  /** What is wrong. */
  readonly message: (args: A) => string;
  /** What to do about it. */
  readonly hint: (args: A) => string | null;
}

export function error<A = object>(message: Rule<A>['message'], hint: Rule<A>['hint'] = () => null): Rule<A> {
  return { severity: 'error', message, hint };
}

export function warning<A = object>(
  message: Rule<A>['message'],
  hint: Rule<A>['hint'] = () => null,
): Rule<A> {
  return { severity: 'warning', message, hint };
}

export function info<A = object>(message: Rule<A>['message'], hint: Rule<A>['hint'] = () => null): Rule<A> {
  return { severity: 'info', message, hint };
}

/** `info` is for what was asked for, and is no fault. */
export type Severity = 'error' | 'warning' | 'info';
