import type {Fault} from '../world/esxi-host.js';

/**
What `esxcfg-*` and `esxcli` say when they cannot do it.

Seen in public scripts and issue reports for ESXi 5.5 to 7.0: existing switch, port group, uplink and VMkernel NIC,
missing uplink, missing port group, busy uplink, unknown option. The other sentences are ours, in the same manner:
nobody has recorded them yet.
*/
export function refusal({because, what, name}: Fault): string {
	switch (because) {
		case 'exists':
			return existing(what, name);
		case 'missing':
			return missing(what, name);
		case 'used':
			return what === 'uplink' ? 'Unable to Set: Busy' : `Sysinfo error: Busy (${name})`;
		case 'invalid':
			return `Invalid ${words(what)}: ${name}`;
	}
}

function existing(what: Fault['what'], name: string): string {
	switch (what) {
		case 'switch':
			return 'A portset with this name already exists';
		case 'portGroup':
			return `A portgroup with the name ${name} already exists`;
		case 'uplink':
			return `Uplink already exists: ${name}`;
		case 'vmknic':
			return 'A vmkernel nic for the connection point already exists';
		case 'nic':
		case 'address':
		case 'netmask':
		case 'disk':
		case 'partition':
		case 'datastore':
		case 'virtualMachine':
		case 'file':
		case 'adapter':
		case 'ruleset':
		case 'option':
		case 'target':
		case 'session':
		case 'value':
			return `The specified key, name, or identifier '${name}' already exists.`;
	}
}

function missing(what: Fault['what'], name: string): string {
	switch (what) {
		case 'uplink':
		case 'nic':
			return `No such uplink: ${name}`;
		case 'portGroup':
		case 'vmknic':
			return 'Sysinfo error: Not found';
		case 'option':
			return `Unable to find option ${name}`;
		case 'switch':
		case 'address':
		case 'netmask':
		case 'disk':
		case 'partition':
		case 'datastore':
		case 'virtualMachine':
		case 'file':
		case 'adapter':
		case 'ruleset':
		case 'target':
		case 'session':
		case 'value':
			return `Unable to find ${words(what)} ${name}`;
	}
}

function words(what: Fault['what']): string {
	switch (what) {
		case 'switch':
			return 'vswitch';
		case 'portGroup':
			return 'portgroup';
		case 'virtualMachine':
			return 'virtual machine';
		case 'address':
			return 'IP address';
		case 'uplink':
		case 'nic':
		case 'vmknic':
		case 'netmask':
		case 'disk':
		case 'partition':
		case 'datastore':
		case 'file':
		case 'adapter':
		case 'ruleset':
		case 'option':
		case 'target':
		case 'session':
		case 'value':
			return what;
	}
}
