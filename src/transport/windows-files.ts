import {createHash} from 'node:crypto';
import type {FileToPut, FileToRestore, FoundFile} from '../engine/ports.js';
import type {Outcome} from '../run/outcome.js';
import {sanitiseLine} from '../text/sanitise.js';
import {newToken, type Reply} from './helper.js';
import type {Place} from './session.js';
import type {Timing} from './timing.js';
import {askPowerShell} from './windows-ask.js';

/** Files of a Windows host, as `files.ts` has those of others. */
export const windowsFiles = {statFile, putFile, readFile, restoreFile};

/** As `statFile` elsewhere. Windows has no modes, and who owns a file says little there: empty. */
async function statFile(place: Place, path: string, timing: Timing): Promise<FoundFile | null | Outcome> {
	const reply = await askPowerShell(place, {script: statScript, args: {path}}, timing);
	if (reply.kind !== 'replied') {
		return reply;
	}

	const [, word, sha256] = /^(none|file)(?: ([0-9a-f]{64}))?\r?$/m.exec(reply.out) ?? [];
	if (word === 'none') {
		return null;
	}

	return sha256 === undefined
		? {kind: 'notStarted', reason: `${path} on ${place.name} cannot be looked at: ${firstLine(reply.err)}`}
		: {sha256, mode: '', owner: ''};
}

/**
Puts a whole file in place of the old one, or leaves that alone.

The bytes come in base64, because the shell in between may be one that reads text; into a new file beside the target,
which takes its place only after its hash agrees. `Replace` keeps the rights of the old one. An older backup stays.
*/
async function putFile(place: Place, file: FileToPut, timing: Timing): Promise<Outcome> {
	const {path, mode, owner, backup, timeoutMs} = file;
	const [word] = Object.entries({mode, owner}).flatMap(([key, value]) =>
		value === undefined ? [] : `${key}=${value}`,
	);
	if (word !== undefined) {
		return {kind: 'notStarted', reason: `${place.name} is a Windows host, where ${word} of a file means nothing.`};
	}

	const sha256 = createHash('sha256').update(file.bytes).digest('hex');
	const args = {path, sha256, backup, name: `.${newToken().replace(':', '-')}`};
	const input = Buffer.from(linesOf(Buffer.from(file.bytes).toString('base64')));
	const reply = await askPowerShell(place, {script: putScript, args, input, timeoutMs}, timing);
	if (reply.kind !== 'replied') {
		return reply;
	}

	return settled(reply, `${path} on ${place.name} was left as it was`);
}

/** In base64 it is a third longer, and more than 256 KiB of an answer are not kept. */
const readLimit = 190 * 1024;

/** Its bytes; null if there is no such file. */
async function readFile(place: Place, path: string, timing: Timing): Promise<Uint8Array | null | Outcome> {
	const reply = await askPowerShell(place, {script: readScript, args: {path, limit: String(readLimit)}}, timing);
	if (reply.kind !== 'replied') {
		return reply;
	}

	const [, word, base64 = ''] = /^(none|file)(?: ([A-Za-z\d+/=]*))?\r?$/m.exec(reply.out) ?? [];
	switch (word) {
		case 'none':
			return null;
		case 'file':
			return Buffer.from(base64, 'base64');
		default:
			return {kind: 'notStarted', reason: `${path} on ${place.name} cannot be read: ${firstLine(reply.err)}`};
	}
}

/** The old file takes its name back in one step, or the new one is taken away; or all is left as it is. */
async function restoreFile(place: Place, file: FileToRestore, timing: Timing): Promise<Outcome> {
	const {path, sha256, old, timeoutMs} = file;
	const args = {path, sha256, old: old?.path ?? '', oldHash: old?.sha256 ?? ''};
	const reply = await askPowerShell(place, {script: restoreScript, args, timeoutMs}, timing);
	return reply.kind === 'replied' ? settled(reply, `${path} on ${place.name} was left as it is`) : reply;
}

function settled(reply: Extract<Reply, {kind: 'replied'}>, otherwise: string): Outcome {
	switch (reply.out.trim().split(/\r?\n/).at(-1)) {
		case 'done':
			return {kind: 'exited', code: 0};
		case 'differs':
			return {kind: 'exited', code: 1};
		default:
			return {kind: 'notStarted', reason: `${otherwise}: ${firstLine(reply.err)}`};
	}
}

const statScript = `
if(Test-Path -LiteralPath $path -PathType Leaf){"file $((Get-FileHash -LiteralPath $path -Algorithm SHA256).Hash.ToLower())"}
elseif(Test-Path -LiteralPath $path){throw 'it is not a file'}
else{'none'}
`;

const readScript = `
if(-not(Test-Path -LiteralPath $path)){'none';exit 0}
if(-not(Test-Path -LiteralPath $path -PathType Leaf)){throw 'it is not a file'}
$bytes=[IO.File]::ReadAllBytes($path)
if($bytes.Length -gt $limit){throw "it is longer than $limit bytes"}
"file $([Convert]::ToBase64String($bytes))"
`;

const hashFunction = 'function hash($file){(Get-FileHash -LiteralPath $file -Algorithm SHA256).Hash}';

/** $old is empty where there was no file. A backup that has its name back is there no more: then all is done. */
const restoreScript = `
${hashFunction}
$now=''
if(Test-Path -LiteralPath $path -PathType Leaf){$now=hash $path}
elseif(Test-Path -LiteralPath $path){throw 'it is not a file'}
if($now -eq $oldHash -and -not($old -and (Test-Path -LiteralPath $old))){'done';exit 0}
if($now -ne $sha256){throw 'it was changed since'}
if(-not $old){
	Remove-Item -LiteralPath $path -Force
	if(Test-Path -LiteralPath $path){'differs'}else{'done'}
	exit 0
}
if(-not(Test-Path -LiteralPath $old) -or (hash $old) -ne $oldHash){throw "the old one is not in $old any more"}
[IO.File]::Replace($old,$path,[NullString]::Value)
if((hash $path) -eq $oldHash){'done'}else{'differs'}
`;

const putScript = `
${hashFunction}
$folder=Split-Path -Parent $path
if(-not(Test-Path -LiteralPath $folder -PathType Container)){throw "there is no folder $folder"}
if(Test-Path -LiteralPath $path -PathType Container){throw 'it is a folder'}
$new=Join-Path $folder $name
try{
	[IO.File]::WriteAllBytes($new,[Convert]::FromBase64String([Console]::In.ReadToEnd()))
	if((hash $new) -ne $sha256){throw 'it did not arrive whole'}
	if(Test-Path -LiteralPath $path){
		if(-not(Test-Path -LiteralPath $backup)){Copy-Item -LiteralPath $path -Destination $backup}
		[IO.File]::Replace($new,$path,[NullString]::Value)
	}else{[IO.File]::Move($new,$path)}
}finally{Remove-Item -LiteralPath $new -Force -ErrorAction SilentlyContinue}
if((hash $path) -eq $sha256){'done'}else{'differs'}
`;

/** Whoever reads line by line should not wait for the last. */
function linesOf(base64: string): string {
	return base64.replaceAll(/.{1,16000}/g, '$&\r\n');
}

/** PowerShell says what is wrong first, and then where in our own script. */
function firstLine(text: string): string {
	return sanitiseLine(text.trim().split(/\r?\n/)[0] ?? '').slice(0, 300);
}
