import { execOk } from './exec.js';

/** User names and their passwords. */
export type Passwords = Readonly<Record<string, string>>;

// crypt(3) is the one bcrypt that every Debian system has; a cost of 4 keeps each request quick.
const program = String.raw`
my @alphabet = ('.', '/', 'A'..'Z', 'a'..'z', '0'..'9');
while (my $line = <STDIN>) {
  chomp $line;
  my ($user, $password) = split /:/, $line, 2;
  my $salt = join '', map { $alphabet[rand @alphabet] } 1..21;
  print "$user:", crypt($password, '$2b$04$' . $salt . '.'), "\n";
}
`;

/**
 * Returns the text of an htpasswd file with bcrypt hashes, the only kind that distribution accepts
 * (distribution `docs/about/configuration.md`, "htpasswd").
 */
export async function htpasswd(passwords: Passwords): Promise<string> {
  const lines = Object.entries(passwords).map(([user, password]) => `${user}:${password}\n`);
  return execOk('perl', ['-e', program], { input: lines.join('') });
}
