import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {bundle} from './bundle.ts';
import {loadText, median} from './rounds.ts';
import {syntheticRunbook} from './synthetic.ts';

const root = new URL('..', import.meta.url).pathname;

const reader = `import {readDocument} from '${root}src/document/read.ts';
export const read = source => readDocument('a.md', source);`;

const wholeDocument = `import {fromMarkdown} from 'mdast-util-from-markdown';
import {gfm} from 'micromark-extension-gfm';
import {gfmFromMarkdown} from 'mdast-util-gfm';
import {frontmatter} from 'micromark-extension-frontmatter';
import {frontmatterFromMarkdown} from 'mdast-util-frontmatter';
const extensions = [gfm(), frontmatter(['yaml'])];
const mdastExtensions = [gfmFromMarkdown(), frontmatterFromMarkdown(['yaml'])];
export const read = source => fromMarkdown(source, {extensions, mdastExtensions});`;

/** Reading alone, against mdast over the whole document, which does not end with 10 MB: one cold process each. */
export async function parse(scratch: string, rounds: number): Promise<void> {
	const ours = await bundle(reader, join(scratch, 'read.mjs'));
	const theirs = await bundle(wholeDocument, join(scratch, 'mdast.mjs'));
	console.log(`\n## Reading a runbook\nload before: ${loadText()}\n`);
	console.log(
		'| size | n | fieldbook median ms | mdast median ms | ratio | goal | peak MiB |\n|---|---|---|---|---|---|---|',
	);
	const medians: number[] = [];
	for (const {name, bytes, times, whole, goal} of [
		{name: '50 KB', bytes: 50_000, times: rounds, whole: true, goal: 'at most 0.75'},
		{name: '1 MB', bytes: 1_000_000, times: Math.min(rounds, 3), whole: true, goal: 'at most 0.5'},
		{name: '10 MB', bytes: 10_000_000, times: Math.min(rounds, 3), whole: false, goal: 'under 286 MiB (300 MB)'},
	]) {
		const file = join(scratch, `${bytes}.md`);
		writeFileSync(file, syntheticRunbook(bytes));
		const pairs = Array.from({length: times}, () => ({
			own: readOnce(ours, file),
			peer: whole ? readOnce(theirs, file) : undefined,
		}));
		const own = median(pairs.map(pair => pair.own.ms));
		const peer = median(pairs.map(pair => pair.peer?.ms ?? Number.NaN));
		const peak = Math.max(...pairs.map(pair => pair.own.mib));
		medians.push(own);
		const compared = whole ? [peer.toFixed(0), (own / peer).toFixed(2)] : ['', ''];
		console.log(`| ${[name, times, own.toFixed(0), ...compared, goal, peak.toFixed(0)].join(' | ')} |`);
	}

	const [, one = Number.NaN, ten = Number.NaN] = medians;
	console.log(`\n10 MB / 1 MB: ${(ten / one).toFixed(1)}; goal: at most 12\nload after: ${loadText()}`);
}

/** `mib` is the largest resident size of the whole process. */
function readOnce(module: string, file: string): {readonly ms: number; readonly mib: number} {
	const script = `import {readFileSync} from 'node:fs';
		const {read} = await import(${JSON.stringify(module)});
		const source = readFileSync(${JSON.stringify(file)}, 'utf8');
		const start = performance.now();
		globalThis.kept = read(source);
		const ms = performance.now() - start;
		console.log(JSON.stringify({ms, mib: process.resourceUsage().maxRSS / 1024}));`;
	return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], {encoding: 'utf8'}));
}
