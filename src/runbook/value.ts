import * as z from 'zod';
import {nearest} from '../text/nearest.js';
import {durationMs} from './duration.js';
import type {ParamType} from './runbook.js';

/** `because` completes the sentence "`12` …": "is no IP address". */
export type ParsedValue = {readonly ok: true; readonly value: string} | {readonly ok: false; readonly because: string};

/** Every type of a parameter, in the order of the reference. */
export const paramTypes = [
	'text',
	'name',
	'ip',
	'cidr',
	'netmask',
	'host',
	'port',
	'path',
	'url',
	'mac',
	'iqn',
	'number',
	'duration',
	'boolean',
	'choice',
	'secret',
	'table',
] as const satisfies readonly ParamType[];

/**
Checks one value against its type. The value comes back as written, blanks around it taken off.

`of` holds the words of a `choice`. Control characters are refused in every type: a value goes into scripts and files.
*/
export function parseValue(type: ParamType, text: string, of: readonly string[] = []): ParsedValue {
	const value = text.trim();
	if (value === '') {
		return {ok: false, because: 'is empty'};
	}

	if (/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|[\u202A-\u202E\u2066-\u2069]/u.test(value)) {
		return {ok: false, because: 'holds a control character'};
	}

	const because = whyNot(type, value, of);
	return because === undefined ? {ok: true, value} : {ok: false, because};
}

function whyNot(type: ParamType, value: string, of: readonly string[]): string | undefined {
	switch (type) {
		case 'text':
		case 'secret':
			return undefined;
		case 'name':
			return /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/.test(value)
				? undefined
				: 'is no name: letters, digits, `.`, `_` and `-`, at most 80, a letter or digit first';
		case 'ip':
			return isAddress(value) ? undefined : 'is no IP address, such as 172.31.255.2';
		case 'cidr':
			return Cidr.safeParse(value).success ? undefined : 'is no network, such as 172.31.255.0/24';
		case 'netmask':
			return isNetmask(value) ? undefined : 'is no netmask, such as 255.255.255.0';
		case 'host':
			return isAddress(value) || isHostName(value) ? undefined : 'is neither a host name nor an IP address';
		case 'port':
			return /^[1-9]\d{0,4}$/.test(value) && Number(value) <= 65_535 ? undefined : 'is no port: 1 to 65535';
		case 'path':
			return /^(?:\/|~\/|[A-Za-z]:[\\/]|\\\\)/.test(value)
				? undefined
				: 'is no absolute path, such as /opt/fieldbook or C:/Temp';
		case 'url':
			return /^[a-z][a-z\d+.-]*:\/\/\S+$/i.test(value) && URL.canParse(value)
				? undefined
				: 'is no URL, such as https://172.31.255.2/';
		case 'mac':
			return /^[\da-f]{2}(?:([:-])[\da-f]{2})(?:\1[\da-f]{2}){4}$/i.test(value)
				? undefined
				: 'is no MAC address, such as 00:50:56:9a:00:01';
		case 'iqn':
			return value.length <= 223 &&
				/^(?:iqn\.\d{4}-(?:0[1-9]|1[0-2])\.[a-z\d][a-z\d.-]*(?::\S+)?|eui\.[\da-f]{16}|naa\.(?:[\da-f]{16}|[\da-f]{32}))$/i.test(
					value,
				)
				? undefined
				: 'is no iSCSI name, such as iqn.1996-10.com.ecx';
		case 'number':
			return /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/.test(value) ? undefined : 'is no number, such as 4 or -0.5';
		case 'duration':
			return durationMs(value) === undefined
				? 'is no duration: a number and a unit, such as 30s, 2m or 1h, at most 7 days'
				: undefined;
		case 'boolean':
			return value === 'true' || value === 'false' ? undefined : 'is neither true nor false';
		case 'choice':
			return of.includes(value) ? undefined : `is none of ${of.join(', ')}${didYouMean(value, of)}`;
		case 'table':
			return 'is one text, but a table has rows: write them under `tables:`';
	}
}

/** ` (did you mean "x"?)`, or nothing. */
function didYouMean(value: string, of: readonly string[]): string {
	const meant = nearest(value, of);
	return meant === undefined ? '' : ` (did you mean "${meant}"?)`;
}

const Address = z.union([z.ipv4(), z.ipv6()]);

const Cidr = z.union([z.cidrv4(), z.cidrv6()]);

const isAddress = (value: string): boolean => Address.safeParse(value).success;

/** Source: RFC 1123, section 2.1; underscores are tolerated, because Windows hosts have them. */
function isHostName(value: string): boolean {
	return (
		value.length <= 253 &&
		/^(?!-)[A-Za-z\d_-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z\d_-]{1,63}(?<!-))*$/.test(value) &&
		!/^[\d.]+$/.test(value)
	);
}

/** Ones, then zeros. */
function isNetmask(value: string): boolean {
	if (!z.ipv4().safeParse(value).success) {
		return false;
	}

	const bits = value
		.split('.')
		.map(part => Number(part).toString(2).padStart(8, '0'))
		.join('');
	return /^1*0*$/.test(bits);
}
