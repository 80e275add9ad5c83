// Takes the picture of a terminal in README.md, as root: npm run picture
import { writeFile } from 'node:fs/promises';
import { startDocRegistries } from '../../integration/support/doc-sessions.js';
import { pictureFile, takePicture } from '../../integration/support/readme-picture.js';
import { newCleanup } from '../../integration/support/temp.js';

const cleanup = newCleanup();
try {
  const newShell = await startDocRegistries(cleanup);
  const { text, svg } = await takePicture(await newShell(cleanup));
  await writeFile(pictureFile, svg);
  process.stdout.write(text);
} finally {
  await cleanup.run();
}
