/*
Loaded before the program, in each of its threads: it dies at its n-th write of events to the run file, just before the
commit or just after it. DIE_AT_WRITE is `before:7` or `after:7`, or names an event, `before:PartEnded script esxi1 run`;
`never:0` tells on standard error what each one wrote.
*/
import {writeSync} from 'node:fs';
import {DatabaseSync, StatementSync} from 'node:sqlite';

const [when, which = ''] = (process.env['DIE_AT_WRITE'] ?? 'nowhere:0').split(':');
const {exec} = DatabaseSync.prototype;
/** @type {{run(...values: unknown[]): unknown}} */
const statements = StatementSync.prototype;
const {run} = statements;
let writes = 0;
/** @type {string[]} */
let events = [];

/** @this {StatementSync} @param {unknown[]} values */
statements.run = function (...values) {
	if (this.sourceSQL.startsWith('INSERT INTO event')) {
		const {step = '', host = '', part = ''} = JSON.parse(String(values[4]));
		events.push([values[2], step, host, part].join(' ').trim());
	}

	return run.apply(this, values);
};

/** @this {DatabaseSync} @param {string} sql */
DatabaseSync.prototype.exec = function (sql) {
	if (sql !== 'COMMIT' || events.length === 0) {
		return exec.call(this, sql);
	}

	writes++;
	const isDue = writes === Number(which) || events.includes(which);
	if (isDue && when === 'before') {
		process.kill(process.pid, 'SIGKILL');
	}

	exec.call(this, sql);
	if (when === 'never') {
		writeSync(2, `wrote ${events.join(', ')}\n`);
	}

	events = [];
	if (isDue && when === 'after') {
		process.kill(process.pid, 'SIGKILL');
	}
};
