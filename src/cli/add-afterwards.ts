import {type Addition, addAfterwards} from '../engine/afterwards.js';
import {createVault} from '../engine/vault.js';
import type {Answer} from '../run/request.js';
import {openDeviceKey} from '../store/device-key.js';
import {openRunFile} from '../store/run-file.js';
import {tellingHolder} from './held-run.js';
import {specOfResumedRun} from './start-run.js';

/**
Adds notes and evidence to a run that nobody has open, as its new holder, and lets go of it again: its file is closed and
signed. Nothing is sent to any host.

Rejects with a UserError (status 5) where the file is held, damaged or read-only, or where another device has the run.
*/
export async function addToRun(file: string, additions: readonly Addition[], takeOver = false): Promise<Answer> {
	return tellingHolder(file, async () => {
		const {spec} = await specOfResumedRun(file, {pace: undefined, detach: 'auto', speed: 1, takeOver});
		const {open, graph} = spec.plan;
		if (open.kind !== 'resume') {
			throw new Error('A run that is there is not started');
		}

		const {kind: _kind, pace: _pace, edited: _edited, ...opening} = open;
		const store = openRunFile(file, openDeviceKey(spec.stateFolder));
		try {
			const secrets = createVault(spec.secrets).known();
			return await addAfterwards(store, graph, opening, additions, {secrets, now: Date.now()});
		} finally {
			await store.close();
		}
	});
}
