import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const INSTALLED = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//;
const NOTICE = /^(licen[cs]e|notice|copying)/i;

/** What must go with the packages that are inside the files built: names, versions and licence texts. */
export async function thirdParty(metafiles) {
  const folders = new Map();
  for (const input of metafiles.flatMap(({ inputs }) => Object.keys(inputs))) {
    const [folder, name] = INSTALLED.exec(input) ?? [];
    if (name) folders.set(name, folder);
  }
  const texts = await Promise.all([...folders].sort().map(([, folder]) => noticeOf(folder)));
  return `Files of this package contain code of these:\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

async function noticeOf(folder) {
  const about = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules/', folder.length))
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length))
    .filter((path) => NOTICE.test(path))
    .sort();
  const texts = files.map((path) => readFile(join(folder, path), 'utf8'));
  const all = texts.length > 0 ? await Promise.all(texts) : [standardText(about)];
  const said = all.map((text) => text.trim()).join('\n\n');
  return `${about.name} ${about.version} (${about.license})\n\n${said}\n`;
}

/** For packages that name their licence and come without its text. @throws on a name that SPDX does not know */
function standardText({ name, license, author }) {
  const { licenseText } = createRequire(import.meta.url)(`spdx-license-list/licenses/${license}.json`);
  return licenseText.replace('<year> <copyright holders>', author?.name ?? `the authors of ${name}`);
}
