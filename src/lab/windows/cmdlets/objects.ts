import type {Call, Cmdlet} from '../powershell/cmdlet.js';
import {encoding, propertyOf} from '../powershell/members.js';
import {equals, operate, order, wildcard} from '../powershell/operators.js';
import {NotSimulated} from '../powershell/syntax.js';
import {
	customType,
	isTrue,
	PsBlock,
	PsHash,
	PsObject,
	toList,
	toNumber,
	toText,
	type Value,
} from '../powershell/value.js';

const whereOperators = 'EQ! NE! GT! GE! LT! LE! Like! NotLike! Match! NotMatch! Contains! NotContains! In! NotIn!';

/** What works on whatever comes through a pipeline, and what makes or asks for something general. */
export const objectCmdlets: readonly Cmdlet[] = [
	{
		name: 'ForEach-Object',
		parameters: 'Process -Begin -End -MemberName -InputObject',
		async run(call) {
			const process = call.value('Process');
			await runBlock(call, call.value('Begin'), undefined);
			for (const item of inputOf(call)) {
				if (process instanceof PsBlock) {
					await call.invoke(process, item, call.emit);
				} else {
					await call.emit(propertyOf(item, toText(process ?? null)));
				}
			}
			await runBlock(call, call.value('End'), undefined);
		},
	},
	{
		name: 'Where-Object',
		parameters: `FilterScript Value -Property -InputObject ${whereOperators}`,
		async run(call) {
			for (const item of inputOf(call)) {
				if (await isWanted(call, item)) {
					await call.emit(item);
				}
			}
		},
	},
	{
		name: 'Select-Object',
		parameters: 'Property -First -Last -Skip -ExpandProperty -Unique! -InputObject -Index',
		run: select,
	},
	{
		name: 'Sort-Object',
		parameters: 'Property -Descending! -Unique! -InputObject',
		async run(call) {
			const [by] = toList(call.value('Property') ?? null);
			const keyed: Array<{item: Value; key: Value}> = [];
			for (const item of inputOf(call)) {
				keyed.push({item, key: await keyFor(call, by, item)});
			}
			const sign = call.flag('Descending') ? -1 : 1;
			keyed.sort((a, b) => sign * (order(a.key, b.key) || 0));
			const kept = call.flag('Unique')
				? keyed.filter(({key}, index) => index === 0 || !equals(keyed[index - 1]?.key ?? null, key))
				: keyed;
			for (const {item} of kept) {
				await call.emit(item);
			}
		},
	},
	{
		name: 'Measure-Object',
		parameters: 'Property -Sum! -Average! -Maximum! -Minimum! -Line! -Word! -Character! -InputObject',
		async run(call) {
			const property = call.text('Property');
			const items = inputOf(call);
			const numbers = () => items.map(item => toNumber(property === undefined ? item : propertyOf(item, property)));
			const asked = (name: string, value: () => number) => (call.flag(name) && items.length > 0 ? value() : null);
			const sum = () => numbers().reduce((a, b) => a + b, 0);
			await call.emit(
				new PsObject('Microsoft.PowerShell.Commands.GenericMeasureInfo', {
					Count: items.length,
					Average: asked('Average', () => sum() / items.length),
					Sum: asked('Sum', sum),
					Maximum: asked('Maximum', () => Math.max(...numbers())),
					Minimum: asked('Minimum', () => Math.min(...numbers())),
					Property: property ?? null,
				}),
			);
		},
	},
	{
		name: 'Select-String',
		parameters: 'Pattern Path -SimpleMatch! -Quiet! -InputObject -CaseSensitive!',
		async run(call) {
			if (call.has('Path')) {
				throw new NotSimulated('`Select-String -Path`');
			}
			const operator = call.flag('SimpleMatch') ? '-like' : '-match';
			const found = inputOf(call)
				.flatMap(item => toText(item).split(/\r?\n/))
				.filter(line =>
					call
						.texts('Pattern')
						.some(pattern =>
							isTrue(operate(operator, line, call.flag('SimpleMatch') ? `*${pattern}*` : pattern, () => {})),
						),
				);
			if (call.flag('Quiet')) {
				await call.emit(found.length > 0);
				return;
			}
			for (const line of found) {
				await call.emit(new PsObject('Microsoft.PowerShell.Commands.MatchInfo', {Line: line}, {text: line}));
			}
		},
	},
	{
		name: 'Get-Member',
		parameters: 'Name -MemberType',
		run() {
			throw new NotSimulated('`Get-Member`');
		},
	},
	{
		name: 'New-Object',
		parameters: 'TypeName ArgumentList -Property',
		async run(call) {
			const type = (call.text('TypeName') ?? '').toLowerCase().replace(/^system\./, '');
			if (type === 'text.utf8encoding') {
				await call.emit(encoding('utf-8'));
			} else if (/^(?:psobject|management\.automation\.psobject)$/.test(type)) {
				const properties = call.value('Property');
				const entries = properties instanceof PsHash ? properties.entries() : [];
				await call.emit(
					new PsObject(customType, Object.fromEntries(entries.map(({key, value}) => [toText(key), value]))),
				);
			} else if (type === 'management.automation.pscredential' || type === 'pscredential') {
				const [name = null, password = null] = toList(call.value('ArgumentList') ?? null);
				await call.emit(
					new PsObject('System.Management.Automation.PSCredential', {UserName: toText(name), Password: password}),
				);
			} else {
				throw new NotSimulated(`New-Object ${call.text('TypeName')}`);
			}
		},
	},
	{
		name: 'Get-Command',
		parameters: 'Name -CommandType',
		async run(call) {
			for (const name of call.texts('Name')) {
				if (call.shell.hasCommand(name)) {
					await call.emit(new PsObject('System.Management.Automation.CommandInfo', {Name: name}, {text: name}));
				} else {
					await call.error(
						`The term '${name}' is not recognized as the name of a cmdlet, function, script file, or operable program. Check the spelling of the name, or if a path was included, verify that the path is correct and try again.`,
						{
							category: 'ObjectNotFound',
							target: `(${name}:String)`,
							id: 'CommandNotFoundException,Microsoft.PowerShell.Commands.GetCommandCommand',
							exception: 'CommandNotFoundException',
						},
					);
				}
			}
		},
	},
	{name: 'Import-Module', parameters: 'Name -Force! -DisableNameChecking!', run() {}},
	{name: 'Set-StrictMode', parameters: '-Version -Off!', run() {}},
	{
		name: 'Set-Variable',
		parameters: 'Name Value -Scope',
		run(call) {
			call.shell.setGlobal(call.text('Name') ?? '', call.value('Value') ?? null);
		},
	},
];

function inputOf(call: Call): readonly Value[] {
	return call.input ?? toList(call.value('InputObject') ?? null);
}

async function runBlock(call: Call, block: Value | undefined, item: Value | undefined): Promise<void> {
	if (block instanceof PsBlock) {
		await call.invoke(block, item, call.emit);
	}
}

async function isWanted(call: Call, item: Value): Promise<boolean> {
	const filter = call.value('FilterScript');
	if (filter instanceof PsBlock) {
		return isTrue(await resultFor(call, filter, item));
	}
	// > | Where-Object Name -eq 'x'
	const property = propertyOf(item, call.text('Property') ?? toText(filter ?? null));
	const operator = whereOperators
		.split(' ')
		.map(word => word.slice(0, -1))
		.find(word => call.has(word));
	return operator === undefined
		? isTrue(property)
		: isTrue(operate(`-${operator.toLowerCase()}`, property, call.value('Value') ?? null, () => {}));
}

async function resultFor(call: Call, block: PsBlock, item: Value): Promise<Value> {
	const values: Value[] = [];
	await call.invoke(block, item, async value => {
		values.push(value);
	});
	return values.length > 1 ? values : (values[0] ?? null);
}

/** A property's name, a block, or a hashtable with an `Expression`. */
async function keyFor(call: Call, by: Value | undefined, item: Value): Promise<Value> {
	if (by === undefined || by === null) {
		return item;
	}
	const how = by instanceof PsHash ? (by.get('Expression') ?? by.get('E')) : by;
	return how instanceof PsBlock ? resultFor(call, how, item) : propertyOf(item, toText(how));
}

async function select(call: Call): Promise<void> {
	const items = [...inputOf(call)].slice(call.has('Skip') ? toNumber(call.value('Skip') ?? 0) : 0);
	const first = call.has('First') ? items.slice(0, toNumber(call.value('First') ?? 0)) : items;
	const chosen = call.has('Last') ? first.slice(-toNumber(call.value('Last') ?? 0)) : first;
	const expand = call.text('ExpandProperty');
	const wanted = toList(call.value('Property') ?? null);
	const seen: string[] = [];
	for (const item of chosen) {
		if (call.flag('Unique')) {
			if (seen.includes(toText(item))) {
				continue;
			}
			seen.push(toText(item));
		}
		if (expand !== undefined) {
			for (const value of toList(propertyOf(item, expand))) {
				await call.emit(value);
			}
		} else if (wanted.length === 0) {
			await call.emit(item);
		} else {
			await call.emit(await withProperties(call, item, wanted));
		}
	}
}

/** Names with `*` and `?` in them, and `@{Name=…; Expression={…}}`. */
async function withProperties(call: Call, item: Value, wanted: readonly Value[]): Promise<Value> {
	const properties: Record<string, Value> = {};
	for (const each of wanted) {
		if (each instanceof PsHash) {
			const name = toText(each.get('Name') ?? each.get('N') ?? each.get('Label'));
			properties[name] = await keyFor(call, each, item);
			continue;
		}
		const name = toText(each);
		const own = item instanceof PsObject ? item.properties() : [];
		const found = own.filter(property => wildcard(name).test(property.name));
		for (const property of found) {
			properties[property.name] = property.value;
		}
		if (found.length === 0 && !/[*?]/.test(name)) {
			properties[name] = propertyOf(item, name);
		}
	}
	return new PsObject(customType, properties);
}
