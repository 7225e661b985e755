import {expect, test} from 'vitest';
import type {ParamType} from '../../src/runbook/runbook.js';
import {parseValue} from '../../src/runbook/value.js';

const good: ReadonlyArray<readonly [ParamType, readonly string[]]> = [
	['text', ['anything, it is "text"', '日本語']],
	['name', ['datastore1', 'failover-vm', 'EC_iSCSI', '1st.disk']],
	['ip', ['172.31.255.2', '0.0.0.0', '::1', 'fe80::1']],
	['cidr', ['172.31.255.0/24', '10.0.0.0/8', 'fd00::/8']],
	['netmask', ['255.255.255.0', '255.255.255.255', '0.0.0.0', '255.255.254.0']],
	['host', ['esxi1', 'ntp.example.com', '172.31.255.1', 'HV_1']],
	['port', ['1', '22', '65535']],
	['path', ['/vmfs/volumes/EC_iSCSI/vm1/vm1.vmx', '~/.ssh/id_ed25519', 'C:/Temp', 'C:\\Temp']],
	['url', ['https://172.31.255.2/', 'http://localhost:8080/a?b=c']],
	['mac', ['00:50:56:9a:00:01', '00-50-56-9A-00-01']],
	['iqn', ['iqn.1996-10.com.ecx', 'iqn.1998-01.com.vmware:esxi1-4f2a', 'eui.02004567A425678D']],
	['number', ['0', '4', '-0.5', '1024']],
	['duration', ['500ms', '30s', '2m', '1h30m', '7h']],
	['boolean', ['true', 'false']],
	['choice', ['linux', 'windows']],
	['secret', ['correct horse']],
];

const bad: ReadonlyArray<readonly [ParamType, readonly string[]]> = [
	['text', ['', '   ', 'two\nlines', 'bell\u0007', 'a\0b', '\u202Etxt']],
	['name', ['-rf', 'a b', 'a;b', '$(id)', "it's", 'ü']],
	['ip', ['172.31.255', '172.31.255.256', '172.031.255.2', '1.2.3.4/24', 'esxi1']],
	['cidr', ['172.31.255.0', '172.31.255.0/33']],
	['netmask', ['255.0.255.0', '24', '255.255.255.1']],
	['host', ['-oProxyCommand=x', 'a b', '1.2.3', 'host-', '']],
	['port', ['0', '65536', '022', 'ssh', '2.5']],
	['path', ['vm1.vmx', '../etc', '']],
	['url', ['172.31.255.2', 'https://', 'javascript:alert(1)']],
	['mac', ['00:50:56:9a:00', '00:50-56:9a:00:01', '0050569a0001']],
	['iqn', ['iqn.com.ecx', 'iqn.1996-13.com.ecx', 'disk1']],
	['number', ['1e3', '012', '0x10', '', 'NaN', '1,5']],
	['duration', ['2 minutes', '5', '0s', '8000h', '-1s', 's']],
	['boolean', ['yes', 'True', '1']],
	['choice', ['linus', 'Linux']],
	['secret', ['']],
	['table', ['rows']],
];

test.each(good.flatMap(([type, values]) => values.map(value => [type, value] as const)))('%s: %s', (type, value) => {
	expect(parseValue(type, value, ['linux', 'windows'])).toEqual({ok: true, value});
});

test.each(bad.flatMap(([type, values]) => values.map(value => [type, value] as const)))('no %s: %j', (type, value) => {
	expect(parseValue(type, value, ['linux', 'windows'])).toMatchObject({ok: false});
});

test('a wrong choice is told what was probably meant', () => {
	expect(parseValue('choice', 'linus', ['linux', 'windows'])).toEqual({
		ok: false,
		because: 'is none of linux, windows (did you mean "linux"?)',
	});
});
