import {openLinux, run} from '../linux/linux-lab.js';
import type {OpenRoom} from '../open-room.js';

const server = 'disks: { sdb: 500G }, packages: [targetcli, target-restore], services: { firewalld: stopped }';
const yaml = `topology:
  hosts:
    esxi1: { platform: esxi, address: 172.31.255.2 }
    esxi2: { platform: esxi, address: 172.31.255.3 }
    ec1: { platform: linux, address: 172.31.255.11, networks: { iscsi: 172.31.254.11 }, runs_on: esxi1, autostart: true, ${server} }
    ec2: { platform: linux, address: 172.31.255.12, networks: { iscsi: 172.31.254.12 }, runs_on: esxi2, autostart: true, ${server} }
  clusters:
    ec:
      hosts: [ec1, ec2]
      heartbeat_timeout: 50s
      groups:
        failover-vm: { resources: [fip-iscsi], floating_ip: 172.31.254.10 }
`;
export const iqn = 'iqn.1996-10.com.ecx';
const setUp = `set -e
parted -s /dev/sdb mklabel msdos mkpart primary 0% 1025MiB mkpart primary 1025MiB 100%
targetcli /backstores/block create name=idisk1 dev=/dev/sdb2 wwn=11111111-2222-4333-8444-555555555555
targetcli /iscsi create ${iqn}
targetcli /iscsi/${iqn}/tpg1/luns create /backstores/block/idisk1
for i in "$@"; do targetcli /iscsi/${iqn}/tpg1/acls create $i; done
targetcli saveconfig`;
export const naa = 'naa.60014051111111122224333844455555';

/** Two ESXi hosts, and on each a server that can be a target at the floating address 172.31.254.10. */
export async function twoTargets() {
	const room: OpenRoom = await openLinux(yaml);
	const on = (host: string, script: string) => run(room, host, script);
	const out = async (host: string, script: string) => (await on(host, script)).out;
	const named = async (host: string) =>
		(await out(host, "esxcli iscsi adapter get -A vmhba64 | sed -n 's/^   Name: //p'")).trim();
	return {
		room,
		on,
		out,
		seconds: (count: number) => room.room.clock.sleep(count * 1000),
		initiators: async () => [await named('esxi1'), await named('esxi2')],
		/** Makes a target of a server, for these initiators. */
		target: (host: string, names: readonly string[]) =>
			on(host, `cat > /tmp/setup.sh <<'EOF'\n${setUp}\nEOF\nbash /tmp/setup.sh ${names.join(' ')}`),
		/** The devices with a volume EC_iSCSI, a line each. */
		volumes: (host: string) => out(host, "esxcli storage vmfs extent list | awk '/EC_iSCSI/{print $4}'"),
		/** Of the path to the LUN. */
		state: async (host: string) =>
			(await out(host, `esxcli storage core path list -d ${naa} | sed -n 's/^   State: //p'`)).trim(),
	};
}

export const discover = `esxcli iscsi adapter discovery sendtarget add --address=172.31.254.10:3260 --adapter=vmhba64
esxcli storage core adapter rescan --adapter=vmhba64`;
export const format = `set -e
dev=$(esxcli storage core device list | sed -n 's/.*Display Name: LIO-ORG.*(\\(naa.*\\))/\\1/p')
end=$(partedUtil getptbl /vmfs/devices/disks/$dev | tail -1 | awk '{print $1*$2*$3-1}')
partedUtil setptbl /vmfs/devices/disks/$dev gpt "1 2048 $end AA31E02A400F11DB9590000C2911D1B8 0"
vmkfstools --createfs vmfs6 -S EC_iSCSI /vmfs/devices/disks/$dev:1`;
