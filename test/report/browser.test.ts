import {readFileSync, writeFileSync} from 'node:fs';
import axe from 'axe-core';
import {type Browser, type BrowserContext, chromium, type Page} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {formats} from '../../src/report/formats.js';
import {htmlReport} from '../../src/report/html/page.js';
import {recorded} from './recorded.js';

/** Debian's; `.ci/run` installs it. */
const executablePath = '/usr/bin/chromium';

let browser: Browser;
beforeAll(async () => {
	browser = await chromium.launch({executablePath, args: ['--no-sandbox', '--disable-gpu']});
});
afterAll(() => browser.close());

/** As if the switch had taken two minutes before. */
const earlier = new Map([
	['power-on', 180_000],
	['group-on-ec2', 60_000],
]);

const options = {view: 'customer', timeZone: 'UTC', earlier, step: undefined, maxIdleMs: 2000} as const;

function report(view: 'customer' | 'internal'): string {
	const {record, source} = recorded('finished');
	return [...htmlReport(record, source, {...options, view})].join('');
}

/** A page as a reader opens it, and what it asked for and complained of. */
async function opened(
	view: 'customer' | 'internal',
	options: Parameters<Browser['newContext']>[0] = {},
): Promise<{readonly page: Page; readonly context: BrowserContext; readonly troubles: string[]}> {
	const context = await browser.newContext({...options, offline: true});
	const page = await context.newPage();
	const troubles: string[] = [];
	page.on('console', message => troubles.push(message.text()));
	page.on('pageerror', error => troubles.push(String(error)));
	page.on('request', request => {
		if (!request.url().startsWith('data:')) {
			troubles.push(request.url());
		}
	});
	await page.setContent(report(view), {waitUntil: 'load'});
	return {page, context, troubles};
}

/** Which rules of axe's the page breaks, each with the first place. */
async function violations(page: Page): Promise<ReadonlyArray<readonly [rule: string, place: string]>> {
	await page.addScriptTag({content: axe.source});
	return page.evaluate(
		'axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => violations.map(({id, nodes}) => [id, nodes[0].html]))',
	);
}

const wide = {viewport: {width: 1200, height: 900}};
const narrow = {viewport: {width: 360, height: 640}};

describe.each(['customer', 'internal'] as const)('the %s view in a real browser', view => {
	test.each([
		['wide, light', {...wide, colorScheme: 'light'}],
		['wide, dark', {...wide, colorScheme: 'dark'}],
		['narrow', {...narrow, colorScheme: 'light'}],
	] as const)('%s: asks for nothing, complains of nothing, is as wide as its window', async (_name, options) => {
		const {page, context, troubles} = await opened(view, options);
		expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
		expect(troubles).toEqual([]);
		await context.close();
	});

	test.each(['light', 'dark'] as const)(
		'%s: axe finds nothing, contrast and landmarks among what it looks for',
		async colorScheme => {
			const {page, context} = await opened(view, {...wide, colorScheme, bypassCSP: true});
			expect(await violations(page)).toEqual([]);
			await context.close();
		},
	);

	test('on paper no table is cut off', async () => {
		// A4 less its margins, at 96 dots to the inch
		const {page, context} = await opened(view, {viewport: {width: 680, height: 1000}});
		await page.emulateMedia({media: 'print'});
		const cut = await page.evaluate(
			'[...document.querySelectorAll("table,pre,svg,dl")].filter(each => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1 || each.scrollWidth > each.clientWidth + 1).map(each => each.outerHTML.slice(0, 80))',
		);
		expect(cut).toEqual([]);
		expect((await page.pdf({format: 'A4'})).subarray(0, 5).toString()).toBe('%PDF-');
		await context.close();
	});
});

test('on paper a colleague reads also what is folded on the screen', async () => {
	const {page, context} = await opened('internal', wide);
	await page.emulateMedia({media: 'print'});
	expect(await page.locator('details pre').first().isVisible()).toBe(true);
	await context.close();
});

test('the keyboard gets to the record past everything before it', async () => {
	const {page, context} = await opened('customer', wide);
	await page.keyboard.press('Tab');
	expect(await page.evaluate('document.activeElement.textContent')).toBe('To the record');
	await page.keyboard.press('Enter');
	expect(await page.evaluate('location.hash')).toBe('#record');
	await context.close();
});

/** Pixels differ from font to font, so only its size is compared; `FIELDBOOK_GOLDEN=write` draws it anew. */
test('the picture of the README is one of this page', async () => {
	const {page, context} = await opened('customer', {viewport: {width: 1000, height: 1200}, colorScheme: 'light'});
	const drawn = await page.screenshot();
	await context.close();
	if (process.env['FIELDBOOK_GOLDEN'] === 'write') {
		writeFileSync('docs/report.png', drawn);
	}

	// Width and height stand in the header of a PNG
	expect(readFileSync('docs/report.png').subarray(0, 24)).toEqual(drawn.subarray(0, 24));
});

test('axe finds what is wrong where something is', async () => {
	const context = await browser.newContext({...wide, bypassCSP: true});
	const page = await context.newPage();
	await page.setContent(
		report('customer').replace('<h1>', '<img src="data:image/gif;base64,"><h1 style="color:#ccc">'),
	);
	expect((await violations(page)).map(([rule]) => rule)).toEqual(
		expect.arrayContaining(['color-contrast', 'image-alt']),
	);
	await context.close();
});

test('a page that breaks its policy is found out', async () => {
	const context = await browser.newContext({offline: true});
	const page = await context.newPage();
	const troubles: string[] = [];
	page.on('console', message => troubles.push(message.text()));
	await page.setContent(
		report('customer').replace(
			'</main>',
			'<img src="https://example.invalid/x.png" alt=""><script>console.log("ran")</script></main>',
		),
		{waitUntil: 'load'},
	);
	await expect.poll(() => troubles.join('\n')).toMatch(/Content Security Policy/);
	expect(troubles.join('\n')).not.toContain('ran');
	await context.close();
});

test("asciinema's own player plays a cast to its end", async () => {
	const {record, source} = recorded('finished');
	const played = [...formats.cast(record, source, options)].join('');
	const page = await browser.newPage();
	await page.setContent('<div id="player"></div>');
	const folder = 'node_modules/asciinema-player/dist/bundle/asciinema-player';
	await page.addStyleTag({content: readFileSync(`${folder}.css`, 'utf8')});
	await page.addScriptTag({content: readFileSync(`${folder}.min.js`, 'utf8')});
	await page.evaluate(
		`AsciinemaPlayer.create({data: ${JSON.stringify(played)}}, document.getElementById('player'), {speed: 100, autoPlay: true, fit: false})
			.addEventListener('ended', () => { document.title = 'ended'; })`,
	);
	await page.waitForFunction('document.title === "ended"');
	const lines = (await page.locator('.ap-term').innerText()).split('\n').map(line => line.trimEnd());
	expect(lines).toContain("ec2 | rm: cannot remove '/root/site-visit.txt': No such file or directory");
	expect(lines.findLast(line => line !== '')).toBe('ec2 | exit 1');
	await page.close();
});
