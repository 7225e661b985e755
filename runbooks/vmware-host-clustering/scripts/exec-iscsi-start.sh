#!/bin/sh
# start.sh of exec-iscsi: the target serves the mirror disk that has just become active here.
# The service reads /etc/target/saveconfig.json, which is the same on both servers.

set -u

systemctl start target
if ! systemctl is-active --quiet target; then
	echo "exec-iscsi: the target service does not run"
	exit 1
fi
