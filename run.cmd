@echo off
rem Backdoor Inspector: set up once, then start. This finds a Python for start.py, which does the rest.
rem
rem   .\run.cmd                 the window                 .\run.cmd test [...]   all tests
rem   .\run.cmd --demo          the window on the demo     .\run.cmd lint         format, lint, types, imports, docs
rem   .\run.cmd prune --help    the same job, no window   .\run.cmd docs         the documentation, in build\docs
rem
rem set PYTHON=C:\path\to\python.exe    chooses the Python that the set-up uses.
setlocal
if not defined PYTHON goto search
set STARTER="%PYTHON%"
%STARTER% -I -S -c "import sys; sys.exit(sys.version_info < (3, 8))" >nul 2>nul && goto start
:search
set "STARTER=py -3"
%STARTER% -I -S -c "import sys; sys.exit(sys.version_info < (3, 8))" >nul 2>nul && goto start
set "STARTER=python"
%STARTER% -I -S -c "import sys; sys.exit(sys.version_info < (3, 8))" >nul 2>nul && goto start
echo No suitable Python was found. Install 64-bit Python 3.12 from https://www.python.org, then .\run.cmd again. 1>&2
exit /b 1

:start
%STARTER% -I -S "%~dp0start.py" %*
exit /b %errorlevel%
