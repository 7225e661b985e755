import {createHash} from 'node:crypto';
import {encode} from '../encode.js';
import type {Call, Cmdlet} from '../powershell/cmdlet.js';
import {wildcard} from '../powershell/operators.js';
import {NotSimulated} from '../powershell/syntax.js';
import {PsDate, PsObject, target, toList, toNumber, toText, type Value} from '../powershell/value.js';

const writes = 'Path Value -LiteralPath -Encoding -NoNewline! -Force!';

/** Files and folders, and the drives `Env:` and `Variable:` as far as they are asked for. */
export const fileCmdlets: readonly Cmdlet[] = [
	{
		name: 'Test-Path',
		parameters: 'Path -LiteralPath -PathType',
		async run(call) {
			for (const path of pathsOf(call)) {
				await call.emit(await isThere(call, path));
			}
		},
	},
	{
		name: 'Get-Content',
		parameters: 'Path -LiteralPath -Raw! -TotalCount -Tail -Encoding -First',
		async run(call) {
			for (const path of pathsOf(call)) {
				if (!(await mustExist(call, path, 'GetContent'))) {
					continue;
				}
				const text = await call.shell.process.files.readText(path);
				if (call.flag('Raw')) {
					await call.emit(text);
					continue;
				}
				const lines = text.split(/\r?\n/);
				const all = lines.at(-1) === '' ? lines.slice(0, -1) : lines;
				const first = call.value('TotalCount') ?? call.value('First');
				const last = call.value('Tail');
				const shown = first === undefined ? all : all.slice(0, toNumber(first));
				for (const line of last === undefined ? shown : shown.slice(-toNumber(last))) {
					await call.emit(line);
				}
			}
		},
	},
	{name: 'Set-Content', parameters: writes, run: call => write(call, false)},
	{name: 'Add-Content', parameters: writes, run: call => write(call, true)},
	{name: 'Out-File', parameters: 'FilePath -Append! -Encoding -Force! -InputObject', run: outFile},
	{
		name: 'Clear-Content',
		parameters: 'Path -LiteralPath',
		async run(call) {
			for (const path of pathsOf(call)) {
				if (await mustExist(call, path, 'ClearContent')) {
					await call.shell.process.files.write(path, new Uint8Array());
				}
			}
		},
	},
	{name: 'New-Item', parameters: 'Path -ItemType -Value -Force! -Name', run: newItem},
	{
		name: 'Remove-Item',
		parameters: 'Path -LiteralPath -Recurse! -Force!',
		async run(call) {
			for (const path of await expanded(call, pathsOf(call))) {
				if (/^env:/i.test(path)) {
					call.shell.process.setEnvironment(path.slice(4).replace(/^\\/, ''), '');
					continue;
				}
				if (!(await mustExist(call, path, 'RemoveItem'))) {
					continue;
				}
				const {files} = call.shell.process;
				if ((await files.kind(path)) === 'folder' && !call.flag('Recurse') && (await files.list(path)).length > 0) {
					throw new NotSimulated('The question whether a full folder is to be removed (without -Recurse)');
				}
				await files.remove(path);
			}
		},
	},
	{
		name: 'Copy-Item',
		parameters: 'Path Destination -LiteralPath -Recurse! -Force!',
		run: call => transfer(call, 'copy'),
	},
	{name: 'Move-Item', parameters: 'Path Destination -LiteralPath -Force!', run: call => transfer(call, 'move')},
	{
		name: 'Rename-Item',
		parameters: 'Path NewName -LiteralPath -Force!',
		async run(call) {
			const [path = ''] = pathsOf(call);
			if (await mustExist(call, path, 'RenameItem')) {
				const {files} = call.shell.process;
				await files.move(path, `${parentOf(files.absolute(path))}\\${call.text('NewName')}`);
			}
		},
	},
	{
		name: 'Get-Item',
		parameters: 'Path -LiteralPath -Force!',
		async run(call) {
			for (const path of await expanded(call, pathsOf(call))) {
				if (await mustExist(call, path, 'GetItem')) {
					await call.emit(await itemAt(call, path));
				}
			}
		},
	},
	{
		name: 'Get-ChildItem',
		parameters: 'Path Filter -LiteralPath -Recurse! -Force! -File! -Directory! -Name!',
		async run(call) {
			const paths = pathsOf(call);
			for (const path of paths.length === 0 ? [call.shell.process.folder] : paths) {
				await listFolder(call, path);
			}
		},
	},
	{
		name: 'Get-FileHash',
		parameters: 'Path -LiteralPath -Algorithm',
		async run(call) {
			const algorithm = (call.text('Algorithm') ?? 'SHA256').toUpperCase();
			if (!['SHA256', 'SHA1', 'SHA384', 'SHA512', 'MD5'].includes(algorithm)) {
				throw new NotSimulated(`Get-FileHash -Algorithm ${algorithm}`);
			}
			for (const path of pathsOf(call)) {
				if (!(await mustExist(call, path, 'GetFileHash'))) {
					continue;
				}
				const {files} = call.shell.process;
				const hash = createHash(algorithm.toLowerCase()).update(await files.read(path));
				await call.emit(
					new PsObject('Microsoft.Powershell.Utility.FileHash', {
						Algorithm: algorithm,
						Hash: hash.digest('hex').toUpperCase(),
						Path: files.absolute(path),
					}),
				);
			}
		},
	},
	{
		name: 'Join-Path',
		parameters: 'Path ChildPath AdditionalChildPath',
		async run(call) {
			const parts = [call.text('Path') ?? '', call.text('ChildPath') ?? ''];
			await call.emit(
				parts
					.map(part => part.replaceAll('/', '\\').replace(/\\+$/, ''))
					.map(leading)
					.join('\\'),
			);
		},
	},
	{
		name: 'Split-Path',
		parameters: 'Path -Parent! -Leaf! -LiteralPath',
		async run(call) {
			for (const path of pathsOf(call)) {
				const plain = path.replaceAll('/', '\\').replace(/\\+$/, '');
				await call.emit(call.flag('Leaf') ? (plain.split('\\').at(-1) ?? '') : parentOf(plain));
			}
		},
	},
	{
		name: 'Resolve-Path',
		parameters: 'Path -LiteralPath',
		async run(call) {
			for (const path of pathsOf(call)) {
				if (await mustExist(call, path, 'ResolvePath')) {
					const absolute = call.shell.process.files.absolute(path);
					await call.emit(new PsObject('System.Management.Automation.PathInfo', {Path: absolute}, {text: absolute}));
				}
			}
		},
	},
	{
		name: 'Set-Location',
		parameters: 'Path -LiteralPath',
		async run(call) {
			const [path = ''] = pathsOf(call);
			const {process} = call.shell;
			if ((await process.files.kind(path)) !== 'folder') {
				throw call.failure(
					`Cannot find path '${process.files.absolute(path)}' because it does not exist.`,
					notFound(call, path),
				);
			}
			process.folder = process.files.absolute(path);
		},
	},
	{
		name: 'Get-Location',
		parameters: '',
		async run(call) {
			const {folder} = call.shell.process;
			await call.emit(new PsObject('System.Management.Automation.PathInfo', {Path: folder}, {text: folder}));
		},
	},
];

function leading(part: string, index: number): string {
	return index === 0 ? part : part.replace(/^\\+/, '');
}

function pathsOf(call: Call): readonly string[] {
	const given = [...call.texts('LiteralPath'), ...call.texts('Path')];
	return given.length > 0 ? given : toList([...(call.input ?? [])]).map(pathOf);
}

/** A file that came through the pipeline, or its name. */
function pathOf(value: Value): string {
	return value instanceof PsObject ? toText(value.get('FullName') ?? value.get('Path') ?? value) : toText(value);
}

async function isThere(call: Call, path: string): Promise<boolean> {
	const [, drive, rest = ''] = /^(env|variable|function|hklm|hkcu|cert|wsman):\\?(.*)$/i.exec(path) ?? [];
	switch (drive?.toLowerCase()) {
		case 'env':
			return call.shell.process.environment.has(rest.toLowerCase());
		case 'variable':
			return call.shell.hasVariable(rest);
		case undefined: {
			const paths = await expanded(call, [path]);
			const kinds = await Promise.all(paths.map(each => call.shell.process.files.kind(each)));
			const wanted = call.text('PathType')?.toLowerCase();
			return kinds.some(kind =>
				wanted === 'leaf' ? kind === 'file' : wanted === 'container' ? kind === 'folder' : kind !== undefined,
			);
		}
	}
	throw new NotSimulated(`The drive ${drive}:`);
}

/** `C:\x\*.txt`: what is there of that name; a path without a wildcard stays. */
async function expanded(call: Call, paths: readonly string[]): Promise<readonly string[]> {
	const {files} = call.shell.process;
	const found: string[] = [];
	for (const path of paths) {
		const absolute = /^(?:env|variable):/i.test(path) ? path : files.absolute(path);
		const leaf = absolute.split('\\').at(-1) ?? '';
		if (!/[*?]/.test(leaf) || call.has('LiteralPath')) {
			found.push(path);
			continue;
		}
		const folder = parentOf(absolute);
		const names = (await files.kind(folder)) === 'folder' ? await files.list(folder) : [];
		found.push(...names.filter(name => wildcard(leaf).test(name)).map(name => `${folder}\\${name}`));
	}
	return found;
}

async function mustExist(call: Call, path: string, verb: string): Promise<boolean> {
	const {files} = call.shell.process;
	if (await files.exists(path)) {
		return true;
	}
	await call.error(`Cannot find path '${files.absolute(path)}' because it does not exist.`, notFound(call, path, verb));
	return false;
}

function notFound(call: Call, path: string, verb = call.name.replace('-', '')) {
	return {
		category: 'ObjectNotFound',
		target: target(call.shell.process.files.absolute(path)),
		id: `PathNotFound,Microsoft.PowerShell.Commands.${verb}Command`,
		exception: 'ItemNotFoundException',
	};
}

function parentOf(path: string): string {
	const at = path.lastIndexOf('\\');
	return at <= 2 ? path.slice(0, Math.max(at + 1, 0)) : path.slice(0, at);
}

async function write(call: Call, append: boolean): Promise<void> {
	const values = [...toList(call.value('Value') ?? null), ...(call.input ?? [])];
	const text = values.map(toText).join('\r\n') + (call.flag('NoNewline') ? '' : '\r\n');
	const paths = [...call.texts('LiteralPath'), ...call.texts('Path')];
	for (const path of paths) {
		await writeText(call, path, text, append, call.text('Encoding') ?? 'Default');
	}
}

async function outFile(call: Call): Promise<void> {
	const values = [...(call.input ?? []), ...toList(call.value('InputObject') ?? null)];
	const text = values.map(value => `${toText(value)}\r\n`).join('');
	await writeText(call, call.text('FilePath') ?? '', text, call.flag('Append'), call.text('Encoding') ?? 'Unicode');
}

async function writeText(call: Call, path: string, text: string, append: boolean, named: string): Promise<void> {
	const {files, codePage} = call.shell.process;
	const old = append && (await files.exists(path)) ? await files.read(path) : new Uint8Array();
	const isNew = old.length === 0;
	if (!(await files.write(path, Buffer.concat([old, bytesOf(text, named, codePage, isNew)])))) {
		throw call.failure(`Could not find a part of the path '${files.absolute(path)}'.`, {
			category: 'ObjectNotFound',
			target: target(files.absolute(path)),
			id: 'GetContentWriterDirectoryNotFoundError,Microsoft.PowerShell.Commands.SetContentCommand',
			exception: 'DirectoryNotFoundException',
		});
	}
}

/** The encodings that Windows PowerShell 5.1 knows by name; its UTF-8 begins with a byte order mark. */
function bytesOf(text: string, named: string, codePage: string, isNew: boolean): Uint8Array {
	switch (named.toLowerCase()) {
		case 'utf8':
			return Buffer.from((isNew ? '\uFEFF' : '') + text);
		case 'unicode':
			return Buffer.from((isNew ? '\uFEFF' : '') + text, 'utf16le');
		case 'ascii':
			return encode(text, 'ascii');
		case 'default':
		case 'oem':
		case 'string':
			return encode(text, codePage);
	}
	throw new NotSimulated(`-Encoding ${named}`);
}

async function newItem(call: Call): Promise<void> {
	const {files} = call.shell.process;
	const path = [call.text('Path'), call.text('Name')].filter(part => part !== undefined).join('\\');
	const isFolder = /^dir/i.test(call.text('ItemType') ?? 'File');
	if ((await files.exists(path)) && !(call.flag('Force') && isFolder)) {
		if (!call.flag('Force')) {
			throw call.failure(
				isFolder
					? `An item with the specified name ${files.absolute(path)} already exists.`
					: `The file '${files.absolute(path)}' already exists.`,
				{
					category: isFolder ? 'ResourceExists' : 'WriteError',
					target: target(files.absolute(path)),
					id: `${isFolder ? 'DirectoryExist' : 'NewItemIOError'},Microsoft.PowerShell.Commands.NewItemCommand`,
					exception: 'IOException',
				},
			);
		}
	}
	if (isFolder) {
		await files.makeFolder(path);
	} else {
		if (call.flag('Force')) {
			await files.makeFolder(parentOf(files.absolute(path)));
		}
		await writeText(call, path, call.text('Value') ?? '', false, 'ascii');
	}
	await call.emit(await itemAt(call, path));
}

async function transfer(call: Call, how: 'copy' | 'move'): Promise<void> {
	const {files} = call.shell.process;
	for (const path of await expanded(call, pathsOf(call))) {
		if (!(await mustExist(call, path, how === 'copy' ? 'CopyItem' : 'MoveItem'))) {
			continue;
		}
		const wanted = call.text('Destination') ?? '';
		const leaf = files.absolute(path).split('\\').at(-1) ?? '';
		const to = (await files.kind(wanted)) === 'folder' ? `${files.absolute(wanted)}\\${leaf}` : wanted;
		if ((await files.kind(parentOf(files.absolute(to)))) !== 'folder') {
			throw call.failure(`Could not find a part of the path '${files.absolute(to)}'.`, {
				category: 'ObjectNotFound',
				target: target(files.absolute(to)),
				id: 'System.IO.DirectoryNotFoundException',
				exception: 'DirectoryNotFoundException',
			});
		}
		if (how === 'move' && (await files.exists(to)) && !call.flag('Force')) {
			throw call.failure('Cannot create a file when that file already exists.', {
				category: 'WriteError',
				target: target(files.absolute(path)),
				id: 'MoveFileInfoItemIOError,Microsoft.PowerShell.Commands.MoveItemCommand',
				exception: 'IOException',
			});
		}
		await files[how](path, to);
	}
}

async function itemAt(call: Call, path: string): Promise<PsObject> {
	const {files} = call.shell.process;
	const absolute = files.absolute(path);
	const name = absolute.split('\\').at(-1) ?? '';
	const isFolder = (await files.kind(path)) === 'folder';
	const LastWriteTime = new PsDate(await files.changedAt(path));
	return new PsObject(isFolder ? 'System.IO.DirectoryInfo' : 'System.IO.FileInfo', {
		Mode: isFolder ? 'd-----' : '-a----',
		LastWriteTime,
		Length: isFolder ? '' : (await files.read(path)).length,
		Name: name,
		FullName: absolute,
		BaseName: name.replace(/\.[^.]*$/, ''),
		Extension: /\.[^.]*$/.exec(name)?.[0] ?? '',
		DirectoryName: parentOf(absolute),
		PSIsContainer: isFolder,
		Exists: true,
	});
}

async function listFolder(call: Call, path: string): Promise<void> {
	const {files} = call.shell.process;
	const filter = call.text('Filter');
	for (const found of await expanded(call, [path])) {
		if (!(await mustExist(call, found, 'GetChildItem'))) {
			continue;
		}
		if ((await files.kind(found)) === 'file') {
			await call.emit(await itemAt(call, found));
			continue;
		}
		for (const name of await files.list(found)) {
			const child = `${files.absolute(found).replace(/\\$/, '')}\\${name}`;
			const isFolder = (await files.kind(child)) === 'folder';
			const isWanted =
				(filter === undefined || wildcard(filter).test(name)) &&
				!(call.flag('File') && isFolder) &&
				!(call.flag('Directory') && !isFolder);
			if (isWanted) {
				await call.emit(call.flag('Name') ? name : await itemAt(call, child));
			}
			if (isFolder && call.flag('Recurse')) {
				await listFolder(call, child);
			}
		}
	}
}
