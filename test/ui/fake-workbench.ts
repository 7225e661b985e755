import type {SheetField} from '../../src/runbook/site.js';
import {UserError} from '../../src/text/user-error.js';
import type {HomeListing, OpenedRunbook, OpenRun, Sheet, SheetEdit, Workbench} from '../../src/ui/workbench.js';

/** A program around the run that lives in the test: two runbooks, an unfinished run, a sheet with two hosts. */
export type FakeProgram = {
	readonly workbench: Workbench;
	readonly written: () => readonly SheetEdit[];
	/** How many runs were thrown away before anything was begun in them. */
	readonly discarded: () => number;
};

export const listing: HomeListing = {
	unfinished: [
		{
			file: '/runs/yokohama.fieldbook',
			title: 'VMware host clustering · Yokohama',
			mode: 'real',
			state: 'unknown',
			note: 'stopped 14:02, step 23 of 61, 1 outcome unknown',
		},
	],
	runbooks: [
		{
			file: '/books/vmware/all.md',
			title: 'VMware host clustering',
			folder: 'vmware',
			partOf: undefined,
			note: '8 steps: esxi 4 · tests 4',
		},
		...[
			{file: '/books/vmware/esxi.md', title: 'ESXi base set-up', note: '4 steps'},
			{file: '/books/vmware/tests.md', title: 'Failover tests', note: '4 steps'},
		].map(part => ({...part, folder: 'vmware', partOf: '/books/vmware/all.md'})),
		{
			file: '/books/hyperv/live-migration.md',
			title: 'Hyper-V live migration with WSFC',
			folder: 'hyperv',
			partOf: undefined,
			note: '54 steps',
		},
	],
	finished: [
		{
			file: '/runs/lab2.fieldbook',
			title: 'vSphere HA acceptance · Lab 2',
			mode: 'rehearsal',
			state: 'done',
			note: '2026-11-18, 12 of 12 tests passed',
		},
	],
	areRunsRead: true,
};

const given: ReadonlyArray<Omit<SheetField, 'problem'>> = [
	one('ntp_server', 'NTP server', 'ip', '172.31.255.1'),
	one('datastore', 'Datastore name', 'name', 'datastore1'),
	{...one('ec_os', 'Cluster VM runs', 'choice', 'linux'), options: ['linux', 'windows']},
	...onBoth('host.address', 'Address', 'host', ['172.31.255.2', '172.31.255.3']),
	...onBoth('iscsi_ip', 'iSCSI address', 'ip', ['172.31.254.2', '']),
	...onBoth('license_key', 'Licence key', 'secret', ['', '']).map(field => ({...field, secret: true})),
];

function one(param: string, label: string, type: string, value: string): Omit<SheetField, 'problem'> {
	return {param, host: undefined, label, type, secret: false, options: [], value};
}

function onBoth(
	param: string,
	label: string,
	type: string,
	values: readonly string[],
): ReadonlyArray<Omit<SheetField, 'problem'>> {
	return ['esxi1', 'esxi2'].map((host, index) => ({...one(param, label, type, values[index] ?? ''), host}));
}

function sheetOf(edits: readonly SheetEdit[]): Sheet {
	const fields = given.map((field): SheetField => {
		const edit = edits.find(({param, host}) => param === field.param && host === field.host);
		const value = field.secret ? '' : (edit?.text ?? field.value);
		return {...field, value, problem: field.secret ? '' : problemOf(field.type, value)};
	});
	return {fields, problems: [], steps: '8 steps', ready: fields.every(({problem}) => problem === '')};
}

function problemOf(type: string, value: string): string {
	if (value === '') {
		return 'is empty';
	}
	return type === 'ip' && !/^\d+\.\d+\.\d+\.\d+$/.test(value) ? 'is no IP address' : '';
}

const manyProblems = ['One.', 'Another one.', 'The last one.'].map(text => ({
	severity: 'warning' as const,
	text: `broken.md:50:1 warning[w] ${text}\n  50 | one\n     | ^^^\n  A sentence about what to do that is longer than a row of a narrow terminal.`,
}));

export function fakeWorkbench(run: () => OpenRun): FakeProgram {
	let written: readonly SheetEdit[] = [];
	let discarded = 0;
	const opened = (file: string): OpenedRunbook => ({
		file,
		title: 'VMware host clustering',
		problems: file.includes('broken')
			? [
					{
						severity: 'error' as const,
						text: 'broken.md:41:7 unknown-key "timeot" is no key.\n  41 | ```sh timeot=2m\n     |       ^^^^^^\n  Did you mean "timeout"?',
					},
					...(file.includes('all-over') ? manyProblems : []),
				]
			: [],
		siteFile: '/site/site.yaml',
		noRehearsal: '',
		sheet: (_mode, edits) => sheetOf(edits),
		async writeSite(edits) {
			written = edits;
		},
		async start() {
			return {
				...run(),
				async discard() {
					discarded++;
				},
			};
		},
	});
	return {
		workbench: {
			async home(tell) {
				tell(listing);
			},
			async open(file) {
				if (file.includes('missing')) {
					throw new UserError('no-file', `${file} is not there.`, 'Check the path.', 2);
				}
				return opened(file);
			},
			async edited() {
				return undefined;
			},
			async resume() {
				return run();
			},
			async review() {
				return run();
			},
			async report(runFile) {
				return {file: runFile.replace(/fieldbook$/, 'html'), isOpened: false};
			},
		},
		written: () => written,
		discarded: () => discarded,
	};
}
