/** Packages that run something when they are installed, and why. `allowScripts` of package.json says the same to npm. */
export const installScripts: Readonly<Record<string, string>> = {
  node: 'brings the pinned Node.js that everything here runs on',
};

/** Licences, as packages state them, of what goes into the program: they ask for no more than that their text goes with it. */
export const shippedLicences: readonly string[] = [
  '(Apache-2.0 AND BSD-3-Clause)',
  '0BSD',
  'Apache-2.0',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Unlicense',
];

/** Further ones of what only builds and tests it, and is passed on to nobody. */
export const toolLicences: readonly string[] = ['BSD-2-Clause', 'BlueOak-1.0.0', 'CC-BY-3.0', 'CC0-1.0', 'MIT OR Apache-2.0', 'MPL-2.0'];
