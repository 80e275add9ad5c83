import { execOk } from '../../integration/support/exec.js';

/** Packs what is installed with `npm install`: npm gives all files one time, and its own order. */
export async function npmPackage(directory: string): Promise<void> {
  await execOk('npm', ['run', '--silent', 'build']);
  await execOk('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', directory]);
}
