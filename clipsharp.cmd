@echo off
rem Runs the clipsharp command line and builds it first when a source has changed. "clipsharp test" runs all tests.
setlocal
set "root=%~dp0"
set "DOTNET_CLI_TELEMETRY_OPTOUT=1"
set "DOTNET_NOLOGO=1"

where dotnet >nul 2>nul
if errorlevel 1 (
    echo error: the .NET SDK is missing ^(PATH^): found no dotnet, expected version 10. Install the .NET 10 SDK. 1>&2
    exit /b 69
)

if "%~1"=="test" (
    dotnet test --solution "%root%ClipSharp.slnx" -c Release
    exit /b
)

set "program="
for /d %%d in ("%root%artifacts\bin\ClipSharp.Cli\release*") do if exist "%%d\ClipSharp.Cli.dll" set "program=%%d\ClipSharp.Cli.dll"

set "fresh="
if defined program for /f %%r in ('powershell -NoProfile -Command "$b = (Get-Item '%root%artifacts\launcher.stamp' -ErrorAction SilentlyContinue).LastWriteTimeUtc; if ($b -and -not (Get-ChildItem '%root%src', '%root%Directory.*', '%root%global.json' -Recurse | Where-Object LastWriteTimeUtc -gt $b | Select-Object -First 1)) { 'fresh' }"') do set "fresh=%%r"
if defined fresh goto run

echo Building ClipSharp (first time: about a minute)... 1>&2
if not exist "%root%artifacts" mkdir "%root%artifacts"
type nul > "%root%artifacts\launcher.stamp.new"
dotnet build "%root%src\ClipSharp.Cli" -c Release -v quiet -nodeReuse:false > "%root%artifacts\launcher.log" 2>&1
if errorlevel 1 (
    type "%root%artifacts\launcher.log" 1>&2
    echo error: the build failed ^(%root%artifacts\launcher.log^). 1>&2
    exit /b 70
)
move /y "%root%artifacts\launcher.stamp.new" "%root%artifacts\launcher.stamp" >nul
for /d %%d in ("%root%artifacts\bin\ClipSharp.Cli\release*") do if exist "%%d\ClipSharp.Cli.dll" set "program=%%d\ClipSharp.Cli.dll"

:run
set "CLIPSHARP_LAUNCHER=%~0"
dotnet "%program%" %*
exit /b %errorlevel%
