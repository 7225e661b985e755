import {describe, expect, test} from 'vitest';
import {fakeRun} from './fake-run.js';
import {listing} from './fake-workbench.js';
import {graphOf, setUp, single} from './fixtures.js';
import {atHome, atRun, atSheet} from './people.js';

describe('the home screen', () => {
	test('puts what is unfinished first, and Enter resumes it', async () => {
		const {desk} = await atHome();
		expect(desk.screen()).toMatch(/▌ \? VMware host clustering · Yokohama/);
		expect(desk.screen()).toContain('↵ resume');
	});

	test('folds the pages of a runbook away, shows them, and leads back from a page', async () => {
		const {desk} = await atHome();
		expect(desk.screen()).not.toContain('Failover tests');
		await desk.press('j', ' ');
		expect(desk.screen()).toMatch(/▌ {3}VMware host clustering .*\n {7}ESXi base set-up .*\n {7}Failover tests /);
		await desk.press('j', 'j');
		expect(desk.screen()).toContain('space hide its pages');
		await desk.press('left');
		expect(desk.screen()).not.toContain('Failover tests');
		expect(desk.screen()).toMatch(/▌ {3}VMware host clustering /);
		await desk.press('right', 'j', 'enter');
		expect(desk.model().screen).toMatchObject({kind: 'sheet', opened: {file: '/books/vmware/esxi.md'}});
	});

	test('says of a runbook that stands alone in which folder it lies, and nothing to fold there', async () => {
		const {desk} = await atHome();
		expect(desk.screen()).toMatch(/Hyper-V live migration with WSFC +hyperv\/ {2}54 steps/);
		await desk.press('j', 'j');
		expect(desk.screen()).not.toContain('its pages');
		await desk.press(' ');
		expect(desk.screen()).toContain('it has no pages of its own');
	});

	test('shows what is known at once; what was chosen stays chosen while the rest comes', async () => {
		const {desk} = await atHome();
		const none = {...listing, unfinished: [], finished: [], areRunsRead: false};
		await desk.send({kind: 'listed', listing: none});
		expect(desk.screen()).toContain('reading the runs …');
		expect(desk.screen()).toMatch(/▌ {3}VMware host clustering /);
		await desk.send({kind: 'listed', listing});
		expect(desk.screen()).toMatch(/▌ \? VMware host clustering · Yokohama/); // Nobody has moved
		await desk.send({kind: 'listed', listing: none});
		await desk.press('j');
		await desk.send({kind: 'listed', listing});
		expect(desk.screen()).toMatch(/▌ {3}Hyper-V live migration with WSFC /);
		await desk.send({kind: 'listed', listing: {...listing, runbooks: []}});
		expect(desk.screen()).toContain('▌');
	});

	test('says where new runs go, and r changes it', async () => {
		const {desk} = await atHome();
		expect(desk.screen()).toContain('New runs on: real hosts');
		await desk.press('r');
		expect(desk.screen()).toContain('a rehearsal on simulated hosts');
		await desk.press('j', 'enter');
		expect(desk.screen()).toContain('REHEARSAL');
	});

	test('opens a file by its path, and says why not', async () => {
		const {desk} = await atHome();
		await desk.press('j', 'j', 'j', 'enter', ...'/tmp/missing.md', 'enter');
		expect(desk.screen()).toContain('/tmp/missing.md is not there.');
		await desk.press('esc');
		expect(desk.screen()).toMatch(/path of a Markdown file:[\s\S]* \/tmp\/missing\.md /);
		await desk.press('esc');
		expect(desk.screen()).toContain('↵ open   r rehearse');
	});

	test('shows what came of a run that is over, and its steps and their output, and comes back', async () => {
		const {desk: before, run} = await atRun(single, {plays: {flood: {output: 'copied\n'}}});
		await before.press('enter');
		const {desk} = await atHome({}, run);
		await desk.press('G');
		expect(desk.screen()).toContain('↵ look at it');
		await desk.press('enter');
		expect(desk.screen()).toContain('All done');
		await desk.press('enter');
		expect(desk.screen()).toContain('copied');
		await desk.press('esc');
		expect(desk.screen()).toContain('All done');
		await desk.press('esc');
		expect(desk.screen()).toContain('New runs on');
	});

	test('is where Esc leads from the preflight of a new run, by way of the sheet, and nothing is kept of it', async () => {
		const run = fakeRun(setUp, graphOf(setUp));
		const {desk, program} = await atHome({}, run);
		await desk.press('j', 'enter', ...'172.31.254.3', 'ctrl-p');
		expect(desk.screen()).toContain('Nothing on the hosts has been changed');
		expect(desk.screen()).toContain('esc back');
		await desk.press('esc');
		expect(program.discarded()).toBe(1);
		expect(desk.screen()).toMatch(/iSCSI address +172\.31\.254\.2 +172\.31\.254\.3/);
		await desk.press('ctrl-p', 'enter');
		expect(desk.screen()).toContain('run on both');
		await desk.press('esc');
		expect(program.discarded()).toBe(1);
		expect(desk.screen()).toContain('back: q leaves it');
	});
});

describe('the sheet', () => {
	test('begins where something is missing', async () => {
		const {desk} = await atSheet();
		expect(desk.screen()).toMatch(/▌ iSCSI address +172\.31\.254\.2 +esxi2: is empty/);
	});

	test('validates as typed', async () => {
		const {desk} = await atSheet();
		await desk.press(...'172.31.254');
		expect(desk.screen()).toContain('esxi2: is no IP address');
		await desk.press(...'.3');
		expect(desk.screen()).not.toContain('is no IP address');
		expect(desk.screen()).toContain('complete');
	});

	test('says in full what is wrong, also where the row is too short for it', async () => {
		const {desk} = await atSheet({size: {columns: 60, rows: 15}});
		await desk.press('1');
		expect(desk.screen()).toContain('iSCSI address: esxi2: is no IP address');
	});

	test('keeps a gap between what stands side by side', async () => {
		for (const columns of [60, 80, 100]) {
			const {desk} = await atSheet({size: {columns, rows: 15}, mode: 'rehearsal'});
			await desk.press('1');
			const [title = '', ...rows] = desk.screen().split('\n');
			expect(title).toMatch(/ {2} REHEARSAL /);
			expect(rows.filter(row => /…\S/.test(row))).toEqual([]);
		}
	});

	test('does not start while something is missing, and goes there', async () => {
		const {desk} = await atSheet();
		await desk.press('up', 'ctrl-p');
		expect(desk.screen()).toContain('One field is empty or wrong.');
		expect(desk.screen()).toMatch(/▌ iSCSI address/);
	});

	test('walks through the hosts side by side', async () => {
		const {desk} = await atSheet();
		await desk.press('shift-tab', 'ctrl-u', ...'172.31.254.9', 'tab', ...'172.31.254.3', 'enter');
		expect(desk.screen()).toMatch(/iSCSI address +172\.31\.254\.9 +172\.31\.254\.3/);
	});

	test('never shows a secret, also after it was typed', async () => {
		const {desk, program} = await atSheet();
		await desk.press(...'172.31.254.3', 'enter', ...'AAAA-BBBB');
		expect(desk.screen()).not.toContain('AAAA');
		await desk.press('tab');
		expect(desk.screen()).toMatch(/••••• \(typed\)/);
		expect(program.written()).toEqual([]);
	});

	test('changes a choice with the arrows', async () => {
		const {desk} = await atSheet();
		await desk.press('up', 'up', 'right');
		expect(desk.screen()).toMatch(/Cluster VM runs +← windows →/);
	});

	test('writes the site file with Ctrl-W, and says so', async () => {
		const {desk, program} = await atSheet();
		await desk.press(...'172.31.254.3', 'ctrl-w');
		expect(program.written()).toEqual([{param: 'iscsi_ip', host: 'esxi2', text: '172.31.254.3'}]);
		expect(desk.screen()).toContain('/site/site.yaml is written.');
	});

	test('takes pasted values, and letters are no keys in a field', async () => {
		const {desk} = await atSheet();
		await desk.send({kind: 'pasted', text: '172.31.254.3\n'});
		expect(desk.screen()).toContain('172.31.254.3');
		await desk.press('q', '?');
		expect(desk.left()).toBeUndefined();
		expect(desk.model().modal).toBeUndefined();
	});

	test('is not left with one key while something is not written', async () => {
		const {desk} = await atHome();
		await desk.press('j', 'enter', '1', 'esc');
		expect(desk.screen()).toContain('^W writes it, esc again forgets it');
		await desk.press('esc');
		expect(desk.screen()).toContain('New runs on');
	});

	test('shows what is wrong with the runbook in place of the form', async () => {
		const {desk} = await atSheet({}, '/books/broken.md');
		expect(desk.screen()).toContain('broken.md:41:7 unknown-key');
		expect(desk.screen()).toContain('Did you mean "timeout"?');
		expect(desk.screen()).toContain('↵ read it again');
		await desk.press('enter');
		expect(desk.screen()).toContain('Did you mean "timeout"?');
	});

	test('scrolls through many problems', async () => {
		const {desk} = await atSheet({size: {columns: 60, rows: 15}}, '/books/broken-all-over.md');
		expect(desk.screen()).toContain('more lines');
		await desk.press('G');
		expect(desk.screen()).toContain('The last one.');
		expect(desk.screen()).not.toContain('more lines');
	});
});
