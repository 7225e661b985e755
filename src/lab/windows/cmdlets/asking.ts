import type {Call} from '../powershell/cmdlet.js';
import {wildcard} from '../powershell/operators.js';
import {type PsError, PsObject, toList, toText, type Value} from '../powershell/value.js';

/** No pattern asked for: all. */
export function isNamed(call: Call, parameter: string, name: string): boolean {
	const patterns = call.texts(parameter);
	return patterns.length === 0 || patterns.some(pattern => wildcard(pattern).test(name));
}

/** The property of what came through the pipeline or as `-InputObject`; a text is the value itself. */
export function given(call: Call, property: string): readonly Value[] {
	return [...(call.input ?? []), ...toList(call.value('InputObject') ?? null)].map(value =>
		value instanceof PsObject && value.text === undefined ? (value.get(property) ?? null) : value,
	);
}

/** Names asked for, and those of the objects that came through the pipeline. */
export function namesAsked(call: Call, parameter = 'Name', property = 'Name'): readonly string[] {
	return [...call.texts(parameter), ...given(call, property).map(toText)];
}

export function isPattern(name: string): boolean {
	return /[*?[]/.test(name);
}

/** > | No MSFT_Disk objects found with property 'Number' equal to '7'.  Verify the value of the property and retry. */
export function noInstance(call: Call, type: string, property: string, value: string): PsError {
	return call.failure(noInstanceText(type, property, value), noInstanceAbout(call, property, value));
}

/** The same, and the cmdlet goes on. */
export function tellNoInstance(call: Call, type: string, property: string, value: string): Promise<void> {
	return call.error(noInstanceText(type, property, value), noInstanceAbout(call, property, value));
}

function noInstanceText(type: string, property: string, value: string): string {
	return `No ${type} objects found with property '${property}' equal to '${value}'.  Verify the value of the property and retry.`;
}

function noInstanceAbout(call: Call, property: string, value: string) {
	return {
		category: 'ObjectNotFound',
		target: `(${value}:String)`,
		id: `CmdletizationQuery_NotFound_${property},${call.name}`,
		exception: 'CimJobException',
	};
}

/** An instance of a class of the management infrastructure. */
export function instance(
	type: string,
	properties: Readonly<Record<string, Value>>,
	more: ConstructorParameters<typeof PsObject>[2] = {},
): PsObject {
	return new PsObject(`Microsoft.Management.Infrastructure.CimInstance#${type}`, properties, more);
}

/** `$true`, `True` and `On` alike; undefined: not given. */
export function truth(call: Call, parameter: string): boolean | undefined {
	const value = call.value(parameter);
	return value === undefined ? undefined : typeof value === 'boolean' ? value : /^(?:true|on|1)$/i.test(toText(value));
}
