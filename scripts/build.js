import {readFileSync, rmSync} from 'node:fs';
import {build} from 'esbuild';

/**
Bundles `src/` into `dist/`: one entry per thread or process, parts that are not needed at start in files of their own.

ESM, because Ink waits at its top level. Optional native parts stay outside: fieldbook does without them.
*/
const root = new URL('..', import.meta.url).pathname;
const {version} = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

const emptyModules = {
	name: 'empty-modules',
	/** @param {import('esbuild').PluginBuild} bundler */
	setup(bundler) {
		const filter = /^(react-devtools-core|cpu-features)$|sshcrypto\.node$|\/devtools\.js$/;
		bundler.onResolve({filter}, ({path}) => ({path, namespace: 'empty'}));
		bundler.onLoad({filter: /.*/, namespace: 'empty'}, ({path}) => ({
			// ssh2 tries its native parts inside `try`: it must fail as if they were not there.
			contents: path.startsWith('react') || path.endsWith('devtools.js') ? 'export default {}' : 'throw new Error("not built")',
			loader: 'js',
		}));
	},
};

rmSync(`${root}dist`, {recursive: true, force: true});
await build({
	entryPoints: {main: `${root}src/cli/main.ts`, engine: `${root}src/cli/engine-thread.ts`, lab: `${root}src/lab/main.ts`},
	outdir: `${root}dist`,
	bundle: true,
	splitting: true,
	minify: true,
	keepNames: true,
	sourcemap: 'linked',
	sourcesContent: false,
	format: 'esm',
	platform: 'node',
	target: 'node24',
	define: {'process.env.NODE_ENV': '"production"', FIELDBOOK_VERSION: JSON.stringify(version)},
	// CommonJS packages call `require` for Node's own modules.
	banner: {js: "import {createRequire as requireFrom} from 'node:module'; const require = requireFrom(import.meta.url);"},
	plugins: [emptyModules],
	logLevel: 'warning',
});
