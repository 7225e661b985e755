import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {openLinux, run} from '../linux/linux-lab.js';
import type {OpenRoom} from '../open-room.js';

const yaml = `topology:
  hosts:
    ec1: { platform: linux, address: 172.31.255.11, disks: { sdb: 500G, sdc: 1G } }
`;
const twoPartitions = 'parted -s /dev/sdb mklabel msdos mkpart primary 0% 1025MiB mkpart primary 1025MiB 100%';

let room: OpenRoom;
beforeEach(async () => {
	room = await openLinux(yaml);
});
afterEach(() => room.stop());

const on = (script: string) => run(room, 'ec1', script);

describe('parted', () => {
	test('partitions a disk as the guide does, without a word', async () => {
		expect(await on(twoPartitions)).toMatchObject({out: '', err: '', code: 0});
		expect((await on('parted -s /dev/sdb print')).out).toBe(`Model: VMware Virtual disk (scsi)
Disk /dev/sdb: 537GB
Sector size (logical/physical): 512B/512B
Partition Table: msdos
Disk Flags: 

Number  Start   End     Size    Type     File system  Flags
 1      1049kB  1075MB  1074MB  primary
 2      1075MB  537GB   536GB   primary

`);
		expect((await on('parted -s /dev/sdb unit s print | grep "^ "')).out).toBe(
			' 1      2048s     2099199s     2097152s     primary\n 2      2099200s  1048575999s  1046476800s  primary\n',
		);
		expect((await on('test -b /dev/sdb2 && [ ! -e /dev/sdb3 ] && ls /dev/sd*')).out).toBe(
			'/dev/sda\n/dev/sda1\n/dev/sda2\n/dev/sdb\n/dev/sdb1\n/dev/sdb2\n/dev/sdc\n',
		);
	});

	test('refuses a device that is not there, one without a table, and the system’s', async () => {
		expect(await on('parted -s /dev/sdz mklabel msdos')).toMatchObject({
			err: 'Error: Could not stat device /dev/sdz - No such file or directory.\n',
			code: 1,
		});
		expect(await on('parted -s /dev/sdb mkpart primary 0% 100%')).toMatchObject({
			err: 'Error: /dev/sdb: unrecognised disk label\n',
			code: 1,
		});
		expect(await on('parted -s /dev/sda mklabel msdos')).toMatchObject({
			err: 'Error: Partition(s) on /dev/sda are being used.\n',
			code: 1,
		});
	});

	test('asks before it destroys a table, unless it is a script', async () => {
		await on(twoPartitions);
		expect((await on('echo No | parted /dev/sdb mklabel gpt')).code).toBe(1);
		expect((await on('lsblk -nlo NAME /dev/sdb')).out).toBe('sdb\nsdb1\nsdb2\n');
		expect((await on('echo Yes | parted /dev/sdb mklabel gpt')).code).toBe(0);
		expect((await on('lsblk -nlo NAME /dev/sdb')).out).toBe('sdb\n');
	});

	test('will not lay one partition over another', async () => {
		await on(twoPartitions);
		expect(await on('parted -s /dev/sdb mkpart primary 10MiB 20MiB')).toMatchObject({code: 1});
		expect((await on('parted -s /dev/sdb rm 2 mkpart primary 1025MiB 2GiB; lsblk -nlo NAME,SIZE /dev/sdb')).out).toBe(
			'sdb   500G\nsdb1    1G\nsdb2 1023M\n',
		);
	});
});

describe('a disk', () => {
	test('is listed as on a virtual machine', async () => {
		await on(twoPartitions);
		expect((await on('lsblk')).out).toBe(`NAME        MAJ:MIN RM  SIZE RO TYPE MOUNTPOINT
sda           8:0    0   16G  0 disk 
├─sda1        8:1    0    1G  0 part /boot
└─sda2        8:2    0   15G  0 part 
  └─rl-root 253:0    0   15G  0 lvm  /
sdb           8:16   0  500G  0 disk 
├─sdb1        8:17   0    1G  0 part 
└─sdb2        8:18   0  499G  0 part 
sdc           8:32   0    1G  0 disk 
`);
		expect((await on('fdisk -l /dev/sdb | head -1')).out).toBe(
			'Disk /dev/sdb: 500 GiB, 536870912000 bytes, 1048576000 sectors\n',
		);
	});

	test('has a number that stays, and links that carry it', async () => {
		await on(twoPartitions);
		const {out} = await on('/usr/lib/udev/scsi_id --whitelisted --device=/dev/sdb');
		expect(out).toMatch(/^36000c29[0-9a-f]{25}\n$/);
		const id = out.trim();
		expect((await on(`readlink -f /dev/disk/by-id/scsi-${id}-part2`)).out).toBe('/dev/sdb2\n');
		expect((await on('/lib/udev/scsi_id --whitelisted --device=/dev/sdz')).code).toBe(1);
	});

	test('gets the link that a rule of udev gives it, for its partitions too', async () => {
		await on(`${twoPartitions}
id=$(/lib/udev/scsi_id --whitelisted --device=/dev/sdb)
cat > /etc/udev/rules.d/99-clusterpro-devices.rules <<EOF
KERNEL=="sd*[^0-9]",ENV{ID_SERIAL}=="",IMPORT{program}="/lib/udev/scsi_id --whitelisted --device=/dev/%k"
ENV{ID_SERIAL}=="$id",SYMLINK+="cp-diska%n"
EOF
udevadm control --reload-rules && udevadm trigger`);
		expect((await on('for d in /dev/cp-*; do echo "$d $(readlink $d)"; done')).out).toBe(
			'/dev/cp-diska sdb\n/dev/cp-diska1 sdb1\n/dev/cp-diska2 sdb2\n',
		);
		expect((await on('test -b /dev/cp-diska2')).code).toBe(0);
	});
});

describe('what lies on a partition', () => {
	test('is seen by blkid and lsblk, and taken away by wipefs and dd', async () => {
		await on(twoPartitions);
		expect((await on('blkid /dev/sdb2 -s TYPE')).code).toBe(2);
		expect((await on('mkfs.xfs /dev/sdb2 >/dev/null; blkid -s TYPE -o value /dev/sdb2')).out).toBe('xfs\n');
		expect(await on('mkfs.xfs /dev/sdb2')).toMatchObject({code: 1});
		expect((await on('wipefs -a /dev/sdb2')).out).toBe(
			'/dev/sdb2: 4 bytes were erased at offset 0x00000000 (xfs): 58 46 53 42\n',
		);
		await on('mkfs.ext4 /dev/sdb2 && dd if=/dev/zero of=/dev/sdb2 bs=1M count=10');
		expect((await on('blkid -o value -s TYPE /dev/sdb2')).code).toBe(2);
	});

	test('is mounted, and held while it is', async () => {
		await on(`${twoPartitions} && mkfs.xfs /dev/sdb2`);
		expect((await on('mkdir /data && mount /dev/sdb2 /data && lsblk -no MOUNTPOINT /dev/sdb2')).out).toBe('/data\n');
		expect((await on('mountpoint -q /data; echo $?; mountpoint /dev || true')).out).toBe(
			'0\n/dev is not a mountpoint\n',
		);
		expect((await on('wipefs -a /dev/sdb')).code).toBe(1);
		expect((await on('parted -s /dev/sdb mklabel gpt')).code).toBe(1);
		expect((await on('umount /data && parted -s /dev/sdb mklabel gpt')).code).toBe(0);
		expect(await on('umount /data')).toMatchObject({err: 'umount: /data: not mounted.\n', code: 32});
	});
});

test('a lab file with a disk of another name is wrong', () => {
	expect(() => openLinux(yaml.replace('sdb', 'nvme1'))).toThrow(/Name disks sdb, sdc/);
});
