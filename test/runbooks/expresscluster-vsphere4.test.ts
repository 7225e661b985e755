import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {Fieldbook, root} from '../cli/fieldbook.js';

const folder = join(root, 'runbooks/expresscluster-vsphere4');
const pages = readdirSync(folder).filter(name => name.endsWith('.md') && name !== 'README.md');

let fieldbook: Fieldbook;

beforeEach(() => {
	fieldbook = new Fieldbook();
});

afterEach(() => fieldbook.remove());

describe('runbooks/expresscluster-vsphere4', () => {
	test('all of its pages and the one that includes them are checked without a warning', async () => {
		const {status, out} = await fieldbook.run('check', ...pages.map(page => join(folder, page)), '--json');

		expect(pages.length).toBeGreaterThan(6);
		expect(JSON.parse(out)).toEqual([]);
		expect(status).toBe(0);
	});

	test('each script is linked from a page', () => {
		const text = pages.map(page => readFileSync(join(folder, page), 'utf8')).join('');
		const scripts = readdirSync(join(folder, 'scripts'), {recursive: true, encoding: 'utf8'}).filter(name =>
			name.includes('.'),
		);

		expect(scripts.filter(name => !text.includes(`(scripts/${name})`))).toEqual([]);
	});
});
