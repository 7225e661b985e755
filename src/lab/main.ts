import {readFileSync} from 'node:fs';
import {UserError} from '../text/user-error.js';
import {LabConfig} from './control/place.js';
import {serveLab} from './control/serve-lab.js';
import {topologyOf} from './world/topologies.js';

// The lab's own process. It was started by `spawn-lab.ts`, belongs to nobody's terminal, and outlives who started it.
process.on('SIGHUP', () => {});
process.on('SIGINT', () => {});

const [configFile = ''] = process.argv.slice(2);
const config = LabConfig.parse(JSON.parse(readFileSync(configFile, 'utf8')));
const topology = topologyOf(config.topology);
if (topology === undefined) {
	throw new Error(`There is no topology ${JSON.stringify(config.topology)}.`);
}
try {
	await serveLab(config, topology, text => process.stderr.write(`${text}\n`));
} catch (error) {
	if (!(error instanceof UserError)) {
		throw error;
	}
	// Whoever started it reads the last line
	const {code, message, next, status} = error;
	process.stderr.write(`${JSON.stringify({code, message, next, status})}\n`);
	process.exitCode = 1;
}
