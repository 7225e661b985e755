@echo off
rem preaction.bat of a monitor of EXPRESSCLUSTER X SingleServerSafe in a Windows guest: before its final action, the guest asks the
rem cluster of the hosts to fail its group over. Fill in both marks by hand.

set RESOURCE=%%RESOURCE%%
set HOSTS=%%HOSTS%%

clptrnreq.exe -t GRP_FAILOVER -r %RESOURCE% -h %HOSTS%
exit /b %ERRORLEVEL%
