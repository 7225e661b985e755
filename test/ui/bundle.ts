import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {build, type Plugin} from 'esbuild';

/** Ink's own developer tools are not shipped. */
const withoutDevtools: Plugin = {
	name: 'without-devtools',
	setup(bundler) {
		bundler.onResolve({filter: /^react-devtools-core$|\/devtools\.js$/}, ({path}) => ({path, namespace: 'empty'}));
		bundler.onLoad({filter: /.*/, namespace: 'empty'}, () => ({contents: 'export default {}'}));
	},
};

/** Bundles the test program as the real one is bundled; gives the file that Node runs. */
export async function bundleProgram(): Promise<string> {
	const outfile = join(mkdtempSync(join(tmpdir(), 'fieldbook-ui-')), 'program.mjs');
	await build({
		entryPoints: [new URL('program.ts', import.meta.url).pathname],
		outfile,
		bundle: true,
		format: 'esm',
		platform: 'node',
		target: 'node24',
		define: {'process.env.NODE_ENV': '"production"'},
		banner: {
			js: "import {createRequire as requireFrom} from 'node:module'; const require = requireFrom(import.meta.url);",
		},
		plugins: [withoutDevtools],
		logLevel: 'warning',
	});
	return outfile;
}
