import {createHash} from 'node:crypto';
import {describe, expect, test} from 'vitest';
import {htmlReport} from '../../src/report/html/page.js';
import {proseHtml} from '../../src/report/html/prose.js';
import {html} from '../../src/report/markup.js';
import type {RunRecord} from '../../src/report/record.js';
import {noEstimates} from '../../src/view/estimates.js';
import {expectGolden} from '../graph/golden.js';
import {recorded} from './recorded.js';

const options = {timeZone: 'UTC', earlier: noEstimates, step: undefined, maxIdleMs: 2000};
const as = (text: string) => text;

function page(name: 'finished' | 'unfinished', view: 'customer' | 'internal', change: Partial<RunRecord> = {}): string {
	const {record, source} = recorded(name);
	return [...htmlReport({...record, ...change}, source, {...options, view})].join('');
}

describe('the whole page', () => {
	test.each([
		['finished', 'customer'],
		['finished', 'internal'],
		['unfinished', 'customer'],
	] as const)('%s, %s', (name, view) => {
		expectGolden(import.meta.url, `${name}-${view}.html`, page(name, view));
	});

	test('wants nothing from anywhere, and its policy allows nothing', () => {
		const text = page('finished', 'internal');
		expect(text).not.toMatch(/<script|<link|<iframe|<object|<form|\son\w+=|\sstyle=|src="(?!data:)|url\((?!#)/);
		const [, css = ''] = /<style>(.*)<\/style>/s.exec(text) ?? [];
		expect(text).toContain(
			`default-src 'none'; style-src 'sha256-${createHash('sha256').update(css).digest('base64')}'; img-src data:;`,
		);
	});

	test('names no id twice, and every link in it leads somewhere', () => {
		const text = page('finished', 'customer');
		const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
		expect(ids).toEqual([...new Set(ids)]);
		for (const [, target] of text.matchAll(/href="#([^"]+)"/g)) {
			expect(ids).toContain(target);
		}
	});

	test('a customer reads no script and no output; a colleague reads both', () => {
		expect(page('finished', 'customer')).not.toContain('esxcli system ntp set');
		expect(page('finished', 'internal')).toContain('esxcli system ntp set --server &#39;172.31.255.7&#39;');
		expect(page('finished', 'internal')).toContain('colour red, title , &lt;b&gt;no markup&lt;/b&gt; &amp; =1+1');
	});

	test('long steps are held against earlier runs, if there were any', () => {
		const {record, source} = recorded('finished');
		const told = (earlier: ReadonlyMap<string, number>) =>
			[...htmlReport(record, source, {...options, view: 'customer', earlier})].join('');
		expect(
			told(
				new Map([
					['power-on', 180_000],
					['time', 1000],
				]),
			),
		).toContain('Plug in and switch on ESXi#1: 4 min, earlier 3 min</desc>');
		expect(told(noEstimates)).not.toContain('earlier runs');
	});

	test('a photo of several hosts stands there once, another text of one of them by itself', () => {
		const {record} = recorded('finished');
		const photo = record.steps.flatMap(({hosts}) => hosts.flatMap(({evidence}) => evidence)).find(({file}) => file);
		const steps = record.steps.map(step => ({
			...step,
			hosts: step.hosts.map((on, index) =>
				photo === undefined || step.hosts.length !== 2
					? {...on, evidence: []}
					: {...on, evidence: [photo, {...photo, file: undefined, text: `rack ${index}`}]},
			),
		}));
		const text = page('finished', 'customer', {steps});
		const ofTwo = steps.filter(({hosts}) => hosts.length === 2).length;
		expect(ofTwo).toBeGreaterThan(0);
		expect(text.split('<img ').length - 1).toBe(ofTwo);
		expect(text).toContain('<figcaption>photo: esxi1, esxi2: rack-4-front.png');
		expect(text).toMatch(/<p>photo: esxi1: rack 0 .*\n?.*<p>photo: esxi2: rack 1 /);
	});

	test('says in words too where nothing is known of a host', () => {
		const text = page('finished', 'customer', {contacts: new Map()});
		expect(text).toContain('ec1: nothing is known');
		expect(text).not.toMatch(/never found silent|silent from/);
	});

	test('says of a rehearsal that it was one', () => {
		expect(page('finished', 'customer')).toContain('No real machine was touched');
	});
});

describe('whatever is not ours is text', () => {
	test('in a template, also in an attribute', () => {
		const hostile = `"><script>alert('x')</script>&`;
		expect(String(html`<p title="${hostile}">${hostile}</p>`)).toBe(
			'<p title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;">&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;</p>',
		);
	});

	test.each([
		['<img src=x onerror=alert(1)>', '<pre>&lt;img src=x onerror=alert(1)&gt;</pre>'],
		['a <b>bold</b>', '<p>a &lt;b&gt;bold&lt;/b&gt;</p>'],
		['[click](javascript:alert(1))', '<p>click (javascript:alert(1))</p>'],
		[
			'[site](https://example.com/?a=1&b="2")',
			'<p><a href="https://example.com/?a=1&amp;b=&quot;2&quot;">site</a></p>',
		],
		['![cat](https://example.com/cat.png)', '<p>[cat: https://example.com/cat.png]</p>'],
	])('in a document: %j', (markdown, markup) => {
		expect(proseHtml(markdown, as).join('')).toBe(markup);
	});

	test('in a value that takes the place of a placeholder', () => {
		expect(proseHtml('to `{{x}}` and {{x}}', text => text.replaceAll('{{x}}', '<i>')).join('')).toBe(
			'<p>to <code>&lt;i&gt;</code> and &lt;i&gt;</p>',
		);
	});
});
