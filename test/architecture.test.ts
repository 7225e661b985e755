import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative, sep} from 'node:path';
import {describe, expect, test} from 'vitest';

/**
What each folder of `src/` may import. `own` names folders, or single files where only those are meant; every folder may
import itself and `text/`. `packages` names npm packages and `node:` modules. `pure` folders have no clock, no I/O, no chance.
*/
type Rule = {
	readonly own: readonly string[];
	readonly packages: readonly string[];
	readonly pure: boolean;
	readonly because: string;
};

const PURE_NODE = ['node:path', 'node:crypto'];

const rules: Readonly<Record<string, Rule>> = {
	text: {
		own: [],
		packages: ['string-width'],
		pure: true,
		because: 'text is about characters and knows nothing above them',
	},
	document: {
		own: [],
		packages: [
			'mdast',
			'mdast-util-from-markdown',
			'mdast-util-gfm',
			'mdast-util-frontmatter',
			'micromark-extension-gfm',
			'micromark-extension-frontmatter',
			'micromark-util-types',
		],
		pure: true,
		because: 'a document is what was written; what it means is decided in runbook/',
	},
	runbook: {
		own: ['document'],
		packages: ['zod', 'yaml', 're2js', '@marcbachmann/cel-js'],
		pure: true,
		because: 'the meaning of a document knows no order and no run',
	},
	graph: {
		own: ['runbook', 'document'],
		packages: ['zod'],
		pure: true,
		because: 'order is a property of the runbook, not of a run',
	},
	run: {
		own: ['graph', 'runbook', 'document'],
		packages: ['zod', 're2js'],
		pure: true,
		because: 'facts and their meaning know no host and no screen',
	},
	view: {
		own: ['run', 'graph', 'runbook', 'document'],
		packages: ['mdast', 'mdast-util-from-markdown', 'mdast-util-gfm', 'micromark-extension-gfm'],
		pure: true,
		because: 'words for people are folds over facts',
	},
	report: {
		own: ['view', 'run', 'graph', 'runbook'],
		packages: ['mdast', 'zod'],
		pure: true,
		because: 'a report must be possible long after the run',
	},
	engine: {
		own: ['run', 'graph', 'runbook'],
		packages: ['zod', 'node:crypto'],
		pure: false,
		because: 'the world enters through engine/ports.ts',
	},
	transport: {
		own: ['engine/ports', 'run/boot', 'run/outcome', 'run/event', 'runbook/site', 'runbook/runbook'],
		packages: ['ssh2', 'execa', 'zod', 'node:'],
		pure: false,
		because: 'it keeps a promise; it does not know the run',
	},
	store: {own: ['engine/ports', 'run'], packages: ['zod', 'node:'], pure: false, because: 'it keeps what it is given'},
	lab: {
		own: [
			'engine/ports',
			'run',
			'document/problem',
			'runbook/site',
			'runbook/runbook',
			'runbook/yaml',
			'runbook/problem-list',
			'runbook/names',
			'runbook/duration',
		],
		packages: ['zod', 'ssh2', 'just-bash', 'node:'],
		pure: false,
		because: 'it is a world of its own behind real SSH',
	},
	ui: {
		own: ['view', 'run', 'graph', 'runbook', 'document/problem', 'engine/handle', 'engine/ports'],
		packages: ['ink', 'react', 'node:'],
		pure: false,
		because: 'screens look and ask; they start no work',
	},
	cli: {own: ['*'], packages: ['*'], pure: false, because: 'it composes'},
};

/** Only these files, or what stands in these folders, may import these packages, so that each can be replaced in one place. */
const onlyIn: Readonly<Record<string, readonly string[]>> = {
	'node:sqlite': ['store/'],
	execa: ['transport/local.ts', 'transport/config/system-ssh.ts', 'transport/control-master.ts'],
	commander: ['cli/program.ts'],
};

/** What a pure folder must not touch, as words in its code. */
const IMPURE =
	/\b(Date\.now|new Date\(\)|Math\.random|setTimeout|setInterval|setImmediate|process\.|performance\.|console\.|fetch\(|crypto\.random|structuredClone\(globalThis)/;

const root = new URL('../src', import.meta.url).pathname;
const files = readdirSync(root, {recursive: true, encoding: 'utf8'}).filter(name => /\.tsx?$/.test(name));

describe('the import table', () => {
	test('reads the sources at all', () => {
		expect(files.length).toBeGreaterThan(20);
	});

	test('every folder has its line', () => {
		expect([...new Set(files.map(folderOf))].filter(folder => rules[folder] === undefined)).toEqual([]);
	});

	test.for(files)('%s', file => {
		expect(violations(file, readFileSync(join(root, file), 'utf8'))).toEqual([]);
	});

	test('an upward import, a foreign package and a clock in a pure folder are found', () => {
		const because = rules['graph']?.because;
		expect(
			violations(
				'graph/bad.ts',
				"import {evolve} from '../run/evolve.js';\nimport {execa} from 'execa';\nconst now = Date.now();",
			),
		).toEqual([
			`graph/bad.ts imports run/evolve: ${because}`,
			`graph/bad.ts imports execa: ${because}`,
			'graph/bad.ts imports execa, which only transport/local.ts, transport/config/system-ssh.ts, transport/control-master.ts may',
			`graph/bad.ts uses Date.now in a pure folder: ${because}`,
		]);
	});

	test('process.exit stands nowhere, and ssh2 in one file of the transport', () => {
		const codes = files.map(file => ({file, code: withoutComments(readFileSync(join(root, file), 'utf8'))}));
		expect(codes.filter(({code}) => /process\.exit\(/.test(code)).map(({file}) => file)).toEqual([]);
		const clients = codes.filter(({file, code}) => folderOf(file) === 'transport' && importsOf(code).includes('ssh2'));
		expect(clients.length).toBeLessThanOrEqual(1);
	});
});

function violations(file: string, source: string): string[] {
	const folder = folderOf(file);
	const rule = rules[folder];
	if (rule === undefined) {
		return [`${file} stands in a folder without a rule`];
	}

	const code = withoutComments(source);
	const found = importsOf(code).flatMap(specifier => {
		const own = specifier.startsWith('.')
			? relative(root, join(root, dirname(file), specifier))
					.split(sep)
					.join('/')
					.replace(/\.js$/, '')
			: undefined;
		const allowed = own === undefined ? mayImportPackage(rule, specifier) : mayImportOwn(rule, folder, own);
		const holders = onlyIn[specifier];
		return [
			...(allowed ? [] : [`${file} imports ${own ?? specifier}: ${rule.because}`]),
			...(holders === undefined ||
			holders.some(holder => file === holder || (holder.endsWith('/') && file.startsWith(holder)))
				? []
				: [`${file} imports ${specifier}, which only ${holders.join(', ')} may`]),
		];
	});
	const impure = rule.pure ? IMPURE.exec(code) : null;
	return impure === null ? found : [...found, `${file} uses ${impure[1]} in a pure folder: ${rule.because}`];
}

function mayImportOwn({own}: Rule, folder: string, target: string): boolean {
	const targetFolder = target.split('/')[0] ?? '';
	return (
		targetFolder === folder ||
		targetFolder === 'text' ||
		own.includes('*') ||
		own.includes(targetFolder) ||
		own.includes(target)
	);
}

function mayImportPackage({packages, pure}: Rule, specifier: string): boolean {
	const name = specifier.startsWith('@')
		? specifier.split('/').slice(0, 2).join('/')
		: specifier.startsWith('node:')
			? specifier
			: (specifier.split('/')[0] ?? '');
	const isNode = specifier.startsWith('node:');
	return (
		packages.includes('*') ||
		packages.includes(name) ||
		(isNode && packages.includes('node:')) ||
		(pure && PURE_NODE.includes(specifier))
	);
}

function folderOf(file: string): string {
	return file.split(sep)[0] ?? '';
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`, `import('x')`. */
function importsOf(code: string): string[] {
	const found = code.matchAll(
		/(?:^|[\n;])\s*(?:import|export)\b[^'";]*?from\s*'([^']+)'|(?:^|\n)import\s*'([^']+)'|import\(\s*'([^']+)'\s*\)/g,
	);
	return [...found].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '');
}

/** Good enough for our formatted sources: a `//` inside a string stands behind a colon or a quote. */
function withoutComments(source: string): string {
	return source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[^:'"`\\/])\/\/[^\n]*/g, '$1');
}
