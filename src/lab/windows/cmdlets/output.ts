import type {Cmdlet} from '../powershell/cmdlet.js';
import {columnsNamed, Formatted, formatOf, listOf, tableOf} from '../powershell/format.js';
import {ErrorRecord, PsError, PsHash, PsObject, toList, toText, type Value} from '../powershell/value.js';

/** What writes, formats and converts. */
export const outputCmdlets: readonly Cmdlet[] = [
	{
		name: 'Write-Output',
		parameters: 'InputObject -NoEnumerate!',
		async run(call) {
			for (const value of [...(call.input ?? []), ...toList(call.value('InputObject') ?? null)]) {
				await call.emit(value);
			}
		},
	},
	{
		name: 'Write-Host',
		parameters: 'Object -ForegroundColor -BackgroundColor -NoNewline! -Separator',
		async run(call) {
			await call.shell.display.flush();
			const text = toList(call.value('Object') ?? null)
				.map(toText)
				.join(call.text('Separator') ?? ' ');
			await call.shell.process.write(
				'out',
				`${text.replaceAll(/\r?\n/g, '\r\n')}${call.flag('NoNewline') ? '' : '\r\n'}`,
			);
		},
	},
	{
		name: 'Write-Error',
		parameters: 'Message -Category -ErrorId -Exception -TargetObject',
		async run(call) {
			await call.error(call.text('Message') ?? toText(call.input?.[0] ?? null), {
				category: call.text('Category') ?? 'NotSpecified',
				id: call.text('ErrorId') ?? 'Microsoft.PowerShell.Commands.WriteErrorException',
				exception: 'WriteErrorException',
			});
		},
	},
	message('Write-Warning', 'warning', 'WarningPreference'),
	message('Write-Verbose', 'verbose', 'VerbosePreference'),
	message('Write-Debug', 'debug', 'DebugPreference'),
	{name: 'Write-Progress', parameters: 'Activity Status -PercentComplete -Completed! -Id -CurrentOperation', run() {}},
	{name: 'Write-Information', parameters: 'MessageData', run() {}},
	{name: 'Out-Null', parameters: '-InputObject', run() {}},
	{
		name: 'Out-String',
		parameters: '-InputObject -Width -Stream!',
		async run(call) {
			const lines = linesOf([...(call.input ?? toList(call.value('InputObject') ?? null))]);
			if (call.flag('Stream')) {
				for (const line of lines) {
					await call.emit(line);
				}
			} else {
				await call.emit(lines.map(line => `${line}\r\n`).join(''));
			}
		},
	},
	{
		name: 'Format-Table',
		parameters: 'Property -AutoSize! -HideTableHeaders! -Wrap! -InputObject',
		async run(call) {
			const objects = [...(call.input ?? [])];
			const names = call.texts('Property');
			const [first] = objects;
			const shape = first instanceof PsObject || first instanceof PsHash ? formatOf(first) : undefined;
			const all = first instanceof PsObject ? first.properties().map(({name}) => name) : [];
			const columns =
				names.length > 0 ? columnsNamed(names) : shape?.kind === 'table' ? shape.columns : columnsNamed(all);
			await call.emit(new Formatted(tableOf(objects, columns, call.flag('HideTableHeaders'))));
		},
	},
	{
		name: 'Format-List',
		parameters: 'Property -InputObject',
		async run(call) {
			const names = call.texts('Property').filter(name => name !== '*');
			await call.emit(new Formatted(listOf(call.input ?? [], names.length > 0 ? names : undefined)));
		},
	},
	{
		name: 'ConvertTo-Json',
		parameters: 'InputObject -Depth -Compress!',
		async run(call) {
			const values = [...(call.input ?? [])];
			const given = call.value('InputObject');
			const value = given ?? (values.length > 1 ? values : (values[0] ?? null));
			await call.emit(toJson(value, call.flag('Compress'), ''));
		},
	},
	{
		name: 'ConvertFrom-Json',
		parameters: 'InputObject',
		async run(call) {
			const text = call.text('InputObject') ?? (call.input ?? []).map(toText).join('\n');
			let parsed: unknown;
			try {
				parsed = JSON.parse(text);
			} catch {
				throw call.failure('Invalid JSON primitive.', {category: 'NotSpecified', id: 'System.ArgumentException'});
			}
			await call.emit(fromJson(parsed));
		},
	},
];

function message(name: string, stream: 'warning' | 'verbose' | 'debug', preference: string): Cmdlet {
	return {
		name,
		parameters: 'Message',
		async run(call) {
			const wanted = call.flag('Verbose') ? 'Continue' : toText(call.shell.variable(preference));
			const text = call.text('Message') ?? toText(call.input?.[0] ?? null);
			if (/^stop$/i.test(wanted)) {
				throw new PsError(new ErrorRecord({message: text, activity: name}), true);
			}
			if (/^(?:continue|inquire)$/i.test(wanted)) {
				await call.shell.display.message(stream, text);
			}
		},
	};
}

/** As the console would show these objects. */
function linesOf(values: readonly Value[]): readonly string[] {
	const lines: string[] = [];
	let held: Value[] = [];
	const flush = () => {
		const [first] = held;
		const shape = first instanceof PsObject || first instanceof PsHash ? formatOf(first) : undefined;
		if (shape !== undefined && shape.kind !== 'text') {
			lines.push(...(shape.kind === 'list' ? listOf(held) : tableOf(held, shape.columns)));
		}
		held = [];
	};
	for (const value of values) {
		const shape = value instanceof PsObject || value instanceof PsHash ? formatOf(value) : undefined;
		if (shape === undefined || shape.kind === 'text') {
			flush();
			lines.push(...toText(value).split(/\r?\n/));
		} else {
			held.push(value);
		}
	}
	flush();
	return lines;
}

/** Windows PowerShell's own layout: values behind two blanks, brackets far to the right, are not copied. */
function toJson(value: Value, compact: boolean, indent: string): string {
	const inner = `${indent}    `;
	const [lineEnd, gap] = compact ? ['', ''] : ['\r\n', '  '];
	const block = (open: string, items: readonly string[], close: string) =>
		items.length === 0
			? open + close
			: [
					open,
					items.map(item => (compact ? item : inner + item)).join(`,${lineEnd}`),
					(compact ? '' : indent) + close,
				].join(lineEnd);
	if (value === null || typeof value === 'boolean' || typeof value === 'number') {
		return JSON.stringify(value);
	}
	if (Array.isArray(value)) {
		return block(
			'[',
			value.map(item => toJson(item, compact, inner)),
			']',
		);
	}
	const entries =
		value instanceof PsHash
			? value.entries().map(({key, value: of}) => [toText(key), of] as const)
			: value instanceof PsObject && value.text === undefined
				? value.properties().map(({name, value: of}) => [name, of] as const)
				: undefined;
	return entries === undefined
		? JSON.stringify(toText(value))
		: block(
				'{',
				entries.map(([name, of]) => `${JSON.stringify(name)}:${gap}${toJson(of, compact, inner)}`),
				'}',
			);
}

function fromJson(value: unknown): Value {
	if (Array.isArray(value)) {
		return value.map(fromJson);
	}
	if (typeof value === 'object' && value !== null) {
		return new PsObject(
			'System.Management.Automation.PSCustomObject',
			Object.fromEntries(Object.entries(value).map(([name, of]) => [name, fromJson(of)])),
		);
	}
	return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
