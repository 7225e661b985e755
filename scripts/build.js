import {readdirSync, readFileSync, rmSync} from 'node:fs';
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
			contents:
				path.startsWith('react') || path.endsWith('devtools.js') ? 'export default {}' : 'throw new Error("not built")',
			loader: 'js',
		}));
	},
};

/**
string-width makes two dear things when it is loaded, which most text never needs: a segmenter, 9 ms, and the set of all
emoji, 20 ms and more at its first use. A text of one unit is in that set exactly if it is drawn as emoji by itself.
Both are made for the first text that needs them.
*/
const lateWidths = {
	name: 'late-widths',
	/** @param {import('esbuild').PluginBuild} bundler */
	setup(bundler) {
		bundler.onLoad({filter: /[\\/]string-width[\\/]index\.js$/}, ({path}) => {
			const late = new Map([
				[/^const segmenter = (.*);$/m, 'let made; const segmenter = {segment: text => (made ??= $1).segment(text)};'],
				[
					/^const rgiEmojiRegex = (.*);$/m,
					`const emojiUnit = /^\\p{Emoji_Presentation}$/v;
					let emoji;
					const rgiEmojiRegex = {test: text => (text.length === 1 ? emojiUnit : (emoji ??= $1)).test(text)};`,
				],
			]);
			let contents = readFileSync(path, 'utf8');
			for (const [now, then] of late) {
				if (!now.test(contents)) {
					throw new Error(`${path} is written in another way: ${now} is not in it`);
				}

				contents = contents.replace(now, then);
			}

			return {contents, loader: 'js'};
		});
	},
};

const {metafile} = await build({
	entryPoints: {
		main: `${root}src/cli/main.ts`,
		engine: `${root}src/cli/engine-thread.ts`,
		keys: `${root}src/cli/keys.ts`,
		listing: `${root}src/cli/listing.ts`,
		lab: `${root}src/lab/main.ts`,
	},
	outdir: `${root}dist`,
	bundle: true,
	splitting: true,
	// Identifiers stay as they are: short ones with their old names kept cost more at start than they save, and are hard to read in a stack.
	minifyWhitespace: true,
	minifySyntax: true,
	// Node prints the source line of an error that nobody caught.
	lineLimit: 200,
	sourcemap: 'linked',
	sourcesContent: false,
	format: 'esm',
	platform: 'node',
	target: 'node24',
	define: {'process.env.NODE_ENV': '"production"', FIELDBOOK_VERSION: JSON.stringify(version)},
	// just-bash can do more than the lab asks of it: archives, SQL.
	external: ['@mongodb-js/zstd', 'node-liblzma'],
	// What CommonJS packages expect to find: `require` for Node's own modules, and where they are.
	banner: {
		js: "import {createRequire as requireFrom} from 'node:module'; const require = requireFrom(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;",
	},
	plugins: [emptyModules, lateWidths],
	logLevel: 'warning',
	metafile: true,
	absWorkingDir: root,
});

// What an earlier build left goes last, so that there is a program to run at every moment.
const made = new Set(Object.keys(metafile.outputs));
for (const name of readdirSync(`${root}dist`)) {
	if (!made.has(`dist/${name}`)) {
		rmSync(`${root}dist/${name}`, {recursive: true});
	}
}
