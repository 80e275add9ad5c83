import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type Row = Readonly<Record<string, unknown>> & { readonly id: string };

/**
 * Makes an image of the store at `root` what a podman leaves that is killed while it commits it: an ID and layers,
 * but no manifest, configuration or name. podman 4.3 adds these one after the other once the image is listed
 * (containers/image 5.23 storage_image.go, `Commit`); later ones list it with all of them.
 */
export async function makeHalfCommitted(root: string, id: string): Promise<void> {
  const name = (await readdir(root)).find((each) => /^(?:overlay|vfs)-images$/.test(each));
  if (name === undefined) throw new Error(`${root} holds no list of images`);
  const list = join(root, name, 'images.json');
  const rows: readonly Row[] = JSON.parse(await readFile(list, 'utf8'));
  const halfCommitted = rows.map((row) => {
    const { layer, created } = row;
    return row.id === id ? { id, layer, created } : row;
  });
  await writeFile(list, JSON.stringify(halfCommitted));
  await rm(join(root, name, id), { recursive: true });
}
