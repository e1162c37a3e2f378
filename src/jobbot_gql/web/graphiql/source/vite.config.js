import { readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { gzipSync } from 'fflate';
import { defineConfig } from 'vite';

const bundledPackages = new Set();

/** Notes the package of every module that a bundle is made of; workers are bundles of their own. */
const notePackages = () => ({
  name: 'note-packages',
  buildEnd() {
    for (const id of this.getModuleIds()) {
      const directory = id.match(/^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/);
      if (directory) bundledPackages.add(directory[0]);
    }
  },
});

const licenseOf = (directory) => {
  const { name, version, license, repository } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  if (!license) throw new Error(`${name} ${version} declares no license in its package.json`);
  const texts = readdirSync(directory)
    .filter((file) => /^(licen[cs]e|copying|notice|thirdpartynotices)/i.test(file))
    .sort()
    .map((file) => readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n').trim());
  if (texts.length === 0) texts.push(`The package ships no licence text; its source: ${repository?.url ?? repository}`);
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
};

const thirdPartyLicenses = () => ({
  name: 'third-party-licenses',
  generateBundle() {
    const licenses = [...bundledPackages].map(licenseOf).sort();
    const source = licenses.join(`\n\n${'-'.repeat(80)}\n\n`) + '\n';
    this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENSES.txt', source });
  },
});

/** Replaces every written file by its gzip form. fflate is plain JavaScript: the same bytes on every machine, where
 *  Node's zlib may differ between versions and processors. */
const precompress = () => ({
  name: 'precompress',
  writeBundle({ dir }, bundle) {
    for (const fileName of Object.keys(bundle)) {
      const path = join(dir, fileName);
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9, mtime: 0 }));
      unlinkSync(path);
    }
  },
});

export default defineConfig({
  // Relative to the page at /graphql, whatever stands in front of it: ./graphql/assets/… is /graphql/assets/….
  base: './',
  plugins: [notePackages(), thirdPartyLicenses(), precompress()],
  worker: { format: 'es', plugins: () => [notePackages()] },
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    assetsDir: 'graphql/assets',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 5000,
    // "use client" means nothing in a page that has no server rendering.
    rolldownOptions: {
      checks: { moduleLevelDirective: false },
      // GraphiQL titles each icon with the name of its component, for screen readers.
      output: { keepNames: true },
    },
  },
});
