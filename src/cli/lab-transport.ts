import type {Contact, HostAccess, Transport} from '../engine/ports.js';
import type {Lab} from '../lab/start.js';
import type {Secret} from '../text/secret.js';

/**
The transport of a rehearsal: the sheet's hosts, met where the lab serves them, and the lab's time for theirs.

Scripts and screens keep the sheet's addresses, as they would on site; only the way there is another. Before anything is asked
of a host, the lab knows what it must not write down: `secrets` gives the same list until there is one more.
*/
export function labTransport(transport: Transport, lab: Lab, secrets: () => readonly Secret[]): Transport {
	let told: readonly Secret[] = [];
	let telling = Promise.resolve();
	const afterTelling = async <Result>(ask: () => Promise<Result>): Promise<Result> => {
		const known = secrets();
		if (known !== told) {
			told = known;
			telling = lab.learn(known.filter(isOfRun).map(secret => ({name: secret.name, value: secret.reveal()})));
		}
		await telling;
		return ask();
	};
	const there = (host: HostAccess) => servedHost(host, lab);
	return {
		contact: (host, trusted) => afterTelling(async () => inLabTime(await transport.contact(there(host), trusted), lab)),
		exec: (host, command, sink, cancel) => afterTelling(() => transport.exec(there(host), command, sink, cancel)),
		execLocal: (command, sink, cancel) => transport.execLocal(command, sink, cancel),
		execJob: (host, job, command, sink, cancel) =>
			afterTelling(() => transport.execJob(host && there(host), job, command, sink, cancel)),
		lookUpJob: (host, job) => transport.lookUpJob(host && there(host), job),
		followJob: (host, job, sink, cancel) =>
			afterTelling(() => transport.followJob(host && there(host), job, sink, cancel)),
		forgetJob: (host, job) => transport.forgetJob(host && there(host), job),
		statFile: (host, path, as) => transport.statFile(there(host), path, as),
		putFile: (host, file, job) => afterTelling(() => transport.putFile(there(host), file, job)),
		readFile: (host, path, as) => transport.readFile(there(host), path, as),
		restoreFile: (host, file, job) => transport.restoreFile(there(host), file, job),
		statLocalFile: (path, as) => transport.statLocalFile(path, as),
		putLocalFile: file => transport.putLocalFile(file),
		readLocalFile: (path, as) => transport.readLocalFile(path, as),
		restoreLocalFile: file => transport.restoreLocalFile(file),
		answers: host => transport.answers(there(host)),
		close: () => transport.close(),
	};
}

/** Whom hosts let in is the lab's own affair, and stands in its world. */
function isOfRun({name}: Secret): boolean {
	return !/^(?:password|passphrase|answer|sudo)(?:@|$)/.test(name);
}

/** `labOptions` has refused a runbook with a host that the lab lacks: to go where the sheet has it would be real. */
function servedHost(host: HostAccess, {hosts}: Lab): HostAccess {
	const served = hosts[host.name];
	if (served === undefined) {
		throw new Error(`The lab has no host ${host.name}`);
	}

	const {address, port, user} = served;
	return {...host, address, port, user, auth: undefined, key: undefined, jump: undefined, transport: undefined};
}

/** The transport compares a host's clock with the laptop's; the clock of this run is the lab's. */
async function inLabTime(contact: Contact, {clock}: Lab): Promise<Contact> {
	if (contact.kind !== 'reached' || contact.facts.clockSkewMs === null) {
		return contact;
	}

	const clockSkewMs = contact.facts.clockSkewMs + Date.now() - (await clock.now());
	return {...contact, facts: {...contact.facts, clockSkewMs}};
}
