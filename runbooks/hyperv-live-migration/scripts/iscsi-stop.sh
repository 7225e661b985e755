#!/bin/sh
# stop.sh of exec-iscsi: takes the target away before the mirror disk goes. A status other than 0 lets the cluster shut this
# EC VM down, which frees the disk for the other one.
echo "Stopping the iSCSI target"
systemctl stop target
status=$?
echo "systemctl stop target ended with $status"
exit "$status"
