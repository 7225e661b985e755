import type {EsxiHost} from '../world/esxi-host.js';
import {placeOf, reload, vmxTextOf, writeFiles} from '../world/inventory.js';
import {mappingFilesFor} from '../world/virtual-disk.js';
import {withSettings} from '../world/vmx.js';
import {deviceOfLun} from './described-host.js';

/**
A person adds a LUN to a virtual machine that is off, by raw device mapping: on a SCSI controller of its own, in physical
compatibility mode. Throws an Error with a sentence.
*/
export function mapLun(host: EsxiHost, name: string, lun: string): EsxiHost {
	const vm = host.vms.find(each => each.name === name);
	const place = vm && placeOf(host, vm.vmx);
	const disk = host.disks.find(each => each.name === deviceOfLun(lun));
	if (vm === undefined || place === undefined || vm.power !== 'off') {
		throw new Error(`${host.label} has no virtual machine ${name} that is off`);
	}

	if (disk === undefined || disk.datastores.length > 0) {
		throw new Error(`${host.label} has no LUN ${lun} as it comes`);
	}

	const mapping = `${name}_lun.vmdk`;
	const text = withSettings(vmxTextOf(host, vm) ?? '', {
		'scsi1.present': 'TRUE',
		'scsi1.virtualDev': 'lsilogic',
		'scsi1.sharedBus': 'none',
		'scsi1:0.present': 'TRUE',
		'scsi1:0.deviceType': 'scsi-hardDisk',
		'scsi1:0.fileName': mapping,
	});
	const files = {[place.path]: text, ...mappingFilesFor(`${place.folder}/${mapping}`, disk.sectors * 512)};
	return reload(writeFiles(host, place.store.uuid, files), vm);
}
