#!/bin/sh
# preaction.sh of a monitor of EXPRESSCLUSTER X SingleServerSafe in a Linux guest: before its final action, the guest asks the cluster
# of the hosts to fail its group over. The exit status is that of the request.

# The resource that starts this virtual machine, by the name that the cluster of the hosts knows
resource='%%RESOURCE%%'
# Addresses of the hosts, with a comma between them
hosts='%%HOSTS%%'

PATH=/opt/nec/clusterpro/bin:$PATH
clptrnreq -t GRP_FAILOVER -r "$resource" -h "$hosts"
status=$?
echo "$(date '+%Y/%m/%d %H:%M:%S') asked $hosts to fail over the group of $resource: status $status"
exit "$status"
