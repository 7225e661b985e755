import {describe, expect, test} from 'vitest';
import {Prompt} from './prompt.js';

const emptyDisk = '/vmfs/devices/disks/naa.5000c500a1b2c301';
const wholeDisk = `partedUtil setptbl ${emptyDisk} gpt "1 2048 2344225934 AA31E02A400F11DB9590000C2911D1B8 0"`;

describe('datastores', () => {
	test('the installer has made one', async () => {
		const prompt = new Prompt('bare');
		expect((await prompt.type('esxi1', 'esxcli storage filesystem list')).text).toBe(
			[
				'Mount Point                                        Volume Name                                 UUID                                 Mounted  Type            Size          Free',
				'-------------------------------------------------  ------------------------------------------  -----------------------------------  -------  ------  ------------  ------------',
				'/vmfs/volumes/696891c0-1f0b7a2e-9c4d-00005e005310  datastore1                                  696891c0-1f0b7a2e-9c4d-00005e005310     true  VMFS-6  822756769792  821111226368',
				'/vmfs/volumes/696891b4-0c1a6d90-4f1e-00005e005310  OSDATA-696891b4-0c1a6d90-4f1e-00005e005310  696891b4-0c1a6d90-4f1e-00005e005310     true  VMFSOS  128742064128  124879765504',
				'/vmfs/volumes/d3a1f012-6c1b2a90-5b0e-9f1e7c2d4a61  BOOTBANK1                                   d3a1f012-6c1b2a90-5b0e-9f1e7c2d4a61     true  vfat      4293918720    4079222784',
				'/vmfs/volumes/7be4c219-3f8a1d55-8a27-41c0e9d3b7f2  BOOTBANK2                                   7be4c219-3f8a1d55-8a27-41c0e9d3b7f2     true  vfat      4293918720    4250927104',
				'',
			].join('\n'),
		);
	});

	test('an extent line has the device in its fourth column', async () => {
		const prompt = new Prompt('bare');
		const {text} = await prompt.type('esxi1', 'esxcli storage vmfs extent list');
		// How the scripts that start and stop VMs read it.
		expect(/^datastore1\s+(.+?\s+){2}(.+?)\s.*/m.exec(text)?.[2]).toBe('naa.5002538e40a1b1c1');
	});

	test('the last line of an empty disk is its geometry', async () => {
		const prompt = new Prompt('bare');
		expect((await prompt.type('esxi1', `partedUtil getptbl ${emptyDisk}`)).text).toBe(
			'unknown\n145921 255 63 2344225968\n',
		);
	});

	test('a partition is made and formatted', async () => {
		const prompt = new Prompt('bare');
		expect((await prompt.type('esxi1', wholeDisk)).text).toBe(
			'gpt\n0 0 0 0\n1 2048 2344225934 AA31E02A400F11DB9590000C2911D1B8 0\n',
		);
		const {text, status} = await prompt.type('esxi1', `vmkfstools --createfs vmfs6 -S vmstore ${emptyDisk}:1`);
		expect(text).toMatch(
			/^create fs deviceName:'\/vmfs\/devices\/disks\/naa\.5000c500a1b2c301:1', fsShortName:'vmfs6', fsName:'vmstore'\n/,
		);
		expect(text).toMatch(/\nSuccessfully created new volume: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{4}-00005e005310\n$/);
		expect(status).toBe(0);
		expect((await prompt.type('esxi1', `partedUtil getptbl ${emptyDisk}`)).text).toBe(
			'gpt\n145921 255 63 2344225968\n1 2048 2344225934 AA31E02A400F11DB9590000C2911D1B8 vmfs 0\n',
		);
		const host = prompt.world.host('esxi1');
		expect(host.platform.volumes?.(host).map(({alias}) => alias)).toEqual([
			'/vmfs/volumes/datastore1',
			'/vmfs/volumes/vmstore',
		]);
	});

	test('a name that is taken is refused, and a disk that is not there', async () => {
		const prompt = new Prompt('bare');
		await prompt.do('esxi1', wholeDisk);
		const line = `vmkfstools -C vmfs6 -S datastore1 ${emptyDisk}:1`;
		expect((await prompt.type('esxi1', line)).status).toBe(255);
		expect((await prompt.type('esxi1', 'partedUtil getptbl /vmfs/devices/disks/naa.0')).text).toBe(
			'Error: Could not stat device /vmfs/devices/disks/naa.0 - No such file or directory.\nUnable to get device /vmfs/devices/disks/naa.0\n',
		);
	});

	test('a new label destroys what was on the disk', async () => {
		const prompt = new Prompt('bare');
		await prompt.do('esxi1', 'partedUtil mklabel /vmfs/devices/disks/naa.5002538e40a1b1c1 gpt');
		expect((await prompt.type('esxi1', 'esxcli storage filesystem list')).text).toBe('');
	});

	test('a datastore is renamed', async () => {
		const prompt = new Prompt('bare');
		await prompt.do('esxi1', 'vim-cmd hostsvc/datastore/rename datastore1 local1');
		expect((await prompt.type('esxi1', 'esxcli storage vmfs extent list')).text).toMatch(/^local1 /m);
	});
});

describe('software iSCSI', () => {
	test('has no adapter until it is turned on', async () => {
		const prompt = new Prompt('bare');
		expect((await prompt.type('esxi1', 'esxcli iscsi software get')).text).toBe('false\n');
		expect((await prompt.type('esxi1', 'esxcli iscsi adapter list')).text).toBe('');
		expect((await prompt.type('esxi1', 'esxcli iscsi adapter get -A vmhba64')).status).toBe(1);
		expect((await prompt.type('esxi1', 'esxcli iscsi software set --enabled=true')).text).toBe(
			'Software iSCSI Enabled\n',
		);
		expect((await prompt.type('esxi1', 'esxcli iscsi adapter list')).text).toBe(
			`Adapter  Driver     State   UID            Description
-------  ---------  ------  -------------  ----------------------
vmhba64  iscsi_vmk  online  iscsi.vmhba64  iSCSI Software Adapter
`,
		);
	});

	test('shows its IQN after three blanks, and takes another', async () => {
		const prompt = new Prompt('esxi-ready');
		const shown = async () => (await prompt.type('esxi1', 'esxcli iscsi adapter get -A vmhba64')).text;
		expect(await shown()).toMatch(/^ {3}Name: iqn\.1998-01\.com\.vmware:esxi1-[0-9a-f]{8}$/m);
		await prompt.do('esxi1', 'esxcli iscsi adapter set -A vmhba64 -n iqn.1998-01.com.vmware:one');
		expect(await shown()).toMatch(/^ {3}Name: iqn\.1998-01\.com\.vmware:one$/m);
	});

	test('delayed acknowledgement can be turned off', async () => {
		const prompt = new Prompt('bare');
		await prompt.do('esxi1', 'esxcli iscsi software set -e true');
		await prompt.do('esxi1', 'esxcli iscsi adapter param set -A vmhba64 -k DelayedAck -v false');
		expect((await prompt.type('esxi1', 'esxcli iscsi adapter param get -A vmhba64')).text).toMatch(
			/^DelayedAck {2,}false {2,}true /m,
		);
	});

	test('a discovery address can be added once', async () => {
		const prompt = new Prompt('esxi-ready');
		const add = 'esxcli iscsi adapter discovery sendtarget add --address=172.31.254.10:3260 --adapter=vmhba64';
		await prompt.do('esxi1', add);
		expect((await prompt.type('esxi1', 'esxcli iscsi adapter discovery sendtarget list')).text).toBe(
			'Adapter  Sendtarget\n-------  ------------------\nvmhba64  172.31.254.10:3260\n',
		);
		expect((await prompt.type('esxi1', add)).status).toBe(1);
	});
});
