import { type DocShell, writeDocFile } from './doc-sessions.js';
import { drawTerminal, type TerminalPicture } from './terminal-picture.js';

export const pictureFile = 'contrib/docs/terminal.svg';

const columns = 100;

const files = {
  'rootfs/usr/lib/bound-images.d/billing.image': '[Image]\nImage=private.example.com/shop/billing:3\n',
  'rootfs/usr/lib/bound-images.d/shop.toml': `images = [
  "registry.example.com/shop/web:2.4",
  "registry.example.com/shop/db:16"
  "registry.example.com/shop/agent:1.9"
]
`,
};

/** The picture of README.md: a root with a mistake is checked, mended and pulled. */
export async function takePicture(shell: DocShell): Promise<TerminalPicture> {
  for (const [path, text] of Object.entries(files)) await writeDocFile(shell.directory, path, text);
  await shell.run('mkdir -p rootfs/etc/ostree && install -m 600 auth.json rootfs/etc/ostree');
  const shown: string[] = [];
  for (const command of [
    'bound-images check rootfs',
    'sed -i 3s/$/,/ rootfs/usr/lib/bound-images.d/shop.toml',
    'bound-images pull --root rootfs',
  ]) {
    const typed = `unset NO_COLOR COLUMNS CI; export TERM=xterm-256color; stty cols ${columns} rows 50; ${command}`;
    const { stdout } = await shell.run(`script --quiet --return --command '${typed}' /dev/null </dev/null`);
    shown.push(`\u001b[1;32m$\u001b[0m \u001b[1m${command}\u001b[0m\r\n${stdout}`);
  }
  return drawTerminal(shown.join('\r\n'), columns);
}

/** What a picture shows, without what is another each time: how long it took, and which image came first. */
export function comparable(text: string): readonly string[] {
  return text
    .replaceAll(/\b\d+(?:\.\d+)? s\b/g, 'N s')
    .replaceAll(/\s*\n\s*/g, ' ')
    .split(/(?=\bpulled \w+\.|\b\d+ bound images in )/)
    .sort();
}
