import * as z from 'zod';
import {frontMatterKeys, HostShape, RoleShape} from './front-matter.js';
import {ParamShape} from './params.js';
import {SiteHostShape, siteKeys} from './read-site.js';
import {paramTypes} from './value.js';

/** A JSON Schema as data: what an editor needs to complete keys and to mark mistakes while somebody types. */
export type JsonSchema = {readonly [key: string]: unknown};

/** YAML as it is read here knows texts only, however they look: 22 and true are texts too. */
const scalarTypes = ['string', 'number', 'boolean'];
const scalar: JsonSchema = {type: scalarTypes};
const text: JsonSchema = {type: 'string', minLength: 1};

/**
Of the front matter and of the site file, made from the shapes that read them, so that they cannot say something else.

An editor sees no more than shapes: names that belong together are checked by `fieldbook check`.
Source: JSON Schema draft 2020-12.
*/
export const jsonSchemas: Readonly<Record<'front-matter' | 'site', JsonSchema>> = {
	'front-matter': schema('Front matter of a fieldbook runbook', frontMatterKeys, {
		fieldbook: {const: 1, description: 'The version of the dialect.'},
		title: {...text, description: 'What the runbook is called; without it, its first heading.'},
		hosts: {...named(shapeOf(HostShape)), description: 'The hosts, by the names that on= uses.'},
		roles: {...named(shapeOf(RoleShape)), description: 'Whichever host of a group a command names.'},
		params: {
			...named(withTypes(shapeOf(ParamShape))),
			description: 'What differs from site to site; the values stand in the site file.',
		},
	}),
	site: schema('Site file of fieldbook: one customer’s parameter sheet', siteKeys, {
		hosts: {...named(shapeOf(SiteHostShape)), description: 'Where each host is and how to log in.'},
		values: {
			...named({anyOf: [scalar, {type: 'object', additionalProperties: scalar}]}),
			description: 'One value for all hosts, or one for each: { esxi1: …, esxi2: … }. A secret is named: env:NAME.',
		},
		tables: {
			...named({type: 'array', items: {type: 'object', additionalProperties: scalar}}),
			description: 'The rows of parameters of type table.',
		},
		known_hosts: {...text, description: 'A known_hosts file beside this one; default: those that ssh would read.'},
		ssh_config: {...text, description: 'An ssh configuration beside this one; default: the user’s own.'},
	}),
};

function schema(title: string, keys: readonly string[], properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
	const undescribed = keys.filter(key => !(key in properties));
	if (undescribed.length > 0) {
		throw new Error(`The schema says nothing of ${undescribed.join(', ')}`);
	}

	return {
		$schema: 'https://json-schema.org/draft/2020-12/schema',
		title,
		type: 'object',
		properties,
		additionalProperties: false,
	};
}

function named(shape: JsonSchema): JsonSchema {
	return {type: 'object', additionalProperties: shape};
}

function shapeOf(shape: z.ZodType): JsonSchema {
	const {$schema, required, ...rest} = z.toJSONSchema(shape, {io: 'input', unrepresentable: 'any'});
	return loosened({...rest, ...(required === undefined ? {} : {required})});
}

/** A text that editors would call a number or a truth value may be written as one. */
function loosened(node: JsonSchema): JsonSchema {
	return Object.fromEntries(
		Object.entries(node).flatMap(([key, value]) => {
			if (key === 'type' && 'enum' in node) {
				return [];
			}

			if (key === 'type' && value === 'string' && !('pattern' in node)) {
				return [[key, scalarTypes]];
			}

			if (key === 'enum' && Array.isArray(value)) {
				return [[key, value.flatMap(word => (word === 'true' || word === 'false' ? [word === 'true', word] : [word]))]];
			}

			return [[key, isSchema(value) ? loosened(value) : value]];
		}),
	);
}

function withTypes(param: JsonSchema): JsonSchema {
	const {properties} = param;
	return {...param, properties: {...(isSchema(properties) ? properties : {}), type: {enum: paramTypes}}};
}

function isSchema(value: unknown): value is JsonSchema {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
