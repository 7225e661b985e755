#!/bin/sh
# start.sh of exec-iscsi: offers the mirrored disk to the Hyper-V hosts. It runs on the EC VM that becomes active, after the
# floating address and the mirror disk.
echo "Starting the iSCSI target"
systemctl start target
status=$?
echo "systemctl start target ended with $status"
exit "$status"
