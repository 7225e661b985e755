import {build, type Plugin} from 'esbuild';

const root = new URL('..', import.meta.url).pathname;

/** Ink's, which only a developer of Ink starts. */
const withoutDevtools: Plugin = {
	name: 'without-devtools',
	setup(bundler) {
		bundler.onResolve({filter: /\/devtools\.js$/}, ({path}) => ({path, namespace: 'none'}));
		bundler.onLoad({filter: /.*/, namespace: 'none'}, () => ({contents: ''}));
	},
};

/** Bundles a module of the benchmark's own as the program itself is bundled; returns `outfile`. */
export async function bundle(contents: string, outfile: string): Promise<string> {
	await build({
		stdin: {contents, resolveDir: root, sourcefile: 'benchmark.js'},
		outfile,
		bundle: true,
		minifyWhitespace: true,
		minifySyntax: true,
		format: 'esm',
		platform: 'node',
		target: 'node24',
		define: {'process.env.NODE_ENV': '"production"'},
		plugins: [withoutDevtools],
		banner: {
			js: "import {createRequire as requireFrom} from 'node:module'; const require = requireFrom(import.meta.url);",
		},
		logLevel: 'warning',
	});
	return outfile;
}
