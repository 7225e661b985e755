#!/bin/sh
# stop.sh of exec-iscsi: the target lets go of the mirror disk. If the kernel does not let it end, EXPRESSCLUSTER's own
# time-out fails this resource, and the server shuts itself down so that the other one can take over.

set -u

systemctl stop target
