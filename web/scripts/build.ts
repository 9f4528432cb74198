// Builds the page into the package; with `--check` it builds into a temporary folder instead, and
// tells whether the package has the same page. Beside each text file goes a `.br` and a `.gz`.

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from "node:zlib";
import { build } from "vite";

const web = fileURLToPath(new URL("..", import.meta.url));
const assets = join(web, "../src/tertulia/channels/web/assets");
const text = /\.(html|js|css|svg|json|webmanifest)$/;
const smallest = 512;
const shown = 6;

async function files(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  return names.map((name) => relative(folder, name)).sort();
}

async function compress(folder: string): Promise<void> {
  for (const name of await files(folder)) {
    const path = join(folder, name);
    const bytes = await readFile(path);
    if (!text.test(name) || bytes.length < smallest) continue;
    const params = {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    };
    await writeFile(`${path}.br`, brotliCompressSync(bytes, { params }));
    await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  }
}

/** What a file says: zlib's own bytes differ from one kind of processor to the next. */
async function said(path: string): Promise<Buffer> {
  const bytes = await readFile(path);
  if (path.endsWith(".br")) return brotliDecompressSync(bytes);
  return path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

async function differences(built: string, kept: string): Promise<string[]> {
  const [these, those] = [await files(built), await files(kept).catch((): string[] => [])];
  const told = those.filter((name) => !these.includes(name)).map((name) => `${name}: too much`);
  for (const name of these) {
    if (!those.includes(name)) told.push(`${name}: missing`);
    else if (!(await said(join(built, name))).equals(await said(join(kept, name))))
      told.push(`${name}: differs`);
  }
  return told;
}

async function into(folder: string): Promise<void> {
  await build({ root: web, logLevel: "warn", build: { outDir: folder } });
  await compress(folder);
}

async function check(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tertulia-page-"));
  try {
    await into(folder);
    const told = await differences(folder, assets);
    if (!told.length) return;
    console.error("The page in the package is not what web/ builds: run make web and commit.");
    for (const line of told.slice(0, shown)) console.error(`  ${line}`);
    if (told.length > shown) console.error(`  … and ${told.length - shown} more`);
    process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await (process.argv.includes("--check") ? check() : into(assets));
