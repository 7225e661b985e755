import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {type Place, placeOf, requireSafePlace, type Surroundings} from '../../src/store/place.js';
import {createRunFile, openRunFile} from '../../src/store/run-file.js';
import {verifyRun} from '../../src/store/verify.js';

let folder = '';
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'fieldbook-place-'));
});
afterEach(() => rmSync(folder, {recursive: true, force: true}));

const ext4 = 0xef53;
const fuse = 0x65735546;
const mounts = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:50 / /mnt/far rw,nosuid master:1 - fuse.sshfs ana@nas:/runs rw
41 22 0:51 / /mnt/stick rw - fuseblk /dev/sdb1 rw
42 22 0:52 / /mnt/vault rw - fuse.gocryptfs /home/ana/.vault rw`;

/** A Linux laptop with one file system; `names`: what stands in a folder. */
function around(type: number, device = '8:1', names: Readonly<Record<string, readonly string[]>> = {}): Surroundings {
	return {
		platform: 'linux',
		fileSystem: () => type,
		mounts: () => mounts,
		deviceOf: () => device,
		namesIn: at => names[at] ?? [],
	};
}

describe('a run file', () => {
	test.for<readonly [string, number, string, Place]>([
		['a local disk', ext4, '8:1', {kind: 'local'}],
		['NFS', 0x6969, '0:44', {kind: 'network', what: 'nfs'}],
		['an old Windows share', 0xff534d42, '0:44', {kind: 'network', what: 'cifs'}],
		['a Windows share', 0xfe534d42, '0:44', {kind: 'network', what: 'smb'}],
		['a disk of the host below', 0x01021997, '0:44', {kind: 'network', what: '9p'}],
		['a folder over SSH', fuse, '0:50', {kind: 'network', what: 'fuse.sshfs'}],
		['a stick with NTFS', fuse, '0:51', {kind: 'local'}],
		['a vault', fuse, '0:52', {kind: 'program', what: 'fuse.gocryptfs'}],
	])('on %s is known to be there', ([, type, device, place]) => {
		expect(placeOf(join(folder, 'new', 'a.fieldbook'), around(type, device))).toEqual(place);
	});

	test.for([
		['Dropbox/runs', 'Dropbox'],
		['Dropbox (Acme)', 'Dropbox'],
		['OneDrive - Acme/runs', 'OneDrive'],
		['Library/CloudStorage/OneDrive-Acme', 'OneDrive'],
		['Library/Mobile Documents/com~apple~CloudDocs', 'iCloud Drive'],
		['Library/CloudStorage/GoogleDrive-ana@example.com/My Drive', 'Google Drive'],
		['Nextcloud/site', 'Nextcloud'],
	] as const)('in %s is synchronised', ([name, what]) => {
		mkdirSync(join(folder, name), {recursive: true});
		expect(placeOf(join(folder, name, 'a.fieldbook'), around(ext4))).toEqual({kind: 'synced', what});
	});

	test.for([
		['.dropbox.cache', 'Dropbox'],
		['.sync_8f2c.db', 'Nextcloud'],
		['.stfolder', 'Syncthing'],
		['.tmp.drivedownload', 'Google Drive'],
	] as const)('below a folder with %s is synchronised, whatever its name', ([marker, what]) => {
		const run = join(folder, 'work', 'runs', 'a.fieldbook');
		mkdirSync(dirname(run), {recursive: true});
		expect(placeOf(run, around(ext4, '8:1', {[join(folder, 'work')]: [marker]}))).toEqual({kind: 'synced', what});
		expect(placeOf(run, around(ext4))).toEqual({kind: 'local'});
	});

	test('on a Windows share is known by its path', () => {
		const windows = {...around(ext4), platform: 'win32'} as const;
		expect(placeOf('\\\\nas\\runs\\a.fieldbook', windows)).toEqual({kind: 'network', what: 'a share'});
		expect(placeOf(join(folder, 'a.fieldbook'), windows)).toEqual({kind: 'local'});
	});

	test('is refused on a network, in words', () => {
		expect(() => requireSafePlace('/mnt/a.fieldbook', {kind: 'network', what: 'nfs'})).toThrowError(
			expect.objectContaining({code: 'run-on-network', status: 5}),
		);
	});

	test('in a synchronised folder is whole after each write, without the file beside it, and says so', async () => {
		const path = join(folder, 'Dropbox', 'a.fieldbook');
		const copy = join(folder, 'copy.fieldbook');
		const run = createRunFile(path, {}, []);
		expect(run.caution).toMatch(/Dropbox synchronises/);
		for (const text of ['one', 'two']) {
			await run.append([{type: 'NoteTaken', step: null, text, by: 'ana'}], 0);
			// What the client takes away: the main file alone
			spawnSync('cp', [path, copy]);
			const db = new DatabaseSync(copy, {readOnly: true});
			expect(db.prepare('SELECT count(*) AS events FROM event').get()).toEqual({events: text === 'one' ? 1 : 2});
			db.close();
		}

		expect(readdirSync(dirname(path)).filter(name => name.endsWith('-wal'))).toEqual([]);
		await run.close();
		const again = openRunFile(path);
		expect(again.caution).toMatch(/export/);
		await again.close();
		expect(readdirSync(dirname(path))).toEqual(['a.fieldbook']);
		expect(verifyRun(path).problems).toEqual([]);
	});

	test('on a local disk needs no word', async () => {
		writeFileSync(join(folder, 'other'), '');
		const run = createRunFile(join(folder, 'a.fieldbook'), {}, []);
		expect(run.caution).toBeUndefined();
		await run.close();
	});
});
