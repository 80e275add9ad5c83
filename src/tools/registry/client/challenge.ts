/** One way in which a server wants to be told who asks (RFC 9110, section 11.3). */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** By their names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** More than that is not a list that anybody means. */
const most = 16;

const token = /[!#$%&'*+\-.^_`|~\w]+/y;
const blanks = /[ \t]*/y;
const betweenElements = /[ \t,]*/y;
const token68 = /[\w\-.~+/]+=*(?=[ \t]*(?:,|$))/y;
const equals = /[ \t]*=[ \t]*/y;
const quoted = /"((?:[^"\\]|\\.)*)"/y;
/** Some servers forget the quotes around a URL. */
const unquoted = /[^ \t,"]+/y;

/**
 * The challenges of the `WWW-Authenticate` fields of an answer, in their order; one field may have several, whose
 * parameters stand between the same commas. What comes behind a mistake is not read.
 * Source: RFC 9110, section 11.6.1; that a repeated parameter counts as it stands last, parseValueAndParams in
 * go.podman.io/image docker/wwwauthenticate.go.
 */
export function parseChallenges(fields: readonly string[]): readonly Challenge[] {
  return fields.flatMap(parseField).slice(0, most);
}

function parseField(field: string): readonly Challenge[] {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(field);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  while (challenges.length <= most) {
    take(betweenElements);
    const name = take(token)?.[0].toLowerCase();
    if (name === undefined) return challenges;
    if (take(equals) === null) {
      challenges.push({ scheme: name, parameters: new Map() });
      if (take(blanks)?.[0] !== '') take(token68);
      continue;
    }
    const value = take(quoted)?.[1]?.replace(/\\(.)/gs, '$1') ?? take(unquoted)?.[0];
    if (value === undefined) return challenges;
    challenges.at(-1)?.parameters.set(name, value);
  }
  return challenges;
}
