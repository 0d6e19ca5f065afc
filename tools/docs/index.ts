/**
 * The documentation as a site: which pages it has, how links between them lead, and what VitePress makes of them. The pages are
 * written to be read in the repository; the site shows the same files.
 * @module
 */
export * from './anchors.ts';
export * from './config.ts';
export * from './links.ts';
export * from './markdown.ts';
export * from './pages.ts';
export * from './repository.ts';
export * from './sidebar.ts';
export * from './site.ts';
export * from './yaml-blocks.ts';
