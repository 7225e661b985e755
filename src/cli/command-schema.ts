import {runJsonSchema} from '../report/json-shape.js';
import {jsonSchemas} from '../runbook/json-schema.js';
import {say} from './output.js';
import type {SchemaName} from './program.js';

/** `fieldbook schema`: what an editor completes and checks with, and what a program reads a run by, where they cannot reach the published files. */
export async function schema(of: SchemaName): Promise<number> {
	await say(JSON.stringify(of === 'run' ? runJsonSchema : jsonSchemas[of], undefined, '\t'));
	return 0;
}
