import {jsonSchemas} from '../runbook/json-schema.js';
import {say} from './output.js';
import type {SchemaName} from './program.js';

/** `fieldbook schema`: what an editor completes and checks with, where it cannot reach the published file. */
export async function schema(of: SchemaName): Promise<number> {
	await say(JSON.stringify(jsonSchemas[of], undefined, '\t'));
	return 0;
}
