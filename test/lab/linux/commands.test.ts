import {describe, expect, test} from 'vitest';
import {loneMachine} from '../lone-machine.js';
import {topologyIn} from './linux-lab.js';

const topology = topologyIn(`topology:
  hosts:
    ec1:
      platform: linux
      address: 172.31.255.11
      networks: { mirror: 172.31.253.11 }
      user: admin
      password: secret
      files: { /root/agent.rpm: x }
    ec2: { platform: linux, address: 172.31.255.12, networks: { mirror: 172.31.253.12 } }
    ec3: { platform: linux, address: 172.31.255.13, power: off }
`);

/** Each line on a host of its own: what it prints on both streams, and its exit status. */
type Row = readonly [line: string, printed: string | RegExp, status: number];

function typed(rows: readonly Row[], user = 'root'): void {
	test.each(rows)('%s', async (line, printed, status) => {
		const lone = await loneMachine(topology, 'ec1');
		const {out, err, status: ended} = await lone.run(line, '', user);
		lone.stop();

		expect(`${out}${err}`).toEqual(printed instanceof RegExp ? expect.stringMatching(printed) : printed);
		expect(ended).toBe(status);
	});
}

describe('systemctl', () => {
	typed([
		['systemctl is-active crond', 'active\n', 0],
		['systemctl stop crond; systemctl is-active crond.service', 'inactive\n', 3],
		['systemctl is-active -q crond && echo yes', 'yes\n', 0],
		['systemctl is-enabled crond', 'enabled\n', 0],
		[
			'systemctl disable --now crond; systemctl is-enabled crond; systemctl is-active crond',
			'disabled\ninactive\nRemoved /etc/systemd/system/multi-user.target.wants/crond.service.\n',
			3,
		],
		['systemctl start nosuch', 'Failed to start nosuch.service: Unit nosuch.service not found.\n', 5],
		['systemctl enable nosuch', 'Failed to enable unit: Unit file nosuch.service does not exist.\n', 1],
		[
			'systemctl status firewalld',
			/firewalld\.service - .*\n {3}Loaded: loaded .*enabled.*\n {3}Active: active \(running\) since/,
			0,
		],
		['systemctl status nosuch', 'Unit nosuch.service could not be found.\n', 4],
		['systemctl stop firewalld; systemctl status firewalld >/dev/null', '', 3],
		['systemctl show -p ActiveState --value sshd', 'active\n', 0],
		[
			'echo "[Service]" >/etc/systemd/system/app.service; systemctl daemon-reload; systemctl enable -q --now app; systemctl is-active app',
			'active\n',
			0,
		],
		['systemctl restart crond && journalctl -u crond --no-pager', /systemd\[1\]: Started Command Scheduler\.\n/, 0],
	]);

	describe('for somebody who is not root', () => {
		typed(
			[
				['systemctl is-active crond', 'active\n', 0],
				['systemctl stop crond', /^Failed to stop crond\.service: Interactive authentication required\./, 1],
				['reboot', /Interactive authentication required/, 1],
			],
			'admin',
		);
	});
});

describe('what the host is', () => {
	typed([
		[
			'hostname; hostnamectl set-hostname node1.example.com; hostname; cat /etc/hostname',
			'ec1\nnode1.example.com\nnode1.example.com\n',
			0,
		],
		['hostnamectl | grep "Operating System"', '  Operating System: Rocky Linux 8.10 (Green Obsidian)\n', 0],
		['. /etc/os-release; echo "$ID $VERSION_ID"', 'rocky 8.10\n', 0],
		['uname -sr', 'Linux 4.18.0-553.el8_10.x86_64\n', 0],
		[
			'timedatectl set-timezone Asia/Tokyo; timedatectl | grep "Time zone"',
			'                Time zone: Asia/Tokyo (UTC, +0000)\n',
			0,
		],
		['cat /proc/sys/kernel/random/boot_id', /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\n$/, 0],
		[
			'read -r up rest </proc/uptime; echo $up; cat /proc/uptime | cut -d" " -f1; uptime | cut -c1-21',
			'3600.00\n3600.00\n 09:00:00 up 01:00:00\n',
			0,
		],
		['df -h / | tail -1', /\/boot\n$/, 0],
		['no-such-command', 'bash: no-such-command: command not found\n', 127],
	]);
});

describe('packages', () => {
	typed([
		['rpm -q openssh-server', 'openssh-server-8.0p1-24.el8.x86_64\n', 0],
		['rpm -q targetcli', 'package targetcli is not installed\n', 1],
		['dnf install -y targetcli >/dev/null; rpm -q targetcli', 'targetcli-2.1.53-2.el8.noarch\n', 0],
		[
			'yum -y install target-restore | tail -3; systemctl is-enabled target',
			'  target-restore-2.1.75-5.el8.noarch\n\nComplete!\ndisabled\n',
			1,
		],
		['dnf install -y nosuch', 'Error: Unable to find a match: nosuch\n', 1],
		['dnf install -y tar bash | head -1; rpm -q tar', /^Package bash-4.* is already installed\.\ntar-1\.30/, 0],
		['dnf install tar | tail -1', 'Is this ok [y/N]: Operation aborted.\n', 0],
		['dnf install -y tar >/dev/null; dnf remove -y tar >/dev/null; rpm -q tar', 'package tar is not installed\n', 1],
		[
			'cp /root/agent.rpm /tmp/expresscls-4.3.0-1.x86_64.rpm; rpm -ivh /tmp/expresscls-4.3.0-1.x86_64.rpm >/dev/null; rpm -q expresscls',
			'expresscls-4.3.0-1.x86_64\n',
			0,
		],
		['rpm -i nosuch.rpm', 'error: open of nosuch.rpm failed: No such file or directory\n', 1],
	]);
});

describe('network', () => {
	typed([
		[
			'ip -br addr',
			'lo               UNKNOWN        127.0.0.1/8 \nens192           UP             172.31.255.11/24 \nens224           UP             172.31.253.11/24 \n',
			0,
		],
		['ip address | grep -c 172.31.253.11/', '1\n', 0],
		['ip link set ens224 down; ip -br link show ens224 | cut -c1-30', 'ens224           DOWN         \n', 0],
		[
			'nmcli c m ens224 ipv4.method manual ipv4.addresses 10.0.0.5/24 connection.autoconnect yes; ip -br a show ens224; nmcli c up ens224; ip -br a show ens224',
			/172\.31\.253\.11\/24 \nConnection successfully activated\nens224 +UP +10\.0\.0\.5\/24 \n/,
			0,
		],
		['nmcli c m ens999 ipv4.method manual', "Error: unknown connection 'ens999'.\n", 10],
		['ping -c 1 172.31.255.12 | tail -2 | head -1', '1 packets transmitted, 1 received, 0% packet loss, time 1ms\n', 0],
		['ping -c 2 -W 1 172.31.255.13 >/dev/null', '', 1],
		['ping -c 1 10.9.9.9', 'connect: Network is unreachable\n', 2],
		[
			'echo "172.31.253.12 peer" >>/etc/hosts; ping -c1 -q peer | head -1',
			'PING peer (172.31.253.12) 56(84) bytes of data.\n',
			0,
		],
		['ping -c1 nosuch', 'ping: nosuch: Name or service not known\n', 2],
	]);
});

describe('firewall-cmd', () => {
	typed([
		['firewall-cmd --state', 'running\n', 0],
		[
			'firewall-cmd --permanent --add-port=3260/tcp; firewall-cmd --query-port=3260/tcp; firewall-cmd --reload; firewall-cmd --list-ports',
			'success\nno\nsuccess\n3260/tcp\n',
			0,
		],
		['firewall-cmd --add-service=http >/dev/null; firewall-cmd --list-services', 'dhcpv6-client ssh http\n', 0],
		['systemctl disable -q --now firewalld; firewall-cmd --state', 'not running\n', 252],
		['systemctl stop firewalld; firewall-cmd --list-all', 'FirewallD is not running\n', 252],
	]);
});

describe('users and files', () => {
	typed([
		[
			'useradd -G wheel tester; id tester; echo tester:pw | chpasswd; ls -ld /home/tester | cut -c1-10',
			'uid=1001(tester) gid=1001(tester) groups=1001(tester),10(wheel)\ndrwx------\n',
			0,
		],
		['useradd admin', "useradd: user 'admin' already exists\n", 9],
		['su - admin -c "id -un; pwd; echo $HOME"', 'admin\n/home/admin\n/root\n', 0],
		[
			'touch /tmp/x; chown admin:wheel /tmp/x; chmod 640 /tmp/x; stat -c "%U:%G %a %n" /tmp/x',
			'admin:wheel 640 /tmp/x\n',
			0,
		],
		['chown nobody2 /tmp', "chown: invalid user: 'nobody2'\n", 1],
		['cd /tmp; touch x; chown admin x; cp -p x y; cp x z; stat -c %U y z', 'admin\nroot\n', 0],
		[
			'ssh-keygen -q -t ed25519 -f /root/.ssh/id -N ""; cut -d" " -f1 /root/.ssh/id.pub; stat -c %a /root/.ssh/id',
			'ssh-ed25519\n600\n',
			0,
		],
		['logger -t ops "hello there"; tail -1 /var/log/messages', 'Jan 15 09:00:00 ec1 ops: hello there\n', 0],
	]);

	describe('for somebody who is not root', () => {
		typed(
			[
				['echo x >/etc/x', /can't create \/etc\/x: Permission denied\n/, 1],
				['cat /root/agent.rpm', /Permission denied/, 1],
				['ls /root', /ermission denied/, 1],
				['cat /var/log/messages', /Permission denied/, 1],
				['mkdir /opt/x', /ermission denied/, 1],
				['rm /etc/hosts', /ermission denied/, 1],
				['chmod 777 /etc/hosts; stat -c %a /etc/hosts', /644\n/, 0],
				['chown admin /etc/hosts', /Operation not permitted/, 1],
				['echo x >~/x && cp ~/x /tmp/y && stat -c %U /tmp/y', 'admin\n', 0],
				['[ -w /etc/hosts ] || [ ! -r /root/agent.rpm ] && echo right', 'right\n', 0],
				['useradd tester', /Permission denied/, 1],
				['dnf install -y tar', /superuser privileges/, 1],
				['kill 1', /No such process|not permitted/, 1],
			],
			'admin',
		);
	});
});
