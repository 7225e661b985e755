import {afterEach, expect, test} from 'vitest';
import {readLab} from '../../src/lab/read-lab.js';
import {openLinux, run} from './linux/linux-lab.js';
import type {OpenRoom} from './open-room.js';

const yaml = `topology:
  hosts:
    esxi1:
      platform: esxi
      address: 172.31.255.2
      files: { /etc/rc.local.d/note.sh: { text: "# ours", mode: 0755 }, /etc/ours/: "" }
      vms: { db: { datastore: datastore1 }, spare: { datastore: datastore1, power: off } }
    ec1:
      platform: linux
      address: 172.31.255.11
      runs_on: esxi1
      disks: { sdb: 50G }
      vmx: { tools.syncTime: "TRUE" }
      packages: [targetcli, target-restore]
      services: { target: started }
      ssh_to: [esxi1, ec2]
    ec2: { platform: linux, address: 172.31.255.12, runs_on: esxi1 }
`;

let room: OpenRoom | undefined;
afterEach(async () => {
	await room?.stop();
	room = undefined;
});

test('root of a host gets with its key to those that its lab file names, and to nobody else', async () => {
	room = await openLinux(yaml);
	const login = (from: string, to: string) => run(room as OpenRoom, from, `ssh -o BatchMode=yes root@${to} hostname`);

	expect((await login('ec1', '172.31.255.2')).out).toBe('esxi1\n');
	expect((await login('ec1', '172.31.255.12')).out).toBe('ec2\n');
	expect((await login('ec2', '172.31.255.11')).err).toContain('Host key verification failed.');
	expect((await run(room, 'ec1', 'stat -c "%a %n" /root/.ssh /root/.ssh/*')).out).toBe(
		'700 /root/.ssh\n600 /root/.ssh/id_rsa\n644 /root/.ssh/id_rsa.pub\n600 /root/.ssh/known_hosts\n',
	);
});

test('what is added to a described file is there after everything that happens in the world', async () => {
	room = await openLinux(yaml);
	await run(room, 'esxi1', 'echo ours >>/etc/ssh/keys-root/authorized_keys');
	await room.room.perform(['power', 'off', 'ec2']);

	expect((await run(room, 'esxi1', 'wc -l </etc/ssh/keys-root/authorized_keys; ls -ld /etc/ours')).out).toMatch(
		/^2\ndrwxr-xr-x/,
	);
	expect((await run(room, 'esxi1', 'cat /etc/rc.local.d/note.sh')).out).toBe('# ours');
});

test('virtual machines that were deployed before are in the inventory, and on as it says', async () => {
	room = await openLinux(yaml);
	const {out} = await run(
		room,
		'esxi1',
		`for name in db spare; do
			id=$(vim-cmd vmsvc/getallvms | awk -v name=$name '$2 == name {print $1}')
			vim-cmd vmsvc/power.getstate $id | tail -1
			vim-cmd vmsvc/get.summary $id | grep guestHeartbeatStatus
		done`,
	);

	expect(await room.room.perform(['look', 'db'])).toBe('db is on on esxi1, its heartbeat green');
	expect(out.replaceAll(/ +/g, ' ')).toBe(
		'Powered on\n guestHeartbeatStatus = "green"\nPowered off\n guestHeartbeatStatus = "gray"\n',
	);
});

test('a host that is a virtual machine has its further disks and lines in its vmx', async () => {
	room = await openLinux(yaml);
	const folder = '/vmfs/volumes/datastore1/ec1';
	const {out} = await run(
		room,
		'esxi1',
		`grep -e syncTime -e 'scsi0:1.fileName' ${folder}/ec1.vmx; grep RW ${folder}/ec1_1.vmdk`,
	);

	expect(out).toBe(
		`scsi0:1.fileName = "ec1_1.vmdk"\ntools.syncTime = "TRUE"\nRW ${(50 * 1024 ** 3) / 512} VMFS "ec1_1-flat.vmdk"\n`,
	);
});

test('a service that was started does not come back with its host', async () => {
	room = await openLinux(yaml);
	expect((await run(room, 'ec1', 'systemctl is-active target; systemctl is-enabled target')).out).toBe(
		'active\ndisabled\n',
	);
});

test('a person finds a system that was installed before, and leaves it alone', async () => {
	room = await openLinux(yaml);
	expect(await room.room.perform(['set', 'system', 'ec1'])).toBe('ec1 has its system already');
	expect((await run(room, 'ec1', 'hostname')).out).toBe('ec1\n');
});

test('keys lead only to hosts that let in root with one', () => {
	const {problems} = readLab(
		'lab.yaml',
		yaml.replace('ssh_to: [esxi1, ec2]', 'ssh_to: [esx1]').replace('datastore: datastore1 }', 'datastor: datastore1 }'),
	);

	expect(problems.map(({at, message, help}) => `${at.line} ${message} ${help}`)).toEqual([
		'7 `vms` of a host cannot be used. Write the label of a datastore.',
		'7 Unknown key "datastor" in `vms.db` of a host. Did you mean "datastore"?',
		'16 ec1 cannot get to "esx1" with a key. Did you mean "esxi1"?',
	]);
});
