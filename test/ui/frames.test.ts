import {describe, expect, test} from 'vitest';
import type {RunEvent} from '../../src/run/event.js';
import type {JobSeen} from '../../src/run/outcome.js';
import {widthOf} from '../../src/text/width.js';
import type {Size} from '../../src/ui/model.js';
import {themeOf} from '../../src/ui/theme.js';
import {expectGolden} from '../graph/golden.js';
import type {Desk} from './desk.js';
import {copying, fleet, inJapanese, long, powerTest, setUp, single} from './fixtures.js';
import {atHome, atPreflight, atRun, atSheet} from './people.js';

// Times of day on the screens are the laptop's.
process.env['TZ'] = 'UTC';

const failing = {
	outcome: {kind: 'exited', code: 1},
	output: 'no such service\n',
	because: 'exit 1, accepted: 0',
} as const;
const lost = {outcome: {kind: 'lost', evidence: 'the link was lost 14:02:20'}, output: 'begun\n'} as const;
const away: RunEvent = {
	type: 'HostRefused',
	host: 'esxi2',
	refusal: 'unreachable',
	reason: 'Could not reach esxi2 (172.31.255.3:22): it did not answer in time.',
	next: 'Check that the host is on, the cable and the address in the sheet.',
};

/** Every screen and modal, each in a state that has everything to show. */
const scenes: Readonly<Record<string, (size: Size, glyphs?: 'unicode' | 'ascii') => Promise<Desk>>> = {
	home: async (size, glyphs) => (await atHome(look(size, glyphs))).desk,
	'home-pages': async (size, glyphs) => {
		const {desk} = await atHome(look(size, glyphs));
		await desk.press('j', 'right', 'j');
		return desk;
	},
	sheet: async (size, glyphs) => (await atSheet(look(size, glyphs))).desk,
	problems: async (size, glyphs) => (await atSheet(look(size, glyphs), '/books/broken.md')).desk,
	preflight: async (size, glyphs) =>
		(
			await atPreflight(
				setUp,
				{contacts: {esxi2: [{type: 'HostKeyMet', host: 'esxi2', keyType: 'ssh-ed25519', fingerprint: 'SHA256:9aPq'}]}},
				look(size, glyphs),
			)
		).desk,
	'preflight-silent': async (size, glyphs) =>
		(await atPreflight(setUp, {contacts: {esxi2: [away]}}, look(size, glyphs))).desk,
	go: async (size, glyphs) => (await atRun(setUp, {}, look(size, glyphs))).desk,
	running: async (size, glyphs) => {
		const output = 'Mirror_vswitch\niSCSI_vswitch\n\x1b[32muser_vswitch\x1b[0m\n';
		const {desk} = await atRun(
			setUp,
			{mode: 'rehearsal', plays: {'virtual-switches': {output, hangs: true}}},
			look(size, glyphs),
		);
		await desk.press('enter', 'enter', 'enter');
		return desk;
	},
	gate: async (size, glyphs) => pressed(setUp, {}, size, glyphs, 'enter', 'enter', 'enter'),
	manual: async (size, glyphs) => pressed(setUp, {}, size, glyphs, 'enter', 'enter', 'enter', 'y'),
	answer: async (size, glyphs) => pressed(setUp, {}, size, glyphs, 'enter', 'enter', 'enter', 'y', 'enter', 'v'),
	danger: async (size, glyphs) =>
		pressed(setUp, {}, size, glyphs, 'enter', 'enter', 'enter', 'y', 'enter', 'v', 'enter', 'enter', 'e'),
	failed: async (size, glyphs) => pressed(setUp, {plays: {'ssh-service': failing}}, size, glyphs, 'enter'),
	unknown: async (size, glyphs) => pressed(setUp, {plays: {'ssh-service': lost}}, size, glyphs, 'enter'),
	'looking-up': async (size, glyphs) => lookedUp(size, glyphs),
	'unknown-silent': async (size, glyphs) => lookedUp(size, glyphs, silent, silent, silent, silent),
	'unknown-gone': async (size, glyphs) => lookedUp(size, glyphs, silent, {kind: 'gone', because: 'rebooted'}),
	'found-again': async (size, glyphs) => lookedUp(size, glyphs, {kind: 'running'}),
	reason: async (size, glyphs) => pressed(setUp, {}, size, glyphs, 's', 'n'),
	help: async (size, glyphs) => pressed(setUp, {}, size, glyphs, '?'),
	settings: async (size, glyphs) => pressed(setUp, {}, size, glyphs, 'p'),
	stop: async (size, glyphs) => pressed(setUp, {plays: {'ssh-service': {hangs: true}}}, size, glyphs, 'enter', 'q'),
	long: async (size, glyphs) => pressed(long, {}, size, glyphs, 'end', 'k'),
	japanese: async (size, glyphs) => {
		const {desk} = await atRun(
			inJapanese,
			{plays: {'virtual-switches': {output: '仮想スイッチを追加しました\n', hangs: true}}},
			look(size, glyphs),
		);
		await desk.press('enter', 'enter', 'enter');
		return desk;
	},
	test: async (size, glyphs) => {
		const {desk, run} = await atRun(powerTest, {plays: {group: {hangs: true}}}, look(size, glyphs));
		run.append({type: 'HostSeen', step: 'power-off', host: 'esxi1', what: 'down', since: '2026-11-20T14:00:05.000Z'});
		await desk.look();
		await desk.press('enter', '.', 'T', 'tab');
		return desk;
	},
	hosts: async (size, glyphs) => {
		const failed = {...failing, output: 'no space left\n'};
		const plays = {patch: {output: 'patched\n'}, 'patch@web0003': failed, 'patch@web0005': {hangs: true}};
		const {desk} = await atRun(fleet(12), {plays}, look(size, glyphs));
		await desk.press('enter', 'esc', '3', 'home');
		return desk;
	},
	difference: async (size, glyphs) => {
		const plays = {
			'ssh-service@esxi1': {output: 'here\nsame\n', hangs: true},
			'ssh-service@esxi2': {output: 'there\nsame\n', hangs: true},
		};
		return pressed(setUp, {plays}, size, glyphs, 'enter', '3', 'D');
	},
	summary: async (size, glyphs) => pressed(single, {}, size, glyphs, 'enter'),
};

const silent: JobSeen = {kind: 'unanswered', evidence: 'connect ETIMEDOUT'};

/** The link of a long step is lost, and its host is asked for it so often. */
async function lookedUp(
	size: Size,
	glyphs: 'unicode' | 'ascii' | undefined,
	...sights: readonly JobSeen[]
): Promise<Desk> {
	const plays = {copy: {...lost, output: 'Clone: 41% done.\nClone: 42% done.\n', because: lost.outcome.evidence}};
	const {desk, run} = await atRun(copying, {plays}, look(size, glyphs));
	await desk.press('enter');
	for (const seen of sights) {
		run.append({type: 'JobLookedUp', step: 'copy', host: 'esxi1', attempt: 1, part: 'run', seen});
	}
	await desk.look();
	return desk;
}

function look(size: Size, glyphs: 'unicode' | 'ascii' = 'unicode') {
	return {size, theme: themeOf({color: false, glyphs})};
}

async function pressed(
	book: typeof setUp,
	cast: Parameters<typeof atRun>[1],
	size: Size,
	glyphs: 'unicode' | 'ascii' | undefined,
	...keys: readonly string[]
): Promise<Desk> {
	const {desk} = await atRun(book, cast, look(size, glyphs));
	await desk.press(...keys);
	return desk;
}

const sizes: readonly Size[] = [
	{columns: 60, rows: 15},
	{columns: 80, rows: 24},
	{columns: 100, rows: 30},
	{columns: 160, rows: 45},
];

describe('every screen', () => {
	test.for(Object.keys(scenes))('%s fits into terminals of every size', async name => {
		for (const size of sizes) {
			const desk = await scenes[name]?.(size);
			const rows = desk?.screen().split('\n') ?? [];
			expect(rows.length).toBe(size.rows);
			expect(Math.max(...rows.map(widthOf))).toBeLessThanOrEqual(size.columns);
			const cursor = desk?.frame().cursor;
			expect(cursor === undefined || (cursor.x < size.columns && cursor.y < size.rows)).toBe(true);
		}
	});

	test.for(Object.keys(scenes))('%s says what it says', async name => {
		const desk = await scenes[name]?.({columns: 80, rows: 24});
		expectGolden(import.meta.url, `${name}.80x24.txt`, `${desk?.screen() ?? ''}\n`);
	});

	test.for(['home', 'go', 'running', 'danger', 'japanese', 'test', 'hosts'])('%s beside its outline', async name => {
		const desk = await scenes[name]?.({columns: 120, rows: 32});
		expectGolden(import.meta.url, `${name}.120x32.txt`, `${desk?.screen() ?? ''}\n`);
	});

	test.for(['looking-up', 'unknown-silent', 'unknown-gone', 'found-again'])('%s on a large terminal', async name => {
		const desk = await scenes[name]?.({columns: 160, rows: 45});
		expectGolden(import.meta.url, `${name}.160x45.txt`, `${desk?.screen() ?? ''}\n`);
	});

	test.for(Object.keys(scenes).filter(name => name !== 'japanese'))('%s is ASCII on request', async name => {
		for (const size of sizes) {
			const desk = await scenes[name]?.(size, 'ascii');
			expect(desk?.screen()).toMatch(/^[\x20-\x7e\n]*$/);
		}
	});
});

test('below 60x15 one line says so', async () => {
	const {desk} = await atRun(setUp, {}, {size: {columns: 40, rows: 10}});
	expect(desk.screen().trim()).toBe('fieldbook needs 60x15; this is 40x10. T…');
	await desk.resize({columns: 60, rows: 15});
	expect(desk.screen()).toContain('run on both');
});
